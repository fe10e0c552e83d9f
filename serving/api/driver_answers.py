"""What the interface answers about drivers: associations in the data, not causes."""

from datetime import date

from pydantic import BaseModel, Field


class DriverFigures(BaseModel):
    """What one driver weighs in the book or a branch: what the data shows, not why it is so."""

    code: str
    name: str
    mean: float | None = Field(description="Mean of what it adds to the risk, in log-odds.")
    strength: float | None = Field(description="Mean size of that, whatever its sign.")
    raised: float | None = Field(description="Share of clients whose odds of leaving it raises by 5 % or more.")
    exits: float | None = Field(description="Would-be exits it carries beyond what is usual at that stage of a loan.")
    low: float | None = Field(description="Lower end of the 95 % interval of exits.")
    high: float | None = Field(description="Upper end of it.")
    share: float | None = Field(description="Of all would-be exits. Shares of several drivers do not add up.")
    cumulative: float | None = Field(description="What this and all drivers before it carry together, of what all do.")


class DriversOf(BaseModel):
    """Drivers of the whole book or of one branch, those that carry most exits first."""

    branch_id: str | None = Field(description="Null for the whole book.")
    clients: int | None = Field(description="At risk; null where they are too few to be shown.")
    exits: float | None = Field(description="Exits expected within the model's horizon.")
    said: str = Field(description="What the figures show, in a sentence.")
    drivers: list[DriverFigures]


class DriverWeight(BaseModel):
    """What one driver adds on average in one part of the clients, in log-odds; null where they are too few."""

    part: str
    clients: float | None
    driver: str
    mean: float | None
    low: float | None = Field(description="Lower end of the 95 % interval over clients.")
    high: float | None
    strength: float | None = Field(description="Mean size of what it adds, whatever its sign.")
    raised: float | None = Field(description="Share of clients whose odds of leaving it raises by 5 % or more.")


class DriversBySegment(BaseModel):
    """Drivers by the parts of one segment."""

    segment: str
    title: str
    said: str = Field(description="What the figures show; empty where only a part of them is seen.")
    rows: list[DriverWeight]


class DriverChange(BaseModel):
    """How one driver's mean contribution changed, in log-odds: change = composition + weight."""

    driver: str
    before: float
    after: float
    change: float
    composition: float = Field(description="Because clients' own figures changed.")
    weight: float = Field(description="Because the same figures weigh differently.")


class DriversChange(BaseModel):
    """Change of all drivers since an earlier date."""

    since: date
    said: str
    rows: list[DriverChange]


class FeatureShape(BaseModel):
    """How the exit rate runs over the tenths of one figure; p-values are corrected for all figures (Holm)."""

    feature: str
    driver: str
    shape: str
    trend: float | None = Field(description="Change of the rate from the lowest to the highest tenth, a share.")
    curve: float | None = Field(description="How far the ends lie above the middle, a share.")
    trend_p: float | None
    curve_p: float | None
    lowest_rate: float | None
    highest_rate: float | None


class FeatureShapes(BaseModel):
    """Exit rates over the tenths of every figure, of those who had to decide."""

    decided_from: date
    said: str
    rows: list[FeatureShape]


class FeatureTenth(BaseModel):
    """Exit rate in one tenth; all figures are null where it holds too few clients."""

    bin: str = Field(description="1 and up, or not known.")
    lowest: float | None = Field(description="Of the figure, in its unit.")
    highest: float | None
    clients: float | None
    left: float | None
    rate: float | None
    low: float | None = Field(description="Lower end of the 95 % interval (Wilson).")
    high: float | None


class FeatureTenths(BaseModel):
    """Exit rates over the tenths of one figure."""

    feature: str
    meaning: str
    decided_from: date
    said: str
    rows: list[FeatureTenth]


class FeatureGroup(BaseModel):
    """Figures that move together."""

    group: str
    features: list[str]
    drivers: list[str]
    members: float
    strength: float = Field(description="Mean size of what they add together, in log-odds.")


class FeaturesAlike(BaseModel):
    """Groups of figures, the strongest first."""

    said: str
    rows: list[FeatureGroup]


class EventPeriod(BaseModel):
    """Exits in one quarter around the event, or before and after it; null where somebody would be too few."""

    period: str = Field(description="-2, -1, 1, 2, before or after.")
    from_day: float = Field(description="Planned end of the loan, in days from the event.")
    to_day: float
    exposed: float | None = Field(description="Clients to whom it happened.")
    others: float | None = Field(description="Clients like them to whom it did not.")
    exposed_rate: float | None
    others_rate: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None


class AfterEvents(BaseModel):
    """Exits after officers handed over their clients, beside others like them."""

    said: str
    rows: list[EventPeriod]


class DriversSummary(BaseModel):
    """Drivers of the newest scores, as far as the caller may see them."""

    as_of: date
    model_version: str
    missing: str | None = Field(description="Why there are no figures; null where there are.")
    parts: list[DriversOf]
    segments: list[DriversBySegment] = Field(
        description="By the parts of each segment; a manager sees the own branch among the branches. Sex, age band and "
        "poverty band describe who leaves and are no input of any model."
    )
    change: DriversChange | None = Field(description="Since the quarter before. Null for a manager, or if not known.")
    shapes: FeatureShapes | None = Field(description="Over the tenths of each figure. Null for a manager.")
    alike: FeaturesAlike | None = Field(description="Figures that move together. Null for a manager.")
    events: AfterEvents | None = Field(description="After officers changed. Null for a manager, or if not known.")
    not_there: dict[str, str] = Field(description="What is not there, and why: deciles, segments, change, ...")
