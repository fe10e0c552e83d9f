"""What was found at lines: entered by machines and phones, read back, and decided where two people differ."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr
from sqlalchemy import Connection

from serving import issued, outcomes
from serving.access import Person
from serving.api.callers import ThePerson
from serving.api.errors import DOCUMENTED, ErrorDetail, Refused, not_found
from serving.api.served import Served, TheServed
from serving.audit import record as log
from serving.entering import channel_of, decide, enter, may_enter, sheet_again
from serving.events import Event
from serving.given import Given, OutcomeRefused, Sheet, Why, printable
from serving.line import OfficerList, Owner
from serving.outcome_codes import CODES, KINDS, OVERRIDES
from serving.outcomes import Keep, Outcome
from serving.typed import typed_in

router = APIRouter(prefix="/v1/outcomes", tags=["outcomes"], responses=DOCUMENTED)

#: What a phone gathers in a week, and a desk types in from one pile of paper.
MOST_AT_ONCE = 50
_LONGEST_ID = 200

_Id = Annotated[StrictStr, Field(max_length=_LONGEST_ID)]
_Word = Annotated[StrictStr, Field(max_length=40)]
_Note = Annotated[StrictStr, Field(max_length=2_000)]


class _Told(BaseModel):
    """What was found, however it came in."""

    model_config = ConfigDict(extra="forbid")

    code: _Word = Field(description=f"Outcome code: {', '.join(CODES)}.")
    kind: _Word = Field(default="", description=f"{', '.join(KINDS)}; empty where nobody was contacted.")
    reasons: list[_Word] = Field(default=[], max_length=20, description="Driver codes in the client's own order.")
    promised_on: _Word = Field(default="", description="The day by which the client means to come back.")
    do_not_contact: StrictBool = Field(default=False, description="The client asked for peace; heeded at once.")
    wrong: StrictBool = Field(default=False, description="What the list says is wrong.")
    override: _Word = Field(default="", description=f"Why the line was passed over: {', '.join(OVERRIDES)}.")
    note: _Note = Field(default="", description="At most 500 characters.")
    consent: StrictBool = Field(default=False, description="The client agreed that a sensitive reason be kept.")
    based_on: _Id = Field(default="", description="The outcome this one corrects.")


class OutcomeSent(_Told):
    """One outcome from a device."""

    outcome_id: _Id = Field(description="A UUID made by the device; sent again, it is kept once.")
    list_id: _Id
    check: _Word = Field(
        default="", description="Letters behind the list's id; without them the list in force is meant."
    )
    client_id: _Id
    happened_on: _Word = Field(description="The day of the contact, as 2024-07-02.")


class OutcomesSent(BaseModel):
    """Outcomes from a device."""

    model_config = ConfigDict(extra="forbid")

    outcomes: list[OutcomeSent] = Field(min_length=1, max_length=MOST_AT_ONCE)


class PaperLine(_Told):
    """One line typed in from paper."""

    place: int = Field(ge=1, le=10_000, description="Number printed at the line.")
    outcome_id: _Id = Field(default="", description="A UUID; without one, the same line typed in twice is kept once.")
    happened_on: _Word = Field(default="", description="Where it differs from the day of the sheet.")


class PaperSheet(BaseModel):
    """A returned paper list, typed in."""

    model_config = ConfigDict(extra="forbid")

    printed_id: _Id = Field(description="As it stands on the paper, with its check letters: 2024-W27-o1-kfm.")
    happened_on: _Word = Field(
        default="", description="The day of the contacts, for lines that have none of their own."
    )
    lines: list[PaperLine] = Field(min_length=1, max_length=MOST_AT_ONCE)


class OutcomeKept(BaseModel):
    """An outcome as it is stored, as far as the caller may read it."""

    outcome_id: str
    list_id: str
    place: int
    client_id: str
    status: str = Field(description="accepted, conflict, replaced or set_aside.")
    replaces: str | None
    entered_by: str
    channel: str
    recorded_on: date
    happened_on: date
    kind: str
    code: str
    reasons: list[str]
    promised_on: date | None
    do_not_contact: bool
    wrong: bool
    override: str
    note: str

    @classmethod
    def of(cls, outcome: Outcome, person: Person) -> "OutcomeKept":
        """As somebody may read it."""
        seen = outcome.seen_by(str(person.scope.role))
        return cls(
            **{name: getattr(seen, name) for name in cls.model_fields if name != "reasons"}, reasons=[*seen.reasons]
        )


class OneAnswer(BaseModel):
    """What became of one outcome."""

    outcome_id: str = Field(description="The id it is kept under; empty if it was refused.")
    status: str = Field(
        description="accepted, same (it was there already), conflict (it waits for a person) or refused."
    )
    why: ErrorDetail | None = Field(description="Why it was refused.")
    other: OutcomeKept | None = Field(description="In a conflict, the outcome that stands.")


class Answers(BaseModel):
    """What became of each outcome, in the order in which they were sent."""

    answers: list[OneAnswer]


class OutcomesOfList(BaseModel):
    """Everything entered for one list, oldest first."""

    list_id: str
    outcomes: list[OutcomeKept]


class Decision(BaseModel):
    """How a conflict is decided."""

    model_config = ConfigDict(extra="forbid")

    keep: Keep = Field(description="this: the outcome that waits holds from today; other: the one that stands goes on.")


@router.post("")
def send(sent: OutcomesSent, shared: TheServed, asking: ThePerson) -> Answers:
    """Keep outcomes. Each is answered by itself; what was accepted stays accepted if a later one is refused."""
    return Answers(answers=[_kept(shared, asking, each) for each in sent.outcomes])


@router.post("/paper")
def type_in(sent: PaperSheet, shared: TheServed, asking: ThePerson) -> Answers:
    """Keep what was written on a returned paper list, found by its printed id."""
    page = _printed(shared, asking, sent.printed_id)
    return Answers(answers=[_typed(shared, asking, page, sent, line) for line in sent.lines])


@router.get("")
def of_list(
    shared: TheServed, asking: ThePerson, list_id: Annotated[str, Query(max_length=_LONGEST_ID)]
) -> OutcomesOfList:
    """Everything entered for a list, whatever became of it."""
    if not printable(list_id):
        raise _no_list(shared, asking)
    with shared.store.read() as connection:
        theirs = any(_sees(asking, owner) for owner in issued.owners(connection, list_id))
        entered = outcomes.of_list(connection, list_id) if theirs else []
    if not theirs:
        raise _no_list(shared, asking)
    seen = [each for each in entered if _sees(asking, each)]
    shared.record(asking, Event.LIST_VIEWED, list_id, lines=len(seen))
    return OutcomesOfList(list_id=list_id, outcomes=[OutcomeKept.of(each, asking) for each in seen])


@router.post("/{outcome_id}/settle")
def settle(
    outcome_id: Annotated[str, Path(max_length=36)], sent: Decision, shared: TheServed, asking: ThePerson
) -> OutcomeKept:
    """Decide a conflict. Both outcomes stay stored; the answer is the one that holds."""
    if not printable(outcome_id):
        raise not_found()
    try:
        with shared.store.write() as connection:
            held = decide(connection, asking, outcome_id, sent.keep, channel_of(asking), shared.now(), shared.today())
    except OutcomeRefused as error:
        if error.why is Why.NOT_FOUND:
            raise not_found() from None
        detail = _detail(error)
        raise Refused(422, detail.code, detail.message, detail.hint) from None
    return OutcomeKept.of(held, asking)


def _kept(shared: Served, asking: Person, sent: OutcomeSent) -> OneAnswer:
    try:
        given = Given.of(**sent.model_dump(exclude={"list_id", "check"}))
        named = printable(sent.list_id + sent.check)
        with shared.store.write() as connection:
            found = issued.sheet(connection, sent.list_id, sent.check or None, _mine(asking)) if named else None
            if found is None:
                log(connection, shared.now(), asking.by.name, asking.by.role, Event.LIST_REFUSED)
                return _refused(OutcomeRefused(Why.NOT_FOUND))
            return _enter(connection, shared, asking, Sheet.of(found[1]), given, channel_of(asking))
    except OutcomeRefused as error:
        return _refused(error)


def _typed(shared: Served, asking: Person, page: OfficerList, sheet: PaperSheet, line: PaperLine) -> OneAnswer:
    told = line.model_dump(exclude={"place", "happened_on"})
    try:
        given = typed_in(page, line.place, happened_on=line.happened_on or sheet.happened_on, **told)
        with shared.store.write() as connection:
            return _enter(connection, shared, asking, sheet_again(connection, page), given, "paper")
    except OutcomeRefused as error:
        return _refused(error)


def _printed(shared: Served, asking: Person, printed_id: str) -> OfficerList:
    """The list with a printed id, for somebody who may type it in; the same answer for another's and for none."""
    list_id, _, check = "".join(printed_id.split()).rpartition("-")
    found = None
    if list_id and check and printable(printed_id):
        with shared.store.read() as connection:
            found = issued.sheet(connection, list_id, check, _mine(asking, on_paper=True))
    if found is None:
        raise _no_list(shared, asking)
    return found[1]


def _no_list(shared: Served, asking: Person) -> Refused:
    """The answer for another's list and for none, once it is written down that it was asked for."""
    shared.record(asking, Event.LIST_REFUSED)
    return not_found()


def _enter(
    connection: Connection, shared: Served, asking: Person, sheet: Sheet, given: Given, channel: str
) -> OneAnswer:
    kept = enter(connection, asking, sheet, given, channel, shared.now(), shared.today())
    other = None if kept.other is None else OutcomeKept.of(kept.other, asking)
    return OneAnswer(outcome_id=kept.outcome_id, status=kept.status.value, why=None, other=other)


def _mine(asking: Person, *, on_paper: bool = False) -> Callable[[Owner], bool]:
    def mine(owner: Owner) -> bool:
        return may_enter(asking, owner.officer_id, owner.branch_id, is_desk=owner.is_desk, on_paper=on_paper)

    return mine


def _sees(asking: Person, what: Outcome | Owner) -> bool:
    return asking.scope.sees_list(what.officer_id, what.branch_id, is_desk=what.is_desk)


def _refused(error: OutcomeRefused) -> OneAnswer:
    return OneAnswer(outcome_id="", status="refused", why=_detail(error), other=None)


def _detail(error: OutcomeRefused) -> ErrorDetail:
    hint = "Check the list and the client." if error.why is Why.NOT_FOUND else "Put it right and send it again."
    return ErrorDetail(code=error.why.value, message=error.why.message, hint=hint)
