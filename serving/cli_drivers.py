"""Commands about why clients leave: drivers, events."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from serving.cli_findings import OutOption, refuse_ending, show, write
from serving.cli_model import champion
from serving.cli_terminal import (
    DEFAULT_HOME,
    AsOfOption,
    BookArgument,
    DataOption,
    HomeOption,
    as_date,
    home_at,
    opened,
    progress,
    say,
    today,
    with_what_was_found,
)

_TITLES = {
    "drivers": "What weighs on the clients at risk",
    "segment": "The same by parts",
    "change": "What changed since",
    "alike": "Features that move together",
    "pareto": "Would-be exits each driver carries",
    "board": "Quick wins: impact beside ease",
    "events": "Exits around the events, beside clients like those to whom it happened",
    "shapes": "Exit rate of those who had to decide, over each feature",
}
#: The event that needs no file.
OFFICER_CHANGE = "officer_change"


def drivers(
    book: BookArgument,
    as_of: AsOfOption,
    segment: Annotated[
        str | None,
        typer.Option(
            "--segment", help="Compare parts: branch, officer, product, cycle, gender, age, poverty, target, ..."
        ),
    ] = None,
    before: Annotated[str | None, typer.Option("--before", metavar="DATE", help="Compare with this date.")] = None,
    ease: Annotated[
        Path | None, typer.Option("--ease", metavar="FILE", help="How easy each driver is to act on, as TOML.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--target", metavar="FILE", help="Who is a target client; without it target.toml of the working folder."
        ),
    ] = None,
    out: OutOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Say which drivers weigh most, how many exits they carry, and what could be won soon."""
    from features.measures.target_client import load_target
    from serving.erasure import left_out
    from serving.score import definition_of
    from training.drivers.ease import TABLE, load_ease
    from training.drivers.overview import overview

    refuse_ending(out)
    folder, day = home_at(home), as_date(as_of)
    then = as_date(before, "--before") if before is not None else None
    rule = folder.target() if target is None else load_target(target)
    with progress() as told:
        told("check")
        source = opened(book, data, day)
        model, _ = champion(folder)
        source = with_what_was_found(source, day, folder)
        told("drivers")
        with closing(folder.store(folder.settings())) as store, store.read() as connection:
            without = left_out(connection, source.current_clients()["client_id"], today())
        found = overview(
            source, day, model, definition_of(model), load_ease(ease or TABLE), segment, then, without, target=rule
        )
    shown = {**found.findings, "shapes": found.deciles.shapes}
    say(found.about)
    for name, finding in shown.items():
        show(_TITLES[name], finding)
    if out is not None:
        write(
            out, found.about, shown | {f"deciles {name}": each for name, each in found.deciles.charts.items()}, _TITLES
        )


def events(
    book: BookArgument,
    as_of: AsOfOption,
    event: Annotated[
        str, typer.Option("--event", metavar="WHAT", help="officer_change, or a CSV file: happened_on, kind, unit.")
    ] = OFFICER_CHANGE,
    grace: Annotated[int, typer.Option("--grace", help="Days without a loan after which a client has left.")] = 90,
    out: OutOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Say whether more clients left after something happened to them than among others like them."""
    from features.exit import ExitDefinition
    from training.drivers.event_study import event_study
    from training.drivers.events import officer_changes, read_events

    refuse_ending(out)
    folder, day = home_at(home), as_date(as_of)
    # A file that cannot be read is told before a long check.
    given = None if event == OFFICER_CHANGE else read_events(Path(event))
    with progress() as told:
        told("check")
        source = with_what_was_found(opened(book, data, day), day, folder)
        told("events")
        study = event_study(source, day, given or officer_changes(source, day), ExitDefinition(grace_days=grace))
    show(_TITLES["events"], study.finding)
    if out is not None:
        write(out, f"Events known on {day}.", {"events": study.finding}, _TITLES)
