"""How long clients last, as it may be shown: on some days, for groups and ways that are large enough."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.book import Known
from features.exit import ExitDefinition
from features.measures.cohorts import DAYS, Cohort, cohort, lives
from features.measures.episodes import Span
from features.measures.suppression import SMALLEST_SHOWN
from features.measures.survival import Ints, counted

#: A curve is told to the tenth of a percent: more digits would tell single clients of a large group.
_DECIMALS = 3
COLUMNS = ("cohort", "curve", "days", "value", "low", "high", "clients", "together", "clusters", "alone")


def survival(known: Known, span: Span, definition: ExitDefinition) -> pd.DataFrame:
    """Curves of all clients together and of those who came in each year.

    A year has its curve when it is over, and on a day of it a figure when everybody has been watched for so long: it
    does not change any more then. Together are told those who came in years that are over, for else their number would
    tell from one time to the next how many came.

    Parameters
    ----------
    span
        Nobody is watched beyond its last settled day; take the last day of a final quarter.

    Returns
    -------
    DataFrame of cohort, curve (``still_there`` or a way to leave), days, value, low, high (to 0.001), clients, together
    (what the intervals put clients together by, one of `LEVELS`, or `ALONE`), clusters (how many of one size tell as
    much), alone (share counted each for herself; NaN where these or the others are too few to be told)
    """
    rows = lives(known, span, definition)
    rows = rows[rows["until"] > rows["since"]]
    came = pd.to_datetime(rows["came_on"])
    first_loans = came[rows["since"] == 0].dt.year
    over = [year for year in sorted(set(first_loans)) if date(year, 12, 31) <= span.settled]
    sizes = {year: int((first_loans == year).sum()) for year in over}
    rows = rows[came.dt.year <= _told_until(sizes)]
    frames = _curves(cohort(rows, "all clients"), DAYS) if len(rows) else []
    said = {year: _whole_year(rows[rows["since"] == 0], year, span) for year in over if year <= _told_until(sizes)}
    beside = len(rows) - sum(sizes[year] for year, each in said.items() if each)
    for year in sorted(said, key=lambda year: sizes[year]):
        if 0 < beside < SMALLEST_SHOWN and said[year]:
            beside += sizes[year]
            said[year] = []
    frames += [frame for each in said.values() for frame in each]
    columns = list(COLUMNS)
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _told_until(sizes: Mapping[int, int]) -> int:
    """The newest year by which enough have come since the one that was told before; 0 if there is none."""
    until, since = 0, 0
    for year, size in sizes.items():
        since += size
        if since >= SMALLEST_SHOWN:
            until, since = year, 0
    return until


def _whole_year(rows: pd.DataFrame, year: int, span: Span) -> list[pd.DataFrame]:
    last = date(year, 12, 31)
    group = cohort(rows, f"came in {year}", date(year, 1, 1), last)
    return _curves(group, [day for day in DAYS if last + timedelta(days=day) <= span.settled])


def _curves(group: Cohort, days_watched: Sequence[int]) -> list[pd.DataFrame]:
    """A group's curves on some days, if it is large enough and so is every way to leave; else the ways together."""
    clients = len(group.spells.until)
    events = np.bincount(group.spells.event, minlength=len(group.ways) + 1)
    if clients < SMALLEST_SHOWN or events[1:].sum() < SMALLEST_SHOWN or events[0] < SMALLEST_SHOWN:
        return []
    alone = group.clusters.alone
    told = alone in (0, clients) or min(alone, clients - alone) >= SMALLEST_SHOWN
    counts = counted(group.spells, len(group.ways), DAYS[-1])
    days = _large_days(days_watched, counts.at_risk, counts.leaving.sum(axis=0)[None, :])
    by_way = _large_days(days_watched, counts.at_risk, counts.leaving)
    return [
        curve.loc[shown]
        .round(_DECIMALS)
        .reset_index()
        .assign(
            cohort=group.label,
            curve=name,
            clients=clients,
            together=group.clusters.level,
            clusters=int(group.clusters.as_equal),
            alone=round(alone / clients, _DECIMALS) if told else np.nan,
        )
        for name, curve in group.curves().items()
        if (shown := days if name == "still_there" else by_way)
    ]


def _large_days(days: Sequence[int], at_risk: Ints, leaving: Ints) -> list[int]:
    """Days on which enough are still watched, and since the day shown before enough have gone in each of the ways."""
    gone, shown, before = leaving.cumsum(axis=1), [], np.zeros(len(leaving))
    for day in days:
        if at_risk[day] >= SMALLEST_SHOWN and (gone[:, day] - before >= SMALLEST_SHOWN).all():
            shown.append(day)
            before = gone[:, day]
    return shown
