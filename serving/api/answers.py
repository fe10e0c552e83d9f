"""What the web interface takes and gives. Figures are finite or null, never NaN."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, StrictStr

from serving.posted import Context

Band = Annotated[str, Field(pattern="^(high|medium|low)$", description="What is shown in place of a number.")]
Cell = StrictBool | StrictInt | FiniteFloat | StrictStr | None


class ListLine(BaseModel):
    """One client one officer is asked to see."""

    rank: int = Field(description="1 is the client most at risk after all rules.")
    place: int = Field(description="Number printed on the list, in the order of the week's meetings.")
    client_id: str
    name: str = Field(description="Empty for those who see no names, and where none is known.")
    group: str = Field(description="As the name.")
    village: str = Field(description="As the name.")
    phone: str = Field(description="As the name, and where the client is to be left in peace.")
    phone_works: bool | None
    band: Band
    drivers: list[str]
    reasons: list[str]
    action: str
    avoid: str
    last_contact_on: date | None
    last_contact_result: str | None
    loan_ends_on: date | None
    meeting_on: date | None
    carried_over: bool
    why_now: str | None
    flags: list[str] = Field(description="Such as carried over, do not call; in the list's language.")
    peace: str | None = Field(
        description="Set where the client is to be left in peace since the list was drawn: no visit, no call."
    )


class OneList(BaseModel):
    """One officer's list, or the desk's."""

    list_id: str
    check: str = Field(description="Letters printed behind the list's id.")
    officer_id: str
    officer_name: str = Field(description="Empty for those who see no names.")
    branch_id: str
    branch_name: str
    language: str
    lines: list[ListLine]


class WeekLists(BaseModel):
    """Lists of one week, as far as the token may see them."""

    week: str
    as_of: date
    lists: list[OneList]


class Point(BaseModel):
    """Probability of leaving by choice within some days."""

    days: int
    risk: float | None = Field(description="Null where the history was too short to train that horizon.")


class DriverShare(BaseModel):
    """What one driver adds to the risk."""

    code: str
    contribution: float = Field(description="Log-odds; positive raises the risk.")


class SpokenReason(BaseModel):
    """One reason in plain words: what the data shows, not why it is so."""

    driver: str
    sentence: str
    kind: str = Field(description="act: something can be done about it; context: good to know.")


class Numbers(BaseModel):
    """What analysts see besides the band."""

    risk: float
    horizon_days: int | None
    curve: list[Point]
    forced: float | None = Field(description="Probability of being written off or pushed out.")
    margin: float = Field(description="Uncalibrated log-odds; what ranks and is explained.")
    drivers: list[DriverShare]


class PastScore(BaseModel):
    """An earlier score."""

    as_of: date
    band: Band
    risk: float | None = Field(description="Null for those who see bands only.")


class ClientRisk(BaseModel):
    """How a client stands, why, and how she stood before."""

    client_id: str
    as_of: date
    model_version: str
    band: Band
    reasons: list[SpokenReason]
    reasons_missing: str | None = Field(description="Why there are no reasons; null where there are.")
    numbers: Numbers | None = Field(description="Null for those who see bands only.")
    history: list[PastScore] = Field(description="Earlier dates, newest first.")


class ScoreRequest(BaseModel):
    """One or many clients with their raw history in canonical form."""

    model_config = ConfigDict(extra="forbid")

    as_of: date = Field(description="The date on which we stand; rows known later are not used.")
    tables: dict[str, list[dict[str, Cell]]] = Field(
        description="Canonical table to rows, as in docs/book.md. clients and loans are required."
    )
    context: Context = Field(
        default=Context.STORED,
        description="stored: others did what the last batch of that date found, and a table left out is empty; the "
        "numbers are those of the batch. none: whatever is about others, and every table left out, is not known.",
    )


class OneScore(BaseModel):
    """The score of one client sent."""

    client_id: str
    band: Band
    numbers: Numbers
    reasons: list[SpokenReason]
    reasons_missing: str | None


class ScoreAnswer(BaseModel):
    """Scores of the clients sent."""

    as_of: date
    model_version: str
    context: Context = Field(description="Which context was used.")
    scores: list[OneScore]
    not_at_risk: list[str] = Field(description="Clients sent who have no open loan and are past their grace period.")
    left_out: list[str] = Field(
        description="Clients sent who objected or were erased: nothing is computed of them. Send them no more, and "
        "delete what you keep of them for scoring."
    )


class CurrentModel(BaseModel):
    """The model in use."""

    version: str
    kind: str
    horizon_days: int
    horizons: list[int]
    features: int
    exit_rule: str
    scored: date | None = Field(description="Date of the newest scores.")


class Health(BaseModel):
    """Whether the server lives, or is ready."""

    status: str
