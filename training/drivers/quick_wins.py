"""Impact beside ease: which drivers carry many exits and can be acted on soon."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.drivers import ACTIONS, DRIVERS
from training.drivers.ease import Ease
from training.drivers.finding import ASSOCIATION, Finding, per_cent

#: A driver that carries this share of all would-be exits or more has a large impact; one as easy as this is easy.
LARGE, EASY = 0.05, 0.6

QUICK_WIN, PROJECT, FILL_IN, LATER, CONTEXT = "quick win", "project", "fill-in", "later", "good to know"


def board(carried: pd.DataFrame, ease: Mapping[str, Ease]) -> Finding:
    """Drivers by impact times ease.

    Parameters
    ----------
    carried
        driver, exits, low, high, share, as `training.drivers.carried.carried` gives them.
    ease
        By driver code; one that is absent is nobody's to act on.

    Returns
    -------
    DataFrame of place, driver, name, exits, low, high, share, who, cost, weeks, ease (0 to 1), worth (exits times
    ease), quadrant, action. Ordered by worth, then exits, then code: equal books give equal boards. Quadrants: quick
    win (large and easy), project (large, not easy), fill-in (easy, not large), later, and good to know (nobody can
    act).
    """
    rows = []
    for each in carried.to_dict("records"):
        code = str(each["driver"])
        how = ease.get(code, Ease())
        rows.append(
            {
                "driver": code,
                "name": DRIVERS[code].name,
                **{column: float(each[column]) for column in ("exits", "low", "high", "share")},
                "who": how.who.value,
                "cost": how.cost.value if how.score else "",
                "weeks": float(how.weeks) if how.score else np.nan,
                "ease": how.score,
                "worth": float(each["exits"]) * how.score,
                "quadrant": _quadrant(float(each["share"]), how.score),
                "action": ACTIONS[DRIVERS[code].action],
            }
        )
    columns = ["driver", "name", "exits", "low", "high", "share", "who", "cost", "weeks", "ease", "worth", "quadrant"]
    table = pd.DataFrame(rows, columns=[*columns, "action"])
    names = table["driver"].to_numpy(dtype=str)
    order = np.lexsort((names, -table["exits"].round(6).to_numpy(), -table["worth"].round(6).to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return Finding(table, _said(table))


def _quadrant(share: float, ease: float) -> str:
    if not ease:
        return CONTEXT
    if share >= LARGE:
        return QUICK_WIN if ease >= EASY else PROJECT
    return FILL_IN if ease >= EASY else LATER


def _said(table: pd.DataFrame) -> str:
    wins = table[table["quadrant"] == QUICK_WIN]
    if wins.empty:
        return (
            f"No driver both carries {per_cent(LARGE)} of the would-be exits and is easy to act on: there is no quick "
            "win on this board."
        )
    first = wins.iloc[0]
    return (
        f"The first quick win is {first['driver']} ({first['name']}): it carries {first['exits']:,.0f} would-be exits "
        f"({first['low']:,.0f} to {first['high']:,.0f}), {per_cent(first['share'])} of all, and "
        f"{first['who'].replace('_', ' ')} can act within {first['weeks']:.0f} weeks. How easy it is stands in your "
        f"own table; how many it carries is not what acting would save. {ASSOCIATION}"
    )
