"""Entering a finding, and letting it go on: decision, change, who was told, and what was measured before and after."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from features.errors import UsageError
from features.indicators import INDICATORS
from serving import findings
from serving.access import Person
from serving.analysis.of_findings import AT, STAGES, effect_in_words
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.effect import Effect, as_value
from serving.events import Event
from serving.findings import BEGINNINGS, NEEDS, Finding, Stage
from serving.given import printable
from serving.pages.analysis_page import Analyst, lay_out
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, field, on, said
from serving.pages.site import moment, tongue

router = APIRouter(prefix=AT, **PAGES)

#: Ends outside of the loop, as they are chosen.
_ENDS = (
    (Stage.DROPPED, "It is dropped: nothing is changed"),
    (Stage.HANDED_ON, "It is handed on, for it has to do with a complaint or with fraud"),
)
_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)
_WORDS = ("decision", "change", "told", "owner")


@dataclass(frozen=True)
class Step:
    """One step as it is read: a day, a stage, a note."""

    day: str
    stage: str
    note: str


@router.get("")
def ask(request: Request, shared: TheServed, person: Analyst) -> Response:
    """The form of a new finding."""
    return _new(request, shared, person)


@router.post("")
def add(request: Request, shared: TheServed, person: Analyst, sent: Sent) -> Response:
    """Enter a finding."""
    try:
        stage = field(sent, "stage")
        if stage not in BEGINNINGS:
            raise UsageError("choose where the finding stands already")
        day = _day(sent, "on") or moment(shared).today
        with shared.store.write() as connection:
            made = findings.add(
                connection,
                field(sent, "finding"),
                field(sent, "owner"),
                day,
                person.by,
                shared.now(),
                _day(sent, "due_on"),
                Stage(stage),
            )
    except UsageError as error:
        return _new(request, shared, person, sent, str(error))
    return on(f"{AT}/{made.finding_id}", "kept")


@router.get("/{finding_id}")
def one(request: Request, shared: TheServed, person: Analyst, finding_id: str, done: Done = "") -> Response:
    """A finding with its steps, and the form of the next."""
    found = _there(shared, finding_id)
    shared.record(person, Event.FINDINGS_VIEWED, found.finding_id, points=1)
    return _page(request, shared, person, found, told=said(done, tongue(request, shared, person)))


@router.post("/{finding_id}")
def move(request: Request, shared: TheServed, person: Analyst, finding_id: str, sent: Sent) -> Response:
    """Let a finding go on to its next stage, or end it."""
    found = _there(shared, finding_id)
    today = moment(shared).today
    try:
        stage = field(sent, "to")
        if stage not in list(Stage):
            raise UsageError("choose what became of it")
        effect = _effect(sent)
        with shared.store.write() as connection:
            findings.move(
                connection,
                found.finding_id,
                _day(sent, "on") or today,
                field(sent, "note"),
                person.by,
                shared.now(),
                today,
                stage=Stage(stage),
                due_on=_day(sent, "due_on"),
                effect=effect,
                **{name: field(sent, name) for name in _WORDS},
            )
    except UsageError as error:
        return _page(request, shared, person, _there(shared, finding_id), sent, str(error))
    return on(f"{AT}/{found.finding_id}", "kept")


def _there(shared: Served, finding_id: str) -> Finding:
    with shared.store.read() as connection:
        found = findings.one(connection, finding_id) if printable(finding_id) else None
    if found is None or found.finding_id != finding_id:
        raise not_found()
    return found


def _new(
    request: Request, shared: Served, person: Person, sent: Mapping[str, object] | None = None, wrong: str = ""
) -> Response:
    return lay_out(
        request,
        shared,
        person,
        "/objectives",
        [],
        "finding_new.html",
        422 if wrong else 200,
        title="Enter a finding",
        wrong=wrong,
        given=_given(sent),
        action=AT,
        beginnings=[(stage.value, STAGES[stage]) for stage in BEGINNINGS],
        today=moment(shared).today.isoformat(),
    )


def _page(
    request: Request,
    shared: Served,
    person: Person,
    found: Finding,
    sent: Mapping[str, object] | None = None,
    wrong: str = "",
    told: str = "",
) -> Response:
    today = moment(shared).today
    following = found.next_stage
    need = "" if following is None else NEEDS.get(following, ("", ""))[0]
    facts = [
        ("Owner", found.owner),
        ("Stands at", f"{STAGES[found.stage]} since {found.since_on}"),
        ("Next step by", "" if found.ended or found.due_on is None else str(found.due_on)),
        ("Decision", found.decision),
        ("Change", found.change),
        ("Who was told", found.told),
        ("Effect, an association", "" if found.effect is None else effect_in_words(found.effect)),
    ]
    return lay_out(
        request,
        shared,
        person,
        "/objectives",
        [],
        "finding.html",
        422 if wrong else 200,
        title=found.finding,
        wrong=wrong,
        said=told,
        given=_given(sent),
        action=f"{AT}/{found.finding_id}",
        facts=[(name, text) for name, text in facts if text],
        late=found.overdue(today),
        steps=[Step(s.happened_on.isoformat(), STAGES[s.stage], s.note) for s in found.moves],
        following="" if following is None else following.value,
        becomes="" if following is None else STAGES[following],
        need=need,
        ends=[(stage.value, name) for stage, name in _ENDS],
        indicators=list(INDICATORS),
        first=found.since_on.isoformat(),
        today=today.isoformat(),
    )


def _given(sent: Mapping[str, object] | None) -> dict[str, str]:
    """What was typed, so that nobody has to type it twice."""
    return {} if sent is None else {name: text for name, text in sent.items() if isinstance(text, str)}


def _day(sent: FormData, name: str) -> date | None:
    text = field(sent, name)
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = _EARLIEST.min
    if day is not None and not _EARLIEST <= day <= _LATEST:
        raise UsageError("write the day as 2024-06-30")
    return day


def _effect(sent: FormData) -> Effect | None:
    if not any(field(sent, name) for name in ("what", "before", "after")):
        return None
    before, after = (
        as_value(_number(sent, when, needed=True) or 0.0, _number(sent, f"{when}_low"), _number(sent, f"{when}_high"))
        for when in ("before", "after")
    )
    return Effect.of(field(sent, "what"), before, after)


def _number(sent: FormData, name: str, *, needed: bool = False) -> float | None:
    text = field(sent, name)
    if not text and not needed:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError("write each figure as a plain number such as 0.71, one before and one after")
    return value
