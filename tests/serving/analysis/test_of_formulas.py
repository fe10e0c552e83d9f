"""What is drawn of the measures themselves: each figure of the table once, small numbers never."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.measures.clustered import Clusters
from features.measures.cohorts import WAYS, Cohort
from features.measures.identical_clients import apart
from features.measures.survival import Spells
from serving.analysis.of_formulas import FORMULAS, of_growth, of_plain_count, of_returns, of_terms

AS_OF = date(2025, 1, 1)


def points(back: list[int | None], ended_before: int = 400) -> pd.DataFrame:
    """Decision points so many days before `AS_OF`, by days until the next loan."""
    ended = AS_OF - timedelta(days=ended_before)
    returned = [None if gap is None else ended + timedelta(days=gap) for gap in back]
    return pd.DataFrame(
        {
            "client_id": [str(number) for number in range(len(back))],
            "ended_on": pd.to_datetime(pd.Series([ended] * len(back))),
            "back_on": pd.to_datetime(pd.Series(returned, dtype="object")),
            "written_off": False,
        }
    )


def test_the_chart_of_growth_holds_each_printed_figure() -> None:
    chart = of_growth(apart([0.02, 0.07], terms=[6], leaves=0.15))

    shown = chart.as_read().pivot_table(index="Formula", columns="Growth in a year", values="Figure", aggfunc="first")
    assert shown["75.2 %"].to_dict() == {
        "F1, head counts": "16.6 %",
        "1 - F2, on opening clients": "34.9 %",
        "exits per mean active client": "25.3 %",
        "F5, exits per decision": "15.0 %",
        "what a cohort truly loses": "27.8 %",
    }
    assert "F1 goes from 23.9 % to 16.6 % and 1 - F2 from 29.5 % to 34.9 %" in chart.said


def test_the_chart_of_terms_has_one_point_for_each_formula_and_term() -> None:
    chart = of_terms(apart([0.02], terms=[4, 6, 12], leaves=0.15))

    assert sorted(zip(chart.table["series"], chart.table["at"], strict=True)) == sorted(
        (name, term) for name in FORMULAS.values() for term in (4, 6, 12)
    )
    assert "With loans of 4 months F1 is 34.4 %, of 12 months 12.0 %" in chart.said


def test_a_line_stands_at_the_grace_period_that_is_proposed() -> None:
    curve, _ = of_returns(points([10] * 95 + [60] * 5 + [None] * 50), AS_OF, longest=100)

    at = curve.table.set_index("days")["value"]
    assert at[10] == pytest.approx(95 / 150)
    assert at[100] == pytest.approx(100 / 150)
    assert "later than 10 days, which is the grace period proposed" in curve.said


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([5, 45, 75, 150, None]), min_size=1, max_size=120))
def test_no_count_under_twenty_is_shown_of_any_grace_period(back: list[int | None]) -> None:
    _, graces = of_returns(points([5, *back]), AS_OF, longest=200)

    counts = graces.table[["deciders", "left", "back"]].to_numpy()
    assert not (counts < 20).any()
    stayed = graces.table["deciders"] - graces.table["left"]
    assert not (stayed < 20).any()
    assert (graces.table["value"].isna() == graces.table["deciders"].isna()).all()


ALONE = Clusters.each_alone(100)


def test_a_plain_count_takes_who_was_not_watched_for_somebody_who_stayed() -> None:
    # Of the like, half leave on day 10; of the group, half were last watched on day 5, and half of the others left.
    like = Cohort("like", Spells(np.array([10, 20] * 50), np.array([1, 0] * 50), np.zeros(100, dtype=int)), WAYS, ALONE)
    group = Cohort(
        "group",
        Spells(np.array([5, 5, 10, 20] * 25), np.array([0, 0, 1, 0] * 25), np.zeros(100, dtype=int)),
        WAYS,
        ALONE,
    )

    chart = of_plain_count(group, like, days=(15,))

    left = chart.table[chart.table["days"] == 15].set_index("series")["value"]
    assert left.to_dict() == {"Kaplan-Meier": 0.5, "plain count so far": 0.25, "truth, when all were watched": 0.5}
    assert group.gone_by(9) == (0, 100)
