"""What weighs on clients, for the book and by branch, as far as the caller may see it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from features.catalogue import FEATURES
from serving.access import Person, Role
from serving.api.callers import only
from serving.api.driver_answers import (
    AfterEvents,
    DriverFigures,
    DriversBySegment,
    DriversChange,
    DriversOf,
    DriversSummary,
    FeatureGroup,
    FeaturesAlike,
    FeatureShapes,
    FeatureTenth,
    FeatureTenths,
)
from serving.api.errors import DOCUMENTED, not_found
from serving.api.served import TheServed
from serving.driver_summary import read_summary
from serving.driver_tables import ALIKE, CHANGE, DECILES, EVENTS, SEGMENTS, SHAPES, DriverTables, read_tables
from serving.events import Event

router = APIRouter(prefix="/v1/drivers", tags=["drivers"], responses=DOCUMENTED)

DriversPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_drivers))]
NumbersPerson = Annotated[Person, Depends(only(lambda scope: scope.sees_numbers))]

_BRANCH = "branch"


@router.get("")
def drivers(shared: TheServed, asking: DriversPerson) -> DriversSummary:
    """Drivers of the newest scores: the book and every branch, or a manager's own branch. Associations, not causes."""
    stored = shared.scores()
    found = None if stored is None else read_summary(stored)
    if stored is None or found is None:
        raise not_found()
    parts, own = found["parts"], None
    if asking.scope.role is Role.MANAGER:
        own = str(asking.scope.of)
        parts = [part for part in parts if part["branch"] == own]
        if not parts and found["missing"] is None:
            raise not_found()
    tables = read_tables(stored)
    shared.record(asking, Event.FIGURES_VIEWED, page="drivers")
    return DriversSummary(
        as_of=stored.as_of,
        model_version=stored.model_version,
        missing=found["missing"],
        parts=[
            DriversOf(
                branch_id=part["branch"] or None,
                clients=part["clients"],
                exits=part["exits"],
                said=part["said"],
                drivers=[DriverFigures(**row) for row in part["drivers"]],
            )
            for part in parts
        ],
        segments=[] if tables is None else list(_segments(tables, own)),
        change=None if tables is None or own else _change(tables),
        shapes=None if tables is None or own else _shapes(tables),
        alike=None if tables is None or own else _alike(tables),
        events=None if tables is None or own else _events(tables),
        not_there={} if tables is None or own else dict(tables.missing),
    )


@router.get("/features/{feature}")
def tenths(shared: TheServed, asking: NumbersPerson, feature: str) -> FeatureTenths:
    """Exit rates over the tenths of one figure, of those who had to decide. An association, not a cause."""
    stored = shared.scores()
    tables = None if stored is None else read_tables(stored)
    name = f"{DECILES} {feature}"
    if tables is None or name not in tables.plain:
        raise not_found()
    shared.record(asking, Event.FIGURES_VIEWED, page="drivers tenths")
    rows = [
        FeatureTenth(lowest=row.pop("from"), highest=row.pop("to"), **row) for row in map(dict, _rows(tables, name))
    ]
    return FeatureTenths(
        feature=feature,
        meaning=FEATURES[feature].meaning if feature in FEATURES else "",
        decided_from=tables.decided_from,
        said=_said(tables, name),
        rows=rows,
    )


def _segments(tables: DriverTables, own: str | None) -> Iterator[DriversBySegment]:
    """Every segment; of a manager's the own branch alone, whose sentence would speak of others."""
    for segment in tables.names(SEGMENTS):
        name = f"{SEGMENTS} {segment}"
        if own is None:
            title, said, rows = tables.titles[segment], _said(tables, name), list(_rows(tables, name))
            yield DriversBySegment(segment=segment, title=title, said=said, rows=rows)
        elif segment == _BRANCH:
            rows = [row for row in _rows(tables, name) if row["part"] == own]
            yield DriversBySegment(segment=segment, title=tables.titles[segment], said="", rows=rows)


def _change(tables: DriverTables) -> DriversChange | None:
    if CHANGE not in tables.plain:
        return None
    return DriversChange(since=tables.before, said=_said(tables, CHANGE), rows=list(_rows(tables, CHANGE)))


def _shapes(tables: DriverTables) -> FeatureShapes | None:
    if SHAPES not in tables.plain:
        return None
    return FeatureShapes(decided_from=tables.decided_from, said=_said(tables, SHAPES), rows=list(_rows(tables, SHAPES)))


def _alike(tables: DriverTables) -> FeaturesAlike | None:
    if ALIKE not in tables.plain:
        return None
    rows = [
        FeatureGroup(**{**row, **{name: row[name].split(";") for name in ("features", "drivers")}})
        for row in _rows(tables, ALIKE)
    ]
    return FeaturesAlike(said=_said(tables, ALIKE), rows=rows)


def _events(tables: DriverTables) -> AfterEvents | None:
    if EVENTS not in tables.plain:
        return None
    return AfterEvents(said=_said(tables, EVENTS), rows=list(_rows(tables, EVENTS)))


def _rows(tables: DriverTables, name: str) -> Iterator[Any]:
    found: Mapping[str, Any] = tables.plain[name]
    return (dict(zip(found["columns"], row, strict=True)) for row in found["rows"])


def _said(tables: DriverTables, name: str) -> str:
    return str(tables.plain[name]["said"])
