"""What is said of the intervals of the curves."""

from typing import Any

import numpy as np
import pytest

from serving.measures_told import clusters_told


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"together": "officer", "clusters": 9, "alone": 0.0}, "9 officers"),
        ({"together": "branch", "clusters": 12, "alone": 0.25}, "12 branches, 25% of the clients alone"),
        ({"together": "group", "clusters": 40, "alone": np.nan}, "40 groups, a few of the clients alone"),
        ({"together": "group", "clusters": 40, "alone": None}, "40 groups, a few of the clients alone"),
        ({"together": "client", "clusters": 900, "alone": 1.0}, "each alone"),
        pytest.param({}, "each alone", id="kept before this was written down"),
    ],
)
def test_it_is_said_with_whom_clients_may_leave(row: dict[str, Any], said: str) -> None:
    assert clusters_told(row) == said
