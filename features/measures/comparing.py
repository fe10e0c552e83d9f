"""Segments beside all others: exits per decision, with intervals and corrected for the many looks."""

from collections.abc import Mapping, Sequence

import pandas as pd

from features.intervals import holm
from features.measures.differences import chance_of_no_difference, newcombe
from features.measures.flows import EVERYBODY
from features.measures.periods import By
from features.measures.segments import Segment
from features.measures.suppressed_periods import Hidden, final
from features.measures.suppression import SMALLEST_SHOWN

COLUMNS = ("segment", "title", "value", "period", "deciders", "exit", "rest", "difference", "low", "high", "p")


def differences(
    everybody: pd.DataFrame, segments: Sequence[Segment], tables: Mapping[str, pd.DataFrame], hide: Hidden
) -> pd.DataFrame:
    """Each segment that may be shown, less all others, in the newest final period (a year where there is one).

    Returns
    -------
    DataFrame of segment, title, value, period, deciders, exit (per decision), rest (of all others), difference, low,
    high (95 %, Newcombe) and p (score test, corrected by Holm for all rows)
    """
    whole = final(everybody)
    lengths = [by for by in (By.YEAR, By.QUARTER, By.MONTH) if (whole["by"] == by.value).any()]
    if not lengths:
        return pd.DataFrame(columns=list(COLUMNS))
    total = whole[whole["by"] == lengths[0].value].iloc[-1]
    at = lengths[0], str(total["period"])
    if hide[EVERYBODY, "decisions", *at]:
        return pd.DataFrame(columns=list(COLUMNS))
    rows: list[dict[str, object]] = []
    for each in segments:
        table = tables[each.name]
        here = table[(table["period"] == total["period"]) & (table["by"] == total["by"])]
        here = here[~here["value"].isin(hide[each.name, "decisions", *at])]
        for value, gone, deciders in zip(here["value"], here["gone"], here["deciders"], strict=True):
            counts = int(gone), int(deciders), int(total["gone"] - gone), int(total["deciders"] - deciders)
            if min(counts[2], counts[3] - counts[2]) >= SMALLEST_SHOWN:
                rows.append(
                    {"segment": each.name, "title": each.title, "value": value, "period": total["period"]}
                    | _one(*counts)
                )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(p=holm(table["p"].tolist())) if len(table) else table


def _one(part: int, whole: int, part_of_rest: int, rest: int) -> dict[str, object]:
    low, high = newcombe(part, whole, part_of_rest, rest)
    own, others = part / whole, part_of_rest / rest
    chance = chance_of_no_difference(part, whole, part_of_rest, rest)
    shares: dict[str, object] = {"exit": own, "rest": others, "difference": own - others, "low": low, "high": high}
    return {"deciders": whole, **shares, "p": chance}
