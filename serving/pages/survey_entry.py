"""Entering what a client said when she left, with the rules and into the tables of every other way of entering it."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from features.leaver_type import LeaverType
from serving.access import Person
from serving.analysis.of_answers import AT
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.erasure import left_out
from serving.events import Event
from serving.given import printable
from serving.outcome_codes import REASONS
from serving.pages.analysis_page import Analyst, lay_out
from serving.pages.found import new_id
from serving.pages.rendering import PAGES
from serving.pages.sent import Done, Sent, back_with, field, said
from serving.pages.site import moment, tongue
from serving.pages.survey import SampleAsked
from serving.store.tables import NOBODY
from serving.survey import kept, samples
from serving.survey.entry import record
from serving.survey.form import MOST_LINKS, Answer
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.said import LONGEST_STORY
from serving.survey.words import ASKED_BY, COLUMNS, KEPT_BY, OPINIONS, PLACES, PRIVATE, SINCE

router = APIRouter(prefix=f"{AT}/answer", **PAGES)

#: How an answer came in.
CHANNEL = "page"
_LEFT = {
    LeaverType.VOL: "By her or his own choice",
    LeaverType.GRAD: "Needs no more credit",
    LeaverType.REST: "Rests and means to come back",
    LeaverType.MOVED: "Moved away",
    LeaverType.GROUP_END: "The group ended",
    LeaverType.PUSH_GRP: "Put out by the group",
    LeaverType.PUSH_MFI: "Turned away by us",
    LeaverType.WO: "Written off",
    LeaverType.XFER: "Goes on at another branch or officer of ours",
    LeaverType.DIED: "Died; told by the family",
    LeaverType.MERGE: "The same person under another number",
    LeaverType.UNK: "Not known",
}
#: Where a column stands in the form, if not under its own name; some stand nowhere.
_PLACES = {"sample_id": "sample", "answer_id": "", "replaces": ""}
_LINKS = ("What it began with", *("What came then",) * (MOST_LINKS - 1))


@router.get("")
def ask(request: Request, shared: TheServed, person: Analyst, sample: SampleAsked = "", done: Done = "") -> Response:
    """The form, for a client of a sample or for one who was asked otherwise."""
    return _form(request, shared, person, sample, told=said(done, tongue(request, shared, person)))


@router.post("")
def enter(request: Request, shared: TheServed, person: Analyst, sent: Sent) -> Response:
    """Keep one answer, once."""
    sample = field(sent, "sample_id")
    try:
        with shared.store.write() as connection:
            answer = _read(connection, sent)
            record(connection, answer, person.by, CHANNEL, shared.now(), moment(shared).today)
    except AnswerRefused as refused:
        return _form(request, shared, person, sample, sent, refused)
    return back_with(f"{AT}/answer", sample=sample, done="kept")


def _read(connection: Connection, sent: FormData) -> Answer:
    """What was typed; with the answer it corrects where somebody said that it does."""
    told = {name: field(sent, name) for name in COLUMNS}
    told["reasons"] = "; ".join(code for code in map(str, sent.getlist("reasons")) if code)
    if field(sent, "corrects") == "yes" and printable(told["client_id"]) and printable(told["sample_id"]):
        holding = kept.standing(connection, told["client_id"], told["sample_id"])
        if not holding:
            raise AnswerRefused(Why.NOTHING_TO_REPLACE, "client_id")
        told["replaces"] = holding[0].answer.answer_id
    return Answer.of(told)


def _form(
    request: Request,
    shared: Served,
    person: Person,
    sample: str,
    sent: FormData | None = None,
    refused: AnswerRefused | None = None,
    told: str = "",
) -> Response:
    today = moment(shared).today
    with shared.store.read() as connection:
        every = [each.sample_id for each in samples.samples(connection)]
        if sample and sample not in every and refused is None:
            raise not_found()
        waiting = list(_waiting(connection, sample, shared)) if sample in every else []
    shared.record(person, Event.SURVEY_VIEWED, sample if sample in every else "", what="form", answers=0)
    given = {} if sent is None else {name: field(sent, name) for name in COLUMNS}
    return lay_out(
        request,
        shared,
        person,
        "/survey",
        [],
        "survey_answer.html",
        422 if refused else 200,
        title="Enter an answer",
        said=told,
        of=sample,
        samples=[(name, name) for name in every],
        waiting=waiting,
        action=f"{AT}/answer",
        given={"interviewed_on": today.isoformat()} | given,
        answer_id=given.get("answer_id") or new_id(),
        wrong="" if refused is None else refused.sentence,
        where="" if refused is None else _PLACES.get(refused.column, refused.column),
        corrects=refused is not None and refused.why in (Why.ANSWERED, Why.NOTHING_TO_REPLACE),
        links=list(zip(range(MOST_LINKS), _LINKS, _chosen(sent), strict=True)),
        reasons=[(code, reason.name, code in PRIVATE) for code, reason in REASONS.items()],
        roles=list(ASKED_BY.items()),
        types=[(kind.value, words) for kind, words in _LEFT.items()],
        opinions=_words(OPINIONS),
        since=_words(SINCE),
        kept_by=list(KEPT_BY.items()),
        asked_at=_words(PLACES),
        longest=LONGEST_STORY,
        today=today.isoformat(),
    )


def _chosen(sent: FormData | None) -> Sequence[str]:
    """The chain as it was typed, one for each field."""
    typed = [] if sent is None else [str(code) for code in sent.getlist("reasons")]
    return (typed + [""] * MOST_LINKS)[:MOST_LINKS]


def _waiting(connection: Connection, sample: str, shared: Served) -> Iterator[str]:
    """Numbers of those who were handed out to be asked, have not answered, and need not be left in peace."""
    answered = {each.answer.client_id for each in kept.of_sample(connection, sample)}
    drawn = [
        each.client_id
        for each in samples.drawn(connection, sample)
        if each.handed_on is not None and not each.peace and each.client_id not in answered
    ]
    gone = left_out(connection, drawn, moment(shared).today)
    return (client for client in sorted(drawn) if client not in gone and not client.startswith(NOBODY))


def _words(words: Sequence[str]) -> list[tuple[str, str]]:
    return [(word, word.capitalize()) for word in words]
