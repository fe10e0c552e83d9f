"""Officer changes on simulated MFIs: the interval holds the effect that is there, and finds none that is not.

The estimand is stated exactly: among the clients whose officer went while they had a loan open, and who could be
matched, the mean over their decisions in the half year that followed of the probability to leave by choice, less the
same probability had their officer, and no other, stayed; both from the simulated MFI's own hazards
(`tests.studies.planted`). An interval of 95 % holds it in 93 or more of 100 books with a chance of 87 % if it is exact.
"""

import math
from functools import cache

import pytest

from features.connectors.simulated import SimulationSettings
from features.exit import ExitDefinition
from tests.studies import results
from tests.studies.planted import planted
from training.drivers.event_study import AFTER, BEFORE, event_study
from training.drivers.events import officer_changes

pytestmark = [pytest.mark.study, pytest.mark.timeout(7200)]

SEEDS = range(100)
#: Adds, while a post is vacant or a stranger has it, half a unit to the hazard of leaving of an average client.
STRONG, NONE = 0.5, 0.0


@cache
def studied(strength: float) -> list[dict[str, float]]:
    """One row per seed: what the study found, and what is true of the very clients it counted."""
    found = []
    for seed in SEEDS:
        settings = SimulationSettings(
            clients=3_000, weeks=182, seed=seed, clients_per_officer=40, drivers={"OFF-1": strength}
        )
        mfi = planted(settings)
        study = event_study(mfi.book, settings.end_on, officer_changes(mfi.book, settings.end_on), ExitDefinition())
        rows = study.rows[study.rows["exposed"] & (study.rows["period"] > 0)]
        after, before = study.of(AFTER), study.of(BEFORE)
        found.append(
            {
                "true": float(mfi.effect(rows).mean()),
                "difference": after["difference"],
                "low": after["low"],
                "high": after["high"],
                "differs": after["p"] < 0.05,
                "claims": study.claims,
                "before": before["difference"],
                "differed_before": study.differed_before,
                "exposed": after["exposed"],
            }
        )
    return found


def covered(rows: list[dict[str, float]]) -> int:
    return sum(row["low"] <= row["true"] <= row["high"] for row in rows)


def mean(rows: list[dict[str, float]], name: str) -> float:
    return math.fsum(row[name] for row in rows) / len(rows)


def test_the_interval_holds_a_planted_effect() -> None:
    rows = studied(STRONG)
    told()

    assert mean(rows, "true") > 0.05
    assert covered(rows) >= 93


def test_no_effect_is_claimed_where_none_was_planted() -> None:
    rows = studied(NONE)

    assert all(abs(row["true"]) < 1e-9 for row in rows)
    assert covered(rows) >= 93
    assert sum(row["differs"] for row in rows) <= 7
    assert sum(row["claims"] for row in rows) <= 7


def told() -> None:
    """Write what was found into the page of results."""
    table = results.table(
        ["officer change", "true", "estimated", "bias", "interval holds the truth", "differs from 0", "claimed",
         "differed already before"],
        [
            [
                "with an effect" if strength else "without",
                f"{mean(rows, 'true'):+.3f}",
                f"{mean(rows, 'difference'):+.3f}",
                f"{mean(rows, 'difference') - mean(rows, 'true'):+.4f}",
                f"{covered(rows)} of {len(rows)}",
                *(
                    f"{sum(bool(row[name]) for row in rows)} of {len(rows)}"
                    for name in ("differs", "claims", "differed_before")
                ),
            ]
            for strength in (STRONG, NONE)
            for rows in [studied(strength)]
        ],
    )  # fmt: skip
    exposed = mean(studied(STRONG), "exposed")
    results.write(
        "event-study",
        "Event study of officer changes, beside the truth",
        f"`make studies`, {len(SEEDS)} simulated MFIs of 3,000 clients and 182 weeks each, with and without an effect; "
        f"on average {exposed:.0f} clients with a decision in the half year after their officer went. The truth is the "
        "mean, over these clients' decisions, of the probability to leave by choice less what it would have been had "
        f"the officer stayed, from the simulated MFI's own hazards.\n\n{table}",
    )
