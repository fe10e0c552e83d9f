"""What the chart of a cohort says beside its curves."""

from datetime import date
from typing import Any

import pytest

from serving.analysis.of_measures import of_cohorts
from serving.kept_measures import KeptMeasures

ROW = {
    "cohort": "all clients",
    "curve": "still_there",
    "days": 365,
    "value": 0.5,
    "low": 0.4,
    "high": 0.6,
    "clients": 900,
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"together": "officer", "clusters": 9, "alone": None},
            "Intervals let clients of one officer leave together (9 officers, a few of the clients alone).",
        ),
        (
            {"together": "client", "clusters": 900, "alone": 1.0},
            "Intervals take clients each alone: their branch, officer and group are not known, or fewer than 8; too "
            "narrow where clients leave together.",
        ),
        pytest.param({}, "Intervals take clients each alone: their branch, officer", id="kept before it was written"),
    ],
)
def test_a_chart_says_whom_its_intervals_put_together(more: dict[str, Any], said: str) -> None:
    kept = KeptMeasures(date(2024, 6, 30), 90, date(2024, 3, 1), {"survival": [ROW | more]})

    (chart,) = of_cohorts(kept)

    assert said in chart.said
