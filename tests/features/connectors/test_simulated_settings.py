"""What may be asked of the simulated MFI, and what is said where it may not."""

from datetime import date

import pytest

from features.connectors.simulated import DRIVER_STRENGTHS, SimulationSettings
from features.errors import UsageError


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"clients": 3}, r"clients=3 is not a whole number from 100"),
        ({"clients": 2500.0}, r"clients=2500.0 is not a whole number"),
        ({"clients": True}, r"clients=True is not a whole number"),
        ({"weeks": 10}, r"weeks=10 is not a whole number from 26 to 520"),
        ({"seed": -1}, r"seed=-1"),
        ({"end_on": date(2025, 12, 27)}, r"2025-12-27 is not a Sunday"),
        ({"drivers": {"XYZ-1": 1.0}}, r"drivers names XYZ-1; the simulated MFI has ARR-1, "),
        ({"drivers": {"ARR-1": float("nan")}}, r"drivers\[ARR-1\]=nan is not a number from 0 to 5"),
        ({"drivers": {"ARR-1": -0.1}}, r"drivers\[ARR-1\]=-0.1"),
        ({"helped": 0.7, "driven_away": 0.5}, r"more than all clients"),
        ({"helped_effect": 1.2}, r"helped_effect=1.2 is not a number from 0 to 1"),
        ({"currency": "dollars"}, r"currency='dollars' is not an ISO 4217 code"),
        ({"interviewed": 1.5}, r"interviewed=1.5 is not a number from 0 to 1"),
        ({"truth_every_weeks": 0}, r"truth_every_weeks=0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_to_do(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        SimulationSettings(**wrong)  # type: ignore[arg-type]


def test_drivers_that_are_not_named_keep_their_strength() -> None:
    settings = SimulationSettings(drivers={"GRP-2": 0.0})
    assert settings.strength("GRP-2") == 0.0
    assert settings.strength("ARR-1") == DRIVER_STRENGTHS["ARR-1"]


def test_at_least_one_driver_leaves_traces_without_effect_and_some_are_far_stronger_than_others() -> None:
    strengths = sorted(DRIVER_STRENGTHS.values())
    assert strengths[0] == 0
    assert strengths[-5] > 3 * strengths[len(strengths) // 2]


def test_settings_are_written_with_every_driver_and_its_strength() -> None:
    plain = SimulationSettings(seed=7).as_plain()
    assert plain["drivers"] == dict(DRIVER_STRENGTHS)
    assert plain["seed"] == 7
    assert plain["end_on"] == "2025-12-28"
