"""Commands of objectives: check them, see where they stand, find a baseline, take in what others measured."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from features.errors import DataError, UsageError
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
    say,
)
from serving.store.database import Store

if TYPE_CHECKING:
    from features.indicator import Indicator, Value
    from serving.objectives.objective import Objective
    from serving.objectives.status import Standing

app = typer.Typer(
    help="Objectives: are they SMART, where do they stand, what is the baseline.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("check")
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """Say of every objective of objectives.toml in the working folder what it lacks to be SMART."""
    from serving.objectives.objective import FILE, read_objectives

    read = read_objectives(home_at(home).path / FILE)
    for fault in read.faults:
        say(f"objective {fault.place}, {fault.letter}: {fault.sentence}")
    if read.faults:
        raise DataError(
            f"{len({fault.place for fault in read.faults})} objectives are not SMART yet; see the lines above"
        )
    say(f"{len(read.objectives)} objectives, all SMART")


@app.command("status")
def status(book: BookArgument, as_of: AsOfOption, data: DataOption = None, home: HomeOption = DEFAULT_HOME) -> None:
    """Measure what stands in the book, and say where every objective stands.

    The figures are kept, so that the interface can show them. What has to be measured elsewhere is read from what was
    uploaded.
    """
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.objectives import measured, values
    from serving.objectives.segment import rule_of

    day = as_date(as_of)
    objectives = _objectives(home)
    rule = rule_of(home_at(home).path)
    source = opened(book, data, day)
    found = measured.measure(source, objectives, day, rule)
    with _opened(home) as (store, moment, _), store.write() as connection:
        values.keep(connection, found, OPERATOR, moment)
        standings = measured.stand(connection, objectives, day)
        by = OPERATOR.name, OPERATOR.role, Event.OBJECTIVES_VIEWED
        record(connection, moment, *by, objectives=len(standings))
    for each in standings:
        _say_standing(each)


@app.command("baseline")
def baseline(
    book: BookArgument,
    as_of: AsOfOption,
    indicator: Annotated[str, typer.Option("--indicator", metavar="CODE", help="Which indicator.")],
    segment: Annotated[str, typer.Option("--segment", help="Such as area=rural; empty is everybody.")] = "",
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Find a baseline where there is none: the last four quarters of the book, or how small a sample would do."""
    from features.indicators import INDICATORS
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.objectives.measured import build_baseline
    from serving.objectives.segment import Segment, rule_of

    if indicator not in INDICATORS:
        raise UsageError(f"indicator {indicator!r} is not known; there are {', '.join(INDICATORS)}")
    day, of = as_date(as_of), Segment.of_text(segment)
    source = opened(book, data, day)
    with _opened(home) as (store, moment, _), store.write() as connection:
        found = build_baseline(connection, source, indicator, of, day, rule_of(home_at(home).path))
        record(connection, moment, OPERATOR.name, OPERATOR.role, Event.OBJECTIVES_VIEWED, indicator, objectives=0)
    for each in found.quarters:
        say(f"{each.from_on} to {each.until_on}: {_figure(found.indicator, each.value)}")
    if found.year is not None and found.year.value.value is not None:
        say(f"baseline = {found.year.value.value:.4g}")
        say(f"baseline_on = {found.year.until_on}")
        say(f"# over {found.year.from_on} to {found.year.until_on}: {_figure(found.indicator, found.year.value)}")
        return
    if found.to_ask is not None:
        say(
            f"{indicator} is not in the book and was never uploaded. A random sample of {found.to_ask} clients who "
            "answer tells a share to within 7 points; upload what they say with `exitwatch objectives upload`."
        )
        return
    say("not known: the book lacks what it is computed from, or counts too few to be told")


@app.command("upload")
def upload(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv of what was measured outside the book.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Keep figures that were measured elsewhere: all rows or none. A newer figure of the same period replaces one.

    The columns are indicator, segment, from_on, until_on, value, n, source and entered_by.
    """
    from serving.access import OPERATOR
    from serving.objectives import values

    figures = values.read_figures(file)
    with _opened(home) as (store, moment, _), store.write() as connection:
        new, replaced = values.keep(connection, figures, OPERATOR, moment)
    say(f"{new} figures kept, {replaced} of them in place of earlier ones; {len(figures) - new} were there already")


def _objectives(home: Path) -> "tuple[Objective, ...]":
    from serving.objectives.objective import FILE, read_objectives

    read = read_objectives(home_at(home).path / FILE)
    if read.faults:
        raise UsageError("some objectives are not SMART yet; run `exitwatch objectives check` and put them right")
    return read.objectives


def _say_standing(each: "Standing") -> None:
    of = each.objective
    where = f" ({of.segment.text})" if of.segment.text else ""
    say(f"{each.status.replace('_', ' ')}: {of.name}{where}, {of.owner}")
    told = _figure(of.indicator, each.value)
    doubt = ", too close to the line to be sure" if each.sure is False else ""
    expected = _plain(of.indicator, each.expected)
    target = f"{_plain(of.indicator, of.target)} by {of.by}"
    say(f"  {of.indicator.code} {told}; today's mark {expected}{doubt}; target {target}")
    if each.days_left < 0:
        say("  the date is over: decide whether to set it anew, and what was learnt")


def _figure(indicator: "Indicator", value: "Value") -> str:
    if value.value is None:
        return "not known"
    told = _plain(indicator, value.value)
    if value.low is not None and value.high is not None:
        told += f" ({_plain(indicator, value.low)} to {_plain(indicator, value.high)})"
    return told + (f" of {value.counted:,}" if value.counted and indicator.unit != "count" else "")


def _plain(indicator: "Indicator", value: float) -> str:
    return f"{100 * value:.1f} %" if indicator.unit == "share" else f"{value:,.4g}"


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Store, datetime, date]]:
    folder = home_at(home)
    settings, moment = folder.settings(), now()
    with closing(folder.store(settings)) as store:
        yield store, moment, moment.astimezone(ZoneInfo(settings.timezone)).date()
