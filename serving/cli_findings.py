"""Findings at the command line: a sentence and a table, printed and written."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_terminal import say

if TYPE_CHECKING:
    from training.drivers.finding import Finding

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Also write every table and sentence: .json or .md.")
]
#: Rows printed of a table; the file of --out holds all of them.
_ROWS = 12


def show(title: str, finding: "Finding") -> None:
    """Print a finding: its title, its sentence, and the first rows of its table."""
    say()
    say(title)
    say(finding.said)
    table = finding.table
    if not table.empty:
        say(
            table.head(_ROWS).to_string(
                index=False, na_rep="-", max_colwidth=44, float_format=lambda value: f"{value:,.3f}"
            )
        )
    if len(table) > _ROWS:
        say(f"... and {len(table) - _ROWS} more rows; --out FILE writes all of them")


def refuse_ending(out: Path | None) -> None:
    """Refuse a file whose ending says nothing of its form.

    Raises
    ------
    UsageError
        It ends otherwise than .json or .md.
    """
    from features.errors import UsageError

    if out is not None and out.suffix not in (".json", ".md"):
        raise UsageError(f"--out={out.name!r} ends in neither .json nor .md; give it one of the two endings")


def write(out: Path, about: str, findings: "Mapping[str, Finding]", titles: Mapping[str, str]) -> None:
    """Write every table and sentence, as JSON or Markdown by the ending."""
    import json

    from serving.whole import write_whole

    if out.suffix == ".json":
        tables = {
            name: {"said": each.said, "rows": json.loads(each.table.to_json(orient="records", date_format="iso"))}
            for name, each in findings.items()
        }
        text = json.dumps({"about": about, "findings": tables}, indent=2, ensure_ascii=False)
    else:
        blocks = [f"## {titles.get(name, name)}\n\n{each.said}\n\n{_markdown(each)}" for name, each in findings.items()]
        text = "\n\n".join([about, *blocks])
    write_whole(out, f"{text}\n".encode())


def _markdown(finding: "Finding") -> str:
    head = list(map(str, finding.table.columns))
    rows = [[_cell(value) for value in row] for row in finding.table.itertuples(index=False)]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return "" if value is None else str(value).replace("|", "/")
