"""How many would-be exits a driver carries, and the few drivers that carry most of them.

A client's risk is taken at her own margin and again without what the driver adds to it where it raises it; the
difference, summed over clients, is what the driver carries. Only whole margins are turned into probabilities, never
pieces, so drivers that meet in one client each carry the exit that needs both: their sums may exceed the total. What
several carry together is therefore computed with all of them taken away, not by adding.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from features.intervals import Z
from models.rows import Floats
from training.drivers.finding import ASSOCIATION, Finding, per_cent

#: Half width of a 95 % interval in standard errors.

#: Exits of the Pareto sentence: which drivers carry so much of what can be told.
MOST = 0.8

Probability = Callable[[Floats], Floats]


def carried(contributions: pd.DataFrame, margin: Floats, probability: Probability) -> pd.DataFrame:
    """Would-be exits each driver carries.

    Parameters
    ----------
    contributions
        Log-odds, one row per client, one column per driver (or per group of features); as a rule above what is usual
        at the client's stage (`training.drivers.stage`).
    margin
        Uncalibrated log-odds of each client.
    probability
        Calibrated probability of margins, rising; `models.exit_risk.ExitModel.probability`.

    Returns
    -------
    DataFrame of driver, clients (whose risk it raises at all), exits, low, high, share (of all would-be exits), most
    first. The interval is over clients drawn anew, the model taken as it is.
    """
    risk = probability(margin)
    total = float(risk.sum())
    rows = []
    for driver in contributions.columns:
        raised = np.maximum(contributions[driver].to_numpy(dtype=np.float64), 0.0)
        each = risk - probability(margin - raised)
        exits = float(each.sum())
        half = Z * float(np.sqrt(len(each)) * each.std(ddof=1)) if len(each) > 1 else 0.0
        rows.append(
            {
                "driver": str(driver),
                "clients": int((raised > 0).sum()),
                "exits": exits,
                "low": max(exits - half, 0.0),
                "high": exits + half,
                "share": exits / total if total else 0.0,
            }
        )
    table = pd.DataFrame(rows, columns=["driver", "clients", "exits", "low", "high", "share"])
    order = np.lexsort((table["driver"].to_numpy(dtype=str), -table["exits"].round(6).to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def pareto(contributions: pd.DataFrame, margin: Floats, probability: Probability) -> Finding:
    """Drivers by the would-be exits they carry, and what the first few carry together.

    Returns
    -------
    The columns of `carried` and together (would-be exits that this and all drivers before it carry, all taken away at
    once), cumulative (the same as a share of what all drivers carry together, 1 at the end)
    """
    table = carried(contributions, margin, probability)
    together = _together(contributions, margin, probability, table["driver"].tolist())
    whole = float(together[-1]) if len(together) else 0.0
    table["together"] = together
    table["cumulative"] = together / whole if whole > 0 else 0.0
    return Finding(table, _said(table, float(probability(margin).sum())))


def _together(contributions: pd.DataFrame, margin: Floats, probability: Probability, drivers: Sequence[str]) -> Floats:
    risk, lowered, answer = probability(margin), margin.copy(), np.empty(len(drivers))
    for place, driver in enumerate(drivers):
        lowered = lowered - np.maximum(contributions[driver].to_numpy(dtype=np.float64), 0.0)
        answer[place] = float((risk - probability(lowered)).sum())
    return answer


def _said(table: pd.DataFrame, exits: float) -> str:
    if table.empty or table["exits"].iloc[0] <= 0:
        return f"{exits:,.0f} exits are expected; no driver carries any of them."
    few = int((table["cumulative"] < MOST - 1e-12).sum()) + 1
    names = ", ".join(table["driver"].head(few))
    which = f"{few} of {len(table)} drivers carry" if few > 1 else f"1 of {len(table)} drivers carries"
    share = per_cent(float(table["cumulative"].iloc[few - 1]))
    return (
        f"{exits:,.0f} exits are expected; {which} {share} of what all drivers together carry: {names}. {ASSOCIATION}"
    )
