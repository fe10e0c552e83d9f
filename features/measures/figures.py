"""Counts of periods with the formulas beside them, without whatever must be hidden."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from features.intervals import wilson
from features.measures import formulas
from features.measures.periods import By, Maturity
from features.measures.suppressed_periods import FAMILIES, Hidden

#: What a rate is computed from: it is shown where all of that is.
RATES: dict[str, tuple[tuple[str, ...], Callable[[Mapping[Any, Any]], float]]] = {
    "f1_dropout": (("flows",), lambda row: formulas.dropout_f1(row["begin"], row["came"], row["end"])),
    "f2_dropout": (("flows",), lambda row: 1 - formulas.retention_f2(row["begin"], row["came"], row["end"])),
    "f2_retention": (("flows",), lambda row: formulas.retention_f2(row["begin"], row["came"], row["end"])),
    "f3_renewal": (("loans",), lambda row: formulas.renewal_f3(row["follow_on"], row["paid_off"])),
    "repeat_borrowing": (
        ("loans", "flows"),
        lambda row: formulas.repeat_borrowing(row["follow_on"], row["follow_on"] + row["came"]),
    ),
    "f5_exit": (("decisions",), lambda row: formulas.exit_f5(row["gone"], row["deciders"])),
    "f5_low": (("decisions",), lambda row: wilson(int(row["gone"]), int(row["deciders"]))[0]),
    "f5_high": (("decisions",), lambda row: wilson(int(row["gone"]), int(row["deciders"]))[1]),
    "exits_per_mean_active": (
        ("flows",),
        lambda row: formulas.exits_per_mean_active(row["out"], row["begin"], row["end"]),
    ),
    "growth_in_a_year": (
        ("flows",),
        lambda row: formulas.growth_in_a_year(row["begin"], row["end"], By(str(row["by"])).months),
    ),
}
#: Counts a table shows.
COUNTS = ("begin", "came", "out", "end", "deciders", "renewed", "gone", "paid_off", "follow_on")
GROWTH = (
    "clients grew by {growth:.0%} a year: F1 looks better and F2 worse than the behaviour of the clients; compare by F5"
)


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """The counts with `besides`, what is gone without a decision: written off, died, transferred, merged, saving on.

    It is shown by nobody and follows from what is, so that it is protected like every other count.
    """
    return table.assign(besides=table["out"] - table["gone"])


def shown(table: pd.DataFrame, name: str, hide: Hidden) -> pd.DataFrame:
    """Counts and rates of periods, with nothing where something must be hidden.

    Parameters
    ----------
    table
        As `features.measures.flows.by_period` gives it.
    name
        The table, as `hide` calls it.
    hide
        As `features.measures.suppressed_periods.hidden` gives it; what it does not speak of is hidden.

    Returns
    -------
    DataFrame of value, period, by, first, last, maturity, final_from, the `COUNTS` and `RATES` (NaN where hidden, not
    final or not known), hidden (families that are, as text) and warning
    """
    answer = table[["value", "period", "by", "first", "last", "maturity", "final_from"]].copy()
    is_final = table["maturity"] == Maturity.FINAL.value
    spoken = {
        family: [
            settled and str(value) not in hide.get((name, family, By(str(by)), str(period)), frozenset((str(value),)))
            for value, by, period, settled in zip(table["value"], table["by"], table["period"], is_final, strict=True)
        ]
        for family in FAMILIES
    }
    for family, cells in FAMILIES.items():
        for cell in cells:
            if cell in COUNTS and cell in table:
                answer[cell] = table[cell].astype(float).where(pd.Series(spoken[family], index=table.index))
    records: list[Mapping[Any, Any]] = list(table.to_dict("records"))
    for rate, (families, formula) in RATES.items():
        if not all(cell in table for family in families for cell in FAMILIES[family] if cell in COUNTS):
            continue
        whole = [all(each) for each in zip(*(spoken[family] for family in families), strict=True)]
        answer[rate] = [formula(row) if good else math.nan for row, good in zip(records, whole, strict=True)]
    answer["hidden"] = [
        ", ".join(f for f in FAMILIES if settled and set(FAMILIES[f]) & set(table) and not spoken[f][place])
        for place, settled in enumerate(is_final)
    ]
    answer["warning"] = [_warning(row) for row in answer.to_dict("records")]
    return answer.reset_index(drop=True)


def _warning(row: Mapping[Any, Any]) -> str:
    growth = row.get("growth_in_a_year")
    if isinstance(growth, float) and growth > formulas.GROWTH_WARNED_OF:
        return GROWTH.format(growth=growth)
    return ""
