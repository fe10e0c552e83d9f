"""Leaver types, and why head counts do not add up: what is hidden of the whole institution."""

from datetime import date

import pandas as pd
import pytest

from features.exit import ExitDefinition
from features.measures.flows import EVERYBODY
from features.measures.institution import leaver_types_shown
from features.measures.periods import By
from features.measures.suppressed_periods import Hidden

NOTHING: frozenset[str] = frozenset()


def types(**counts: int) -> pd.DataFrame:
    """Who went in one quarter, by leaver type."""
    day = {"by": "quarter", "period": "2024-Q1", "first": date(2024, 1, 1), "maturity": "final"}
    return pd.DataFrame([{"value": kind, "out": count, **day} for kind, count in counts.items()])


def hide(flows: frozenset[str] = NOTHING, decisions: frozenset[str] = NOTHING) -> Hidden:
    at = By.QUARTER, "2024-Q1"
    return {(EVERYBODY, "flows", *at): flows, (EVERYBODY, "decisions", *at): decisions}


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"VOL": 80, "UNK": 60, "WO": 30, "DIED": 25}, {"VOL", "UNK", "WO", "DIED"}),
        # Who went without a decision is known, and so is who decided: each hides its own.
        ({"VOL": 80, "UNK": 60, "WO": 30, "DIED": 5}, {"VOL", "UNK"}),
        ({"VOL": 80, "UNK": 60, "MOVED": 5, "WO": 30, "DIED": 25}, {"VOL", "WO", "DIED"}),
        # The next smallest of all would be MOVED; then WO = gone without a decision - DIED.
        ({"VOL": 80, "MOVED": 21, "WO": 7, "DIED": 90}, {"VOL", "MOVED"}),
    ],
)
def test_a_leaver_type_hides_among_those_whose_sum_is_known(counts: dict[str, int], shown: set[str]) -> None:
    table = leaver_types_shown(types(**counts), hide(), ExitDefinition())

    assert set(table.dropna(subset=["out"])["value"]) == shown


@pytest.mark.parametrize("family", ["flows", "decisions"])
def test_where_a_sum_is_hidden_no_leaver_type_is_told(family: str) -> None:
    table = leaver_types_shown(types(VOL=80, WO=30), hide(**{family: frozenset({EVERYBODY})}), ExitDefinition())

    assert table["out"].isna().all()
