"""Commands about books: simulate one, check one."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli_terminal import AsOfOption, BookArgument, DataOption, as_date, opened, progress, say

if TYPE_CHECKING:
    import pandas as pd

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


class Length(StrEnum):
    """Lengths of period, for the command line."""

    month = "month"
    quarter = "quarter"
    year = "year"


def exits(
    book: BookArgument,
    as_of: AsOfOption,
    data: DataOption = None,
    by: Annotated[Length, typer.Option("--by", help="Length of the periods.")] = Length.quarter,
    segment: Annotated[
        list[str] | None,
        typer.Option(
            "--segment",
            metavar="NAME",
            help="Cut by this too; may come several times: area, client_type, lending, branch, gender, age, poverty, "
            "product, purpose, cycle.",
        ),
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--target", metavar="FILE", help="TOML file that says who is a target client.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the tables: .csv, .xlsx or .parquet.")
    ] = None,
    grace: Annotated[int, typer.Option("--grace", metavar="DAYS", help="Days a client may rest.")] = 90,
) -> None:
    """Show how many clients leave by the published formulas, who, when they come back, and what grace period suits.

    Figures that can still change are marked and not shown; so is whatever fewer than 20 clients stand behind.
    """
    from features.exit import ExitDefinition
    from features.measures.periods import By
    from features.measures.published import measure
    from features.measures.returning import decision_points, proposed_grace, return_curve
    from features.measures.returns_shown import at_quarter_end, days_shown, sensitivity_shown
    from features.measures.segments import TARGET, asked_for
    from features.measures.target_client import load_target
    from serving.measures_files import refuse_other_shapes, write
    from serving.measures_told import told as told_measures

    day, length = as_date(as_of), By(by.value)
    definition = ExitDefinition(grace_days=grace)
    rule = None if target is None else load_target(target)
    if out is not None:
        refuse_other_shapes(out)
    with progress() as told:
        told("check")
        source = opened(book, data)
        wanted = asked_for(segment or [], source) + ((TARGET,) if rule else ())
        told("decision points")
        points, last = at_quarter_end(decision_points(source, day), day)
        curve = return_curve(points, last)
        measures = measure(source, day, definition, rule, told)
    for line in told_measures(measures, length, wanted):
        say(line)
    say()
    say(f"back with a new loan within, of the decisions up to {last}")
    for days in days_shown(points):
        say(f"  {days:>4} days  {curve.loc[days]:6.1%}")
    say(f"Fewer than 5 % of all returns come after {proposed_grace(curve)} days: a grace period that suits this book.")
    say()
    say("grace period   deciders       left   left per decision")
    for grace_days, row in sensitivity_shown(points, last).iterrows():
        say(f"  {grace_days:>4} days   {_of_grace(row)}")
    if out is not None:
        write(measures, length, wanted, out)
        say()
        say(f"written: {out}")


def _of_grace(row: "pd.Series") -> str:
    """A line of the sensitivity table, without small numbers."""
    from serving.measures_told import HIDDEN

    if row.isna().any():
        return f"{HIDDEN:>9}  {HIDDEN:>9}   {HIDDEN:>17}"
    return f"{row['deciders']:>9,.0f}  {row['left']:>9,.0f}   {row['exit_rate']:>17.1%}"
