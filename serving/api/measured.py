"""What the measures of exit look like in an answer."""

from datetime import date

from pydantic import BaseModel, Field


class Figures(BaseModel):
    """Figures that are null are hidden, not final or not known."""

    value: str = Field(description="The segment, or everybody.")
    period: str = Field(description="Such as 2024-05, 2024-Q2 or 2024; every rate is of this period alone.")
    by: str = Field(description="month, quarter or year.")
    first: date
    last: date
    maturity: str = Field(description="final, or why the figures can still change; then none is given.")
    final_from: date = Field(description="First day on which the figures are final.")
    begin: float | None = Field(default=None, description="Clients at the begin.")
    came: float | None = Field(
        default=None, description="Clients who came, those who came back after an exit included."
    )
    out: float | None = Field(default=None, description="Clients who went in any way.")
    end: float | None = Field(default=None, description="Clients at the end: begin + came - out.")
    deciders: float | None = Field(default=None, description="Ends of all loans at which a client could decide.")
    renewed: float | None = Field(default=None, description="Of those, back with a loan within the grace period.")
    gone: float | None = Field(default=None, description="Of those, not.")
    paid_off: float | None = Field(default=None, description="Loans paid off.")
    follow_on: float | None = Field(default=None, description="Loans to existing and resting clients.")
    f1_dropout: float | None = Field(default=None, description="(begin + came - end) / (begin + came).")
    f2_dropout: float | None = Field(default=None, description="1 - f2_retention.")
    f2_retention: float | None = Field(default=None, description="(end - came) / begin; IRIS PI9319.")
    f3_renewal: float | None = Field(default=None, description="follow_on / paid_off; may be above 1.")
    repeat_borrowing: float | None = Field(default=None, description="follow_on / all loans of the period.")
    f5_exit: float | None = Field(default=None, description="gone / deciders: exits per decision.")
    f5_low: float | None = Field(default=None, description="Lower end of its 95 % interval (Wilson).")
    f5_high: float | None = Field(default=None, description="Upper end.")
    exits_per_mean_active: float | None = Field(default=None, description="out / mean of begin and end.")
    growth_in_a_year: float | None = Field(default=None, description="Growth of clients, as if it went on for a year.")
    hidden: str = Field(
        description="Counts that are hidden, for fewer than 20 stand behind some: flows, decisions, loans."
    )
    warning: str = Field(description="What to read F1 and F2 with, in a sentence; empty if nothing.")


class PeriodFigures(Figures):
    """Counts and formulas of the whole institution in a period."""


class SegmentFigures(Figures):
    """Counts and formulas of a segment in a period."""

    segment: str = Field(description="What it is cut by.")
    title: str = Field(description="The same in plain words.")


class Ways(BaseModel):
    """How many went in one way in a period."""

    value: str = Field(description="Leaver type; DIED, XFER and MERGE are no exits, SAVES goes on saving.")
    period: str
    by: str
    first: date
    last: date
    maturity: str
    final_from: date
    out: float | None


class HeadCountBreak(BaseModel):
    """Why clients at the begin + new ones - exits are not the clients at the end."""

    period: str
    by: str
    why: str
    clients: float | None


class Lasting(BaseModel):
    """Share of a cohort on a day since its clients came."""

    cohort: str
    curve: str = Field(description="still_there (Kaplan-Meier), or a way to leave (Aalen-Johansen).")
    days: int
    value: float
    low: float = Field(description="Lower end of the pointwise 95 % interval.")
    high: float
    clients: int
    together: str = Field(
        default="client",
        description="Whose clients the interval lets leave together: branch, officer, group; client = each by herself.",
    )
    clusters: int | None = Field(default=None, description="How many of them, all of one size, tell as much.")
    alone: float | None = Field(
        default=None, description="Share of clients counted each for herself; empty where they are too few to be told."
    )


class Difference(BaseModel):
    """Exits per decision of a segment less those of all others."""

    segment: str
    title: str
    value: str
    period: str
    deciders: int
    exit: float
    rest: float
    difference: float
    low: float = Field(description="Lower end of the 95 % interval of one look (Newcombe).")
    high: float
    p: float = Field(description="Corrected for all looks (Holm).")


class AllMeasures(BaseModel):
    """Measures of the newest date, as far as the caller sees them."""

    as_of: date
    grace_days: int = Field(description="Days a client may rest before she counts as having left.")
    settled: date = Field(description="Up to this day everything that happened is known.")
    everybody: list[PeriodFigures] = Field(description="The whole institution; empty for the manager of a branch.")
    segments: list[SegmentFigures] = Field(description="For the manager of a branch, that branch alone.")
    leaver_types: list[Ways] = Field(description="Empty for the manager of a branch; so is all that follows.")
    breaks: list[HeadCountBreak]
    survival: list[Lasting]
    differences: list[Difference]
