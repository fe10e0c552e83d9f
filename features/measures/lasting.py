"""How long clients last, as it may be shown: on some days, for groups and ways that are large enough."""

from datetime import date

import numpy as np
import pandas as pd

from features.book import Known
from features.exit import ExitDefinition
from features.measures.cohorts import DAYS, Cohort, cohort, lives
from features.measures.episodes import Span
from features.measures.suppression import SMALLEST_SHOWN
from features.measures.survival import Ints, counted

COLUMNS = ("cohort", "curve", "days", "value", "low", "high", "clients", "together", "clusters", "alone")


def survival(known: Known, span: Span, definition: ExitDefinition) -> pd.DataFrame:
    """Curves of all clients together and of those who came in each year.

    Returns
    -------
    DataFrame of cohort, curve (``still_there`` or a way to leave), days, value, low, high, clients, together (what the
    intervals put clients together by, one of `LEVELS`, or `ALONE`), clusters (how many of one size tell as much), alone
    (share counted each for herself; NaN where these or the others are too few to be told)
    """
    rows = lives(known, span, definition)
    rows = rows[rows["until"] > rows["since"]]
    came = pd.to_datetime(rows["came_on"])
    from_first_loan = rows["since"] == 0
    years = sorted(set(came[from_first_loan].dt.year))
    frames = _curves(cohort(rows, "all clients")) if len(rows) else []
    for year in years:
        frames += _curves(cohort(rows[from_first_loan], f"came in {year}", date(year, 1, 1), date(year, 12, 31)))
    columns = list(COLUMNS)
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _curves(group: Cohort) -> list[pd.DataFrame]:
    """A group's curves on some days, if it is large enough and so is every way to leave; else the ways together."""
    clients = len(group.spells.until)
    events = np.bincount(group.spells.event, minlength=len(group.ways) + 1)
    if clients < SMALLEST_SHOWN or events[1:].sum() < SMALLEST_SHOWN or events[0] < SMALLEST_SHOWN:
        return []
    alone = group.clusters.alone
    told = alone in (0, clients) or min(alone, clients - alone) >= SMALLEST_SHOWN
    counts = counted(group.spells, len(group.ways), DAYS[-1])
    days = _large_days(counts.at_risk, counts.leaving.sum(axis=0)[None, :])
    by_way = _large_days(counts.at_risk, counts.leaving)
    return [
        curve.loc[shown]
        .reset_index()
        .assign(
            cohort=group.label,
            curve=name,
            clients=clients,
            together=group.clusters.level,
            clusters=int(group.clusters.as_equal),
            alone=alone / clients if told else np.nan,
        )
        for name, curve in group.curves().items()
        if (shown := days if name == "still_there" else by_way)
    ]


def _large_days(at_risk: Ints, leaving: Ints) -> list[int]:
    """Days on which enough are still watched, and since the day shown before enough have gone in each of the ways."""
    gone, shown, before = leaving.cumsum(axis=1), [], np.zeros(len(leaving))
    for day in DAYS:
        if at_risk[day] >= SMALLEST_SHOWN and (gone[:, day] - before >= SMALLEST_SHOWN).all():
            shown.append(day)
            before = gone[:, day]
    return shown
