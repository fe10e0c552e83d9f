"""Commands of the feedback loop: list findings, enter one, let it go on."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.errors import UsageError
from features.indicator import Value
from serving import findings
from serving.cli_terminal import DEFAULT_HOME, HomeOption, as_date, home_at, now, say
from serving.effect import Effect, as_value
from serving.findings import Finding, Stage
from serving.store.database import Store

app = typer.Typer(
    help="The feedback loop: what was found, decided, changed, and what came of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DueOption = Annotated[str, typer.Option("--due", metavar="DATE", help="By when the next step is to be made.")]
OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="The day it happened; else today.")]


@app.command("list")
def listed(
    home: HomeOption = DEFAULT_HOME,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose next step is late.")] = False,
) -> None:
    """List findings with where they stand, those whose next step is due first."""
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event

    with _opened(home) as (store, moment, today), store.write() as connection:
        found = [each for each in findings.every(connection) if not overdue or each.overdue(today)]
        record(connection, moment, OPERATOR.name, OPERATOR.role, Event.FINDINGS_VIEWED, points=len(found))
    for each in found:
        _say(each, today)


@app.command("add")
def add(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="What was found out, without any client's name.")],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for what becomes of it.")],
    due: DueOption = "",
    on: OnOption = "",
    stage: Annotated[Stage, typer.Option("--stage", help="Where it stands already, report at the latest.")] = (
        Stage.COLLECT
    ),
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Enter a finding with who answers for it."""
    from serving.access import OPERATOR

    with _opened(home) as (store, moment, today), store.write() as connection:
        day = as_date(on, "--on") if on else today
        due_on = as_date(due, "--due") if due else None
        made = findings.add(connection, finding, owner, day, OPERATOR, moment, due_on, stage)
    _say(made, today)


@app.command("move")
def move(
    finding_id: Annotated[str, typer.Argument(metavar="ID", help="Of the finding, or how it begins.")],
    note: Annotated[str, typer.Option("--note", help="What was done.")],
    stage: Annotated[Stage | None, typer.Option("--to", help="The next stage; or dropped, or handed_on.")] = None,
    decision: Annotated[str, typer.Option("--decision", help="What was decided.")] = "",
    change: Annotated[str, typer.Option("--change", help="What is changed.")] = "",
    told: Annotated[str, typer.Option("--told", help="Who was told.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who answers for it from now on.")] = "",
    measured: Annotated[str, typer.Option("--measured", help="What was measured again, such as retention_rate.")] = "",
    before: Annotated[str, typer.Option("--before", help="VALUE, or VALUE:LOW:HIGH.")] = "",
    after: Annotated[str, typer.Option("--after", help="VALUE, or VALUE:LOW:HIGH.")] = "",
    due: DueOption = "",
    on: OnOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Let a finding go on to its next stage. Stages only go forward, and nothing of the past is changed.

    From every stage it may also end: `--to dropped` with a decision why nothing is changed, or `--to handed_on` with
    who follows it up, for what has to do with a complaint or with fraud.
    """
    from serving.access import OPERATOR

    effect = Effect.of(measured, _value(before, "--before"), _value(after, "--after")) if before or after else None
    with _opened(home) as (store, moment, today), store.write() as connection:
        made = findings.move(
            connection,
            finding_id,
            as_date(on, "--on") if on else today,
            note,
            OPERATOR,
            moment,
            today,
            stage=stage,
            due_on=as_date(due, "--due") if due else None,
            effect=effect,
            decision=decision,
            change=change,
            told=told,
            owner=owner,
        )
    _say(made, today)


def _say(each: Finding, today: date) -> None:
    late = ", OVERDUE" if each.overdue(today) else ""
    due = f", next step by {each.due_on}{late}" if each.due_on else ""
    say(f"{each.finding_id[:8]}  {each.stage} since {each.since_on}{due}, {each.owner}: {each.finding}")
    for name in ("decision", "change", "told"):
        if getattr(each, name):
            say(f"          {name}: {getattr(each, name)}")
    if each.effect is not None:
        of = each.effect
        interval = "" if of.low is None or of.high is None else f" ({of.low:+.3g} to {of.high:+.3g})"
        say(
            f"          {of.what}: {of.before:.4g} before, {of.after:.4g} after, {of.change:+.3g}{interval}; {of.label}"
        )


def _value(text: str, option: str) -> Value:
    parts = text.split(":") if text else []
    try:
        figures = [float(part) for part in parts]
    except ValueError:
        figures = []
    if len(figures) not in (1, 3):
        raise UsageError(f"write {option} as VALUE, or with its interval as VALUE:LOW:HIGH such as 0.71:0.66:0.75")
    return as_value(*figures)


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Store, datetime, date]]:
    folder = home_at(home)
    settings, moment = folder.settings(), now()
    with closing(folder.store(settings)) as store:
        yield store, moment, moment.astimezone(ZoneInfo(settings.timezone)).date()
