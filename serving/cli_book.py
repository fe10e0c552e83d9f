"""Commands about books: simulate one, check one."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from serving.cli_terminal import AsOfOption, BookArgument, DataOption, as_date, opened, progress, say

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
    """Say what is wrong with a book: severity, table, column, rows, what to do. Exit code 0 usable, 3 not.

    Dates after today are told as such.
    """
    from features.validate import check
    from serving.whole import write_whole

    with progress() as told:
        told("check")
        report = check(book, data, date.today())  # noqa: DTZ011 - a day on the owner's calendar
    say(report.as_text())
    if out is not None:
        shapes = {".md": report.as_markdown, ".json": report.as_json}
        write_whole(out, shapes.get(out.suffix, report.as_text)().encode())
    if not report.usable:
        raise typer.Exit(NOT_USABLE)


def exits(book: BookArgument, as_of: AsOfOption, data: DataOption = None) -> None:
    """Show when clients come back after a loan, the grace period that follows from it, and the exit rate it gives."""
    from features.measures import decision_points, proposed_grace, return_curve, sensitivity

    day = as_date(as_of)
    with progress() as told:
        told("check")
        source = opened(book, data)
        told("decision points")
        points = decision_points(source, day)
        curve = return_curve(points, day)
        rates = sensitivity(points, day)
    say(f"{len(points):,} decision points known on {day}")
    say()
    say("back with a new loan within")
    for days in (7, 14, 28, *rates.index):
        say(f"  {days:>4} days  {curve.loc[days]:6.1%}")
    say(f"Fewer than 5 % of all returns come after {proposed_grace(curve)} days: a grace period that suits this book.")
    say()
    say("grace period   deciders       left   left per decision   of those, back later")
    for days, row in rates.iterrows():
        rate = "not known" if row["deciders"] == 0 else f"{row['exit_rate']:.1%}"
        counts = f"{row['deciders']:>9,.0f}  {row['left']:>9,.0f}"
        say(f"  {days:>4} days   {counts}   {rate:>17}   {row['back_later']:>20,.0f}")
