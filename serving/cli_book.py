"""Commands about books: simulate one, check one."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli_terminal import BookArgument, DataOption, progress, say

NOT_USABLE = 3


def simulate_book(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the book.")],
    clients: Annotated[int, typer.Option("--clients", help="Clients ever seen in the window.")] = 5_000,
    weeks: Annotated[int, typer.Option("--weeks", help="Length of the window.")] = 156,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another MFI of the same kind.")] = 1,
) -> None:
    """Write the book of a simulated MFI. The same options give the same bytes."""
    from features.connectors.simulated.settings import SimulationSettings
    from features.connectors.simulated.simulation import simulate

    with progress() as told:
        report = simulate(directory, SimulationSettings(clients=clients, weeks=weeks, seed=seed), told)
    rows = sum(count for table, count in report.rows.items() if not table.startswith("truth"))
    say(f"{directory}: {clients:,} clients, {rows:,} rows, {report.first_day} to {report.last_day}")
    say(f"Next: exitwatch check {directory}")


def check_book(
    book: BookArgument,
    data: DataOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the report: .md, .json or .txt.")
    ] = None,
) -> None:
    """Say what is wrong with a book: severity, table, column, rows, what to do. Exit code 0 usable, 3 not."""
    from features.validate import check
    from serving.whole import write_whole

    with progress() as told:
        told("check")
        report = check(book, data)
    say(report.as_text())
    if out is not None:
        shapes = {".md": report.as_markdown, ".json": report.as_json}
        write_whole(out, shapes.get(out.suffix, report.as_text)().encode())
    if not report.usable:
        raise typer.Exit(NOT_USABLE)
