"""Whether being listed helps: what the newest weekly run kept of it, for analysts and administrators."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from serving.api.callers import NumbersPerson
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import TheServed
from serving.effect_tables import read_effect
from serving.events import Event
from serving.experiment import stops

router = APIRouter(prefix="/v1", tags=["effect"], responses=DOCUMENTED)


class EffectFinding(BaseModel):
    """A table and what it shows. Effects are shares, listed less left out: negative is good, fewer left."""

    said: str
    rows: list[dict[str, str | float | bool | None]] = Field(
        description="Figures that are hidden (fewer than 20 clients) or not known are null."
    )


class StoppedLists(BaseModel):
    """Lists of a part of the clients that stopped because contact seemed to make more of them leave."""

    name: str = Field(description="Which: all, or a band.")
    stopped_on: date
    since: date = Field(description="Last day of the week in which the alarm rang first.")
    said: str
    begun_again_on: date | None = Field(description="When a person let them begin again; null while nobody did.")


class EffectAnswer(BaseModel):
    """Whether being listed helps, by the clients whom the lot left out."""

    as_of: date
    said: str = Field(description="The answer, or why there is none yet and when there will be.")
    about: str = Field(description="Of how many clients it speaks; empty while there is no answer.")
    missing: bool = Field(description="Whether too little is known to say anything of an effect.")
    findings: dict[str, EffectFinding] = Field(
        description="effect, reached (and who was contacted though left out), kept (and cost), segments, differ, power "
        "(weeks until an effect is seen), weekly (may be looked at every week), harm, balance, lost."
    )
    stopped: list[StoppedLists]


@router.get("/effect")
def effect(shared: TheServed, asking: NumbersPerson) -> EffectAnswer:
    """Whether being listed helps, as the newest weekly run found it; the same figures as `exitwatch effect`."""
    stored = shared.scores()
    tables = None if stored is None else read_effect(stored)
    if tables is None:
        raise not_found()
    with shared.store.read() as connection:
        stopped = stops.every(connection)
    shared.record(asking, Event.FIGURES_VIEWED, page="effect")
    return EffectAnswer(
        as_of=tables.as_of,
        said=tables.said,
        about=tables.about,
        missing=tables.missing,
        findings={
            name: EffectFinding(
                said=tables.said_of(name), rows=[dict(zip(each["columns"], row, strict=True)) for row in each["rows"]]
            )
            for name, each in tables.plain.items()
        },
        stopped=[
            StoppedLists(
                name=each.name,
                stopped_on=each.stopped_on,
                since=each.since_on,
                said=each.said,
                begun_again_on=each.lifted_on,
            )
            for each in stopped
        ],
    )
