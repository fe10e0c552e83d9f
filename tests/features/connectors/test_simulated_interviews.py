"""Interviews of those who left the simulated MFI: told from what truly drove them, and not quite the same twice."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.connectors.simulated import DRIVER_STRENGTHS, SimulationSettings, simulate
from features.connectors.simulated.interviewing import LINKS, interviewed
from features.errors import MissingTable

ON = date(2025, 12, 28)
#: Everything but one driver is switched off, so that it is why clients leave.
ALONE = dict.fromkeys(DRIVER_STRENGTHS, 0.0) | {"ARR-1": 2.0, "NEW-1": 2.0}


@pytest.fixture(scope="module")
def mfi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mfi")
    simulate(folder, SimulationSettings(clients=600, weeks=104, seed=2, drivers=ALONE, interviewed=1.0))
    return folder


@pytest.fixture(scope="module")
def form(mfi: Path) -> list[dict[str, str]]:
    """Who left by choice, as the form is handed out."""
    left = pd.read_parquet(mfi / "departures.parquet")
    left = left[left["leaver_type"] == "VOL"].astype(str)
    return [{"sample_id": "s", **row} for row in left[["client_id", "left_on"]].to_dict("records")]


def test_only_what_truly_drove_a_client_is_told(mfi: Path, form: list[dict[str, str]]) -> None:
    rows = interviewed(mfi, form, ON, "Rose", "outside")

    told = [row["reasons"].split("; ") for row in rows if row["consent"] == "yes"]
    assert len(told) > 50
    assert {code for chain in told for code in chain} <= {"ARR-1", "NEW-1", "UNK-0"}
    assert sum(chain != ["UNK-0"] for chain in told) > 0.8 * len(told)
    assert max(map(len, told)) <= LINKS


def test_whoever_does_not_want_to_answer_says_nothing(mfi: Path, form: list[dict[str, str]]) -> None:
    rows = interviewed(mfi, form, ON, "Rose", "outside")

    refused = [row for row in rows if row["consent"] == "no"]
    assert refused
    assert not any("reasons" in row or "leaver_type" in row for row in refused)
    assert all(row["sample_id"] == "s" and row["interviewed_on"] == "2025-12-28" for row in rows)


def test_two_interviews_say_almost_the_same_and_one_drawn_again_the_same(mfi: Path, form: list[dict[str, str]]) -> None:
    first, again, second = (interviewed(mfi, form, ON, "Rose", "outside", seed=seed) for seed in (1, 1, 2))

    both = [
        (a["reasons"], b["reasons"])
        for a, b in zip(first, second, strict=True)
        if a["consent"] == b["consent"] == "yes"
    ]
    assert first == again
    assert 0.5 < sum(a == b for a, b in both) / len(both) < 1


def test_without_the_truth_nobody_can_be_interviewed(tmp_path: Path) -> None:
    with pytest.raises(MissingTable, match="Simulate the book first"):
        interviewed(tmp_path, [{"client_id": "c", "left_on": "2024-01-01"}], ON, "Rose", "outside")
