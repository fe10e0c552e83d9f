"""What an MFI decides about its lists: who stands on them, how many, when they may be met and in which language."""

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

#: No officer can be asked to see more clients in a week than this: `domain.md` 5.2, 30 to 60 minutes a visit.
LIST_CAP = 10

#: As in BCP 47: a language, and a country where one language is written in two ways.
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]

#: Key of `holidays` that stands for every branch.
EVERY_BRANCH = "all"


class ListSettings(BaseSettings):
    """The settings that are stored with every list, since they decide what stands on it or how it looks."""

    institution: str = Field(default="", max_length=80, description="Name printed at the head of every list.")
    list_length: int = Field(
        default=8,
        ge=1,
        le=LIST_CAP,
        description=f"Clients an officer is asked to see in a week; never more than {LIST_CAP}.",
    )
    desk_length: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="Clients on the retention desk's list in a week, besides open complaints.",
    )
    desk_floor: int = Field(
        default=2,
        ge=0,
        le=100,
        description="Places on the desk's list that each branch with somebody to call gets before the rest goes by "
        "`rank_by`, so that small branches are not starved.",
    )
    rank_by: Literal["benefit", "risk"] = Field(
        default="benefit",
        description="What gives a client her place: `benefit`, the clients a contact is expected to keep, or `risk` "
        "alone.",
    )
    chance_by: Literal["measured", "prior"] = Field(
        default="measured",
        description="Where the chance that a contact keeps a client comes from: `measured`, by the model of who is "
        "helped where one passed its gate and was put into use (`exitwatch uplift`), else from the two settings below; "
        "`prior`, from those always.",
    )
    chance_kept: float = Field(
        default=0.30,
        gt=0,
        le=1,
        description="Chance that a contact keeps a client with an open loan who would leave, until it is measured: the "
        "mean of the distribution that Verbraken, Verbeke and Baesens (2013) assume.",
    )
    chance_kept_resting: float = Field(
        default=0.10,
        ge=0,
        le=1,
        description="The same of a client whose last loan has ended: most of them have decided, so it is lower. Nobody "
        "has measured it; the hold-out does.",
    )
    worth_by: Literal["client", "loan_amount"] = Field(
        default="client",
        description="What a kept client counts: every `client` the same, so that those with small loans do not come "
        "last, or by `loan_amount`, from half to twice the ordinary. Only where all loans are in one currency.",
    )
    hour_worth: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Clients that an hour of an officer keeps when it is spent otherwise; taken off what a visit and "
        "the way to it are expected to keep. 0 counts hours for nothing as long as there are any.",
    )
    visit_minutes: int = Field(
        default=45, ge=5, le=240, description="Minutes of a visit at home, without the way: 30 to 60 are usual."
    )
    count_once: Literal["nobody", "household", "group"] = Field(
        default="nobody",
        description="Who is counted once: a `household` or a `group` then has one line in a week, of the member who "
        "goes first and for whom there is room. Open complaints are always listed.",
    )
    holdout_share: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        description="Share of the clients who would be listed that is left out by lot, so that it can be known whether "
        "being listed helps; their usual service goes on. 0 leaves nobody out, and then nothing is known of it.",
    )
    holdout_weeks: int = Field(
        default=13,
        ge=4,
        le=104,
        description="Weeks for which the lot holds, for those listed and for those left out; drawn anew after that.",
    )
    holdout_by: Literal["", "client", "household", "group"] = Field(
        default="",
        description="Who is drawn together: each `client`, a `household`, or a `group` where neighbours talk; empty "
        "follows `count_once`. Not finer than `count_once`, or one of a household would be asked in another's place.",
    )
    carry_over_weeks: int = Field(
        default=1,
        ge=0,
        le=8,
        description="Weeks for which a line without an answer keeps its place ahead of new ones; such lines fill at "
        "most half of a list.",
    )
    rest_days: int = Field(
        default=14,
        ge=0,
        le=1096,
        description="Days after the last loan ended in which a resting client may still be listed; later a visit asks "
        "too late. Open complaints are listed whatever their age.",
    )
    lowest_band: Literal["high", "medium", "low"] = Field(
        default="low",
        description="Lowest band that is listed; `medium` leaves officers of quiet portfolios with short lists. Open "
        "complaints are listed in every band.",
    )
    band_high: float = Field(default=0.30, gt=0, lt=1, description="Risk from which a client is in band high.")
    band_medium: float = Field(default=0.12, gt=0, lt=1, description="Risk from which a client is in band medium.")
    cool_off_days: int = Field(
        default=28,
        ge=0,
        le=365,
        description="Days of peace after a visit, call or message that a list asked for. Open complaints are listed "
        "all the same.",
    )
    contacts_per_loan: int = Field(
        default=3,
        ge=1,
        le=52,
        description="Contacts a list may ask for during one loan; after that the client is left alone. Open complaints "
        "are listed all the same.",
    )
    bereavement_days: int = Field(
        default=40,
        ge=1,
        le=366,
        description="Days of peace after a death in the family, where whoever enters it names no last day.",
    )
    disaster_days: int = Field(
        default=30,
        ge=1,
        le=366,
        description="Days of peace after a flood, a fire or another disaster, where whoever enters it names no last "
        "day.",
    )
    unreached_to_desk: int = Field(
        default=2,
        ge=1,
        le=52,
        description="Latest tries by a list that reached nobody, after which a client whose phone does not work goes "
        "to the desk.",
    )
    complaint_days: int = Field(
        default=7,
        ge=0,
        le=366,
        description="Days after which an open complaint goes to the top of the desk's list, the oldest first.",
    )
    arrears_days: int = Field(
        default=1, ge=1, le=365, description="Days past due from which a client is in arrears and hears of no new loan."
    )
    many_loans: int = Field(
        default=3,
        ge=2,
        le=50,
        description="Open loans from which a client counts as over-indebted and hears of no new loan.",
    )
    reason_floor: float = Field(
        default=0.05, ge=0, description="Smallest contribution to the risk, in log-odds, that is spoken as a reason."
    )
    contact_from: time = Field(
        default=time(9, 0),
        description="Earliest hour of a contact, printed on every list. A client's own hours can only narrow it.",
    )
    contact_until: time = Field(default=time(18, 0), description="Latest hour of a contact, printed on every list.")
    language: LanguageCode = Field(
        default="en", description="Language of the lists and pages, such as `en`, `fr`, `es`, `sw` or `hi`."
    )
    capacity: dict[str, Annotated[int, Field(ge=0, le=LIST_CAP)]] = Field(
        default={},
        description="Clients an officer is asked to see where it is not `list_length`, by officer id; 0 for an officer "
        f"who is away, never more than {LIST_CAP}.",
        examples=[{"O12": 4}],
    )
    holidays: dict[str, tuple[date, ...]] = Field(
        default={},
        description=f"Days on which nobody is met or called, by branch id; `{EVERY_BRANCH}` stands for every branch. "
        "A branch that is closed on all seven days of a week gets no list.",
        examples=[{EVERY_BRANCH: ("2025-12-25", "2025-12-26"), "B07": ("2025-08-15",)}],
    )
    branch_languages: dict[str, LanguageCode] = Field(
        default={},
        description="Language of a branch's lists where it is not `language`, by branch id.",
        examples=[{"B07": "fr"}],
    )

    @property
    def unit_of_lot(self) -> str:
        """Who is drawn together: client, household or group."""
        return self.holdout_by or ("client" if self.count_once == "nobody" else self.count_once)

    @model_validator(mode="after")
    def _lists_in_order(self) -> Self:
        if self.count_once not in ("nobody", self.unit_of_lot):
            raise ValueError(
                f"holdout_by={self.holdout_by!r} does not follow count_once={self.count_once!r}; leave holdout_by empty"
            )
        if self.band_high <= self.band_medium:
            raise ValueError(f"band_high={self.band_high!r} is not above band_medium={self.band_medium!r}")
        if self.contact_from >= self.contact_until:
            raise ValueError("contact_from is not before contact_until")
        return self
