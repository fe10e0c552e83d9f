"""The exit survey: answers entered by those who ask, and what may be told of them all."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from serving.access import Person
from serving.api.callers import NumbersPerson, only
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import Served, TheServed
from serving.events import Event
from serving.given import printable
from serving.survey import kept
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.reasons import ReasonTable, reasons_of_sample, reasons_of_year
from serving.survey.refusals import AnswerRefused
from serving.survey.words import ASKED_BY, KEPT_BY, OPINIONS, PLACES, SINCE

router = APIRouter(prefix="/v1/survey", tags=["survey"], responses=DOCUMENTED)

MOST_AT_ONCE = 50
#: Whoever follows up what clients tell of fraud and bribes.
WhistlePerson = Annotated[Person, Depends(only(lambda scope: scope.serves_subjects))]

_Id = Annotated[StrictStr, Field(max_length=200)]
_Word = Annotated[StrictStr, Field(max_length=40)]


def _words(words: Iterable[str]) -> str:
    return f"One of {', '.join(words)}; empty if not asked."


class AnswerSent(BaseModel):
    """What one client said. Without consent everything but the refusal is thrown away."""

    model_config = ConfigDict(extra="forbid")

    client_id: _Id
    interviewed_on: _Word = Field(description="As 2024-07-02.")
    consent: StrictBool = Field(description="Whether the client agreed to be asked; before all else.")
    interviewer: _Id = ""
    interviewer_role: _Word = Field(default="", description=_words(ASKED_BY))
    leaver_type: _Word = ""
    left_on: _Word = ""
    reasons: list[_Word] = Field(default=[], max_length=10, description="Driver codes: root first, last link last.")
    private_consent: StrictBool = Field(default=False, description="Agreed that illness, family or faith be written.")
    would_return: _Word = Field(default="", description=_words(OPINIONS))
    return_on: _Word = ""
    would_recommend: _Word = Field(default="", description=_words(OPINIONS))
    kept_by: _Word = Field(default="", description=_words(KEPT_BY))
    since: _Word = Field(default="", description=_words(SINCE))
    language: _Word = ""
    place: _Word = Field(default="", description=_words(PLACES))
    story: Annotated[StrictStr, Field(max_length=4_000)] = Field(default="", description="No names and no numbers.")
    sample_id: _Word = ""
    answer_id: _Word = Field(default="", description="A UUID; the same words without one are kept once.")
    replaces: _Word = ""

    def read(self) -> Answer:
        """As the form reads it.

        Raises
        ------
        AnswerRefused
            It cannot be.
        """
        said = {name: value for name, value in self.model_dump().items() if isinstance(value, str)}
        yes_or_no = {name: "yes" if getattr(self, name) else "no" for name in ("consent", "private_consent")}
        return Answer.of(said | yes_or_no | {"reasons": ";".join(self.reasons)})


class AnswersSent(BaseModel):
    """Answers, each judged by itself."""

    model_config = ConfigDict(extra="forbid")

    answers: list[AnswerSent] = Field(min_length=1, max_length=MOST_AT_ONCE)


class WhyRefused(BaseModel):
    """What is wrong with an answer."""

    code: str
    column: str
    message: str = Field(description="What to do.")


class AnswerBecame(BaseModel):
    """What became of one answer."""

    answer_id: str = Field(description="The id it is kept under; empty if it was refused.")
    status: str = Field(description="kept, refusal (only that), same (it was there already) or refused.")
    why: WhyRefused | None


class AnswersBecame(BaseModel):
    """What became of each answer, in the order in which they were sent."""

    answers: list[AnswerBecame]


class ReasonShare(BaseModel):
    """The share of leavers who name a reason as the primary one."""

    reasons: list[str] = Field(description="One driver code, or those told as one sum because each is too small.")
    answers: int
    share: float
    low: float
    high: float


class ReasonsTold(BaseModel):
    """Why clients left, in the form of IRIS PI9872."""

    leavers: int | None = Field(description="Null where answers are no random sample.")
    answers: int = Field(description="Interviews that are counted, in batches of 20.")
    refusals: int | None = Field(description="Null where these are fewer than 20.")
    by_own_officer: int | None = Field(description="Null where these, or all others, are fewer than 20.")
    link: str
    shares: list[ReasonShare]
    not_covered: list[str]
    footnotes: list[str]

    @classmethod
    def of(cls, table: ReasonTable) -> "ReasonsTold":
        """As it is told."""
        return cls(
            leavers=table.leavers,
            answers=table.answers,
            refusals=table.refusals,
            by_own_officer=table.by_own_officer,
            link=table.link,
            shares=[
                ReasonShare(reasons=[*each.codes], answers=each.answers, share=each.share, low=each.low, high=each.high)
                for each in table.shares
            ],
            not_covered=[*table.not_covered],
            footnotes=[*table.footnotes],
        )


class Whistle(BaseModel):
    """An answer that tells of fraud or bribes."""

    answer_id: str
    client_id: str
    interviewed_on: date
    story: str


class Whistles(BaseModel):
    """Answers that tell of fraud or bribes, newest first."""

    answers: list[Whistle]


@router.post("")
def send(sent: AnswersSent, shared: TheServed, asking: NumbersPerson) -> AnswersBecame:
    """Keep answers. Each is judged by itself; what was kept stays kept if a later one is refused."""
    return AnswersBecame(answers=[_kept(shared, asking, each) for each in sent.answers])


@router.get("/reasons")
def reasons(
    shared: TheServed,
    asking: NumbersPerson,
    sample: Annotated[str, Query(max_length=40)] = "",
    year: Annotated[int | None, Query(description="Without a sample; null is this year.")] = None,
    link: Annotated[str, Query(pattern="^(root|last)$")] = "root",
) -> ReasonsTold:
    """Why clients left: of a sample, weighed up to all leavers; else of those asked in a year without being drawn."""
    if not printable(sample):
        raise not_found()
    with shared.store.read() as connection:
        if sample:
            table = reasons_of_sample(connection, sample, link)
        else:
            table = reasons_of_year(connection, shared.today().year if year is None else year, link)
    shared.record(asking, Event.SURVEY_VIEWED, sample, what="reasons", answers=table.answers)
    return ReasonsTold.of(table)


@router.get("/whistles")
def whistles(shared: TheServed, asking: WhistlePerson) -> Whistles:
    """Answers that tell of fraud or bribes, for whoever follows them up."""
    with shared.store.read() as connection:
        found = [each.answer for each in kept.whistles(connection)]
    shared.record(asking, Event.WHISTLES_VIEWED, answers=len(found))
    return Whistles(
        answers=[
            Whistle(
                answer_id=each.answer_id,
                client_id=each.client_id,
                interviewed_on=each.interviewed_on,
                story=each.story,
            )
            for each in found
        ]
    )


def _kept(shared: Served, asking: Person, sent: AnswerSent) -> AnswerBecame:
    try:
        answer = sent.read()
        with shared.store.write() as connection:
            done = record(connection, answer, asking.by, "api", shared.now(), shared.today())
    except AnswerRefused as error:
        why = WhyRefused(code=error.why.value, column=error.column, message=error.sentence)
        return AnswerBecame(answer_id="", status="refused", why=why)
    return AnswerBecame(answer_id=done.answer_id, status=done.became.value, why=None)
