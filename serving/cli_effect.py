"""Does it help? The command that reads the lot's log and says what being listed does."""

from contextlib import closing
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
    with_what_was_found,
)


def effect(
    book: BookArgument,
    as_of: AsOfOption,
    visit_cost: Annotated[
        float | None,
        typer.Option("--visit-cost", min=0, help="What a visit costs, for the cost of each client kept."),
    ] = None,
    out: OutOption = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Say whether being listed helps, beside those whom the lot left out."""
    from serving.effect_tables import TITLES, question
    from serving.experiment import stops
    from serving.experiment.log import logged
    from serving.score import definition_of
    from training.effect.report import report

    refuse_ending(out)
    folder, day = home_at(home), as_date(as_of)
    settings = folder.settings()
    with progress() as told:
        told("check")
        source = with_what_was_found(opened(book, data, day), day, folder)
        model, _ = champion(folder)
        definition = definition_of(model)
        told("what became of them")
        with closing(folder.store(settings)) as store, store.read() as connection:
            log = logged(connection, source, day, definition, model.horizon)
            stopped = stops.every(connection)
        told("effect")
        matures_after = model.horizon + definition.maturity_days
        found = report(
            log,
            day,
            matures_after,
            question(stopped, (settings.visit_cost or None) if visit_cost is None else visit_cost),
        )
    say(found.said)
    say(found.about)
    for name, finding in found.findings.items():
        show(TITLES[name], finding)
    if out is not None:
        write(out, f"{found.said} {found.about}", found.findings, TITLES)
