"""The command of the month: one report for analysts and head office."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from features.errors import UsageError
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, now, progress, say


def report(
    month: Annotated[
        str, typer.Option("--month", metavar="MONTH", help="As 2025-11; else the last that a weekly run saw whole.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it; else reports/MONTH.pdf."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the report of a month as PDF: how many left, who and why, what is done about it, how far to trust it."""
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.report.kept import make
    from serving.report.month import last_whole

    folder = home_at(home)
    measured = folder.measured_dates()
    if not measured:
        raise UsageError("no weekly run has been made in this working folder yet; run `exitwatch weekly` first")
    if out is not None and out.suffix != ".pdf":
        raise UsageError(f"--out={out.name!r} does not end in .pdf; a report is nothing else")
    of, settings = month or last_whole(measured[-1]), folder.settings()
    with progress() as told, closing(folder.store(settings)) as store:
        told("report")
        made = make(folder, store, settings, of, out)
        with store.write() as connection:
            record(connection, now(), OPERATOR.name, OPERATOR.role, Event.FIGURES_VIEWED, page=f"report {of}")
    say(f"Open {made}")
