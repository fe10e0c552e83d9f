"""Commands about the model of who is helped: learn and judge it, put it into use, take it out of use."""

from contextlib import closing
from typing import Annotated

import typer

from serving.cli_model import champion
from serving.cli_terminal import (
    DEFAULT_HOME,
    AsOfOption,
    BookArgument,
    DataOption,
    HomeOption,
    as_date,
    home_at,
    now,
    opened,
    progress,
    say,
    with_what_was_found,
)

app = typer.Typer(no_args_is_help=True, help="Who is helped by a contact, learnt from whom the lot left out.")


@app.command("learn")
def learn_who_is_helped(
    book: BookArgument, as_of: AsOfOption, data: DataOption = None, home: HomeOption = DEFAULT_HOME
) -> None:
    """Learn who is helped from the lot's log, judge it on later weeks beside risk, and keep it. Lists do not change."""
    from serving import uplift
    from serving.experiment.log import logged
    from serving.score import definition_of
    from training.effect.allocations import settled
    from training.helped import Lines, features_on_draws, learn
    from training.recording_helped import recorded

    folder, day = home_at(home), as_date(as_of)
    with progress() as told, closing(folder.store(folder.settings())) as store:
        told("check")
        source = with_what_was_found(opened(book, data, day), day, folder)
        model, risk_version = champion(folder)
        definition = definition_of(model)
        told("what became of them")
        with store.read() as connection:
            log = logged(connection, source, day, definition, model.horizon)
        matures_after = model.horizon + definition.maturity_days
        final = settled(log, day, matures_after)
        lines = Lines.of(final, features_on_draws(source, final, definition, told))
        told("learn")
        found = learn(lines)
        told("record")
        asked = {"horizon": model.horizon, "matures_after": matures_after, "model_of_risk": risk_version}
        tags = {"book": source.name, "data_digest": source.digest(), "as_of": day.isoformat()}
        recorded(folder.path, found, asked, tags)
        with store.write() as connection:
            version = uplift.keep(folder, connection, found, now())
    say(f"model {version[:12]}: {found}")
    if found.verdict.replaces:
        say(f"Lists go by it once you say so: exitwatch uplift use {version[:12]} --home {folder.path}")


@app.command("use")
def use(
    version: Annotated[str, typer.Argument(metavar="MODEL", help="As `uplift learn` named it.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Let places on lists go by a model that its gate let through."""
    from serving import uplift

    folder = home_at(home)
    settings = folder.settings()
    with closing(folder.store(settings)) as store, store.write() as connection:
        whole = uplift.switch_on(folder, connection, version, now())
        sentence = uplift.verdict_of(connection, whole)["sentence"]
    say(f"model {whole[:12]} is in use from the next weekly run on. {sentence}")
    if settings.rank_by != "benefit" or settings.chance_by == "prior":
        say('It waits: the settings have chance_by = "prior" or rank_by = "risk".')


@app.command("off")
def off(home: HomeOption = DEFAULT_HOME) -> None:
    """Go back to the general chances of the settings; the model is kept."""
    from serving import uplift

    folder = home_at(home)
    with closing(folder.store(folder.settings())) as store, store.write() as connection:
        before = uplift.switch_off(connection, now())
    say(f"model {before[:12]} is out of use from the next weekly run on" if before else "no model was in use")


@app.command("show")
def show(home: HomeOption = DEFAULT_HOME) -> None:
    """Say which models were kept, what their gate said, and which is in use."""
    from serving import uplift

    folder = home_at(home)
    with closing(folder.store(folder.settings())) as store, store.read() as connection:
        used = uplift.version_in_use(connection)
        told = {version: uplift.verdict_of(connection, version) for version in uplift.kept(folder, connection)}
    for version, verdict in told.items():
        say(f"{version[:12]}  {'in use' if version == used else 'kept  '}  {verdict['sentence']}")
    if not told:
        say("none was learnt yet: `exitwatch uplift learn` makes one once outcomes beside a hold-out are final")
