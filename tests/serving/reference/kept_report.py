"""A report as it is kept, without the time it takes to make one."""

from serving.home import Home

CONTENT = b"%PDF-1.7 a report"


def keep_report(home: Home, month: str) -> None:
    """Write a file where the report of a month stands."""
    home.reports.mkdir(exist_ok=True)
    (home.reports / f"{month}.pdf").write_bytes(CONTENT)
