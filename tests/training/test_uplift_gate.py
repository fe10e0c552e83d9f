"""Only what unseen weeks have shown lets expected benefit replace risk."""

import numpy as np
import pytest

from features.errors import DataError
from training.uplift_gate import GateLimits, UnseenWeeks, judged

MONDAY = 739000


def weeks(lines: int, seed: int, *, knows: float, weeks_of: int = 8, held_out: float = 0.3) -> UnseenWeeks:
    """A third of the lines is helped by 40 points, the rest not; risk knows nothing of it, benefit so much."""
    source = np.random.default_rng(seed)
    helped = source.random(lines) < 1 / 3
    p = np.full(lines, 1 - held_out)
    contacted = source.random(lines) < p
    return UnseenWeeks(
        week=MONDAY + 7 * source.integers(0, weeks_of, lines),
        unit=np.array([f"c{i}" for i in range(lines)], dtype=object),
        contacted=contacted,
        stayed=source.random(lines) < 0.3 + 0.4 * helped * contacted,
        propensity=p,
        benefit=knows * helped + source.random(lines),
        risk=source.random(lines),
    )


def test_benefit_that_keeps_more_clients_per_contact_replaces_risk() -> None:
    verdict = judged(weeks(4000, 1, knows=2.0), MONDAY - 1, draws=300)

    assert verdict.replaces
    # The best half holds every helped client: 2/3 of it is helped, against 1/3 in a random half.
    assert verdict.by_benefit.value == pytest.approx(0.4 * 2 / 3, abs=0.06)
    assert verdict.by_risk.value == pytest.approx(0.4 / 3, abs=0.06)
    # Averaged over all shares: a third is helped by 0.4, and goes first; risk does as well as any order.
    assert verdict.gain.value == pytest.approx(0.4 / 3 / 3, abs=0.015)
    assert verdict.gain.low > 0
    assert "visits go in the order of expected benefit" in verdict.sentence
    assert str(verdict.gain) in verdict.sentence


def test_benefit_that_knows_nothing_replaces_risk_at_most_as_often_as_chance_allows() -> None:
    verdicts = [judged(weeks(800, seed, knows=0.0), MONDAY - 1, draws=100) for seed in range(40)]

    # 2.5 % of the looks: more than 4 of 40 has a chance of 1 in 270.
    assert sum(verdict.replaces for verdict in verdicts) <= 4


def test_a_gain_that_may_be_chance_keeps_risk_and_says_how_long_to_wait() -> None:
    verdict = judged(weeks(400, 3, knows=0.6), MONDAY - 1, draws=300)

    assert not verdict.replaces
    assert verdict.gain.value > 0
    assert "may be chance" in verdict.sentence
    assert "times as many weeks" in verdict.sentence


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (weeks(4000, 1, knows=2.0, weeks_of=3), "There are 3 unseen weeks"),
        (weeks(300, 1, knows=2.0, held_out=0.1), "at least 4 weeks and 100 clients on each side"),
    ],
    ids=["few weeks", "few held out"],
)
def test_too_little_keeps_risk_and_says_what_is_lacking(found: UnseenWeeks, says: str) -> None:
    verdict = judged(found, MONDAY - 1)

    assert not verdict.replaces
    assert verdict.gain is None
    assert says in verdict.sentence


def test_weeks_the_model_learnt_from_are_refused() -> None:
    with pytest.raises(DataError, match="of weeks the model learnt from"):
        judged(weeks(1000, 1, knows=2.0), MONDAY + 14)


def test_equal_scores_are_worth_a_random_order_whatever_the_order_of_rows() -> None:
    found = weeks(4000, 1, knows=2.0)
    blind = UnseenWeeks(**{**vars(found), "benefit": np.zeros(4000), "risk": np.zeros(4000)})
    first = np.argsort(~blind.stayed)
    turned = UnseenWeeks(**{name: column[first] for name, column in vars(blind).items()})

    verdicts = [judged(rows, MONDAY - 1, draws=100) for rows in (blind, turned)]

    assert verdicts[0].by_benefit.value == pytest.approx(verdicts[1].by_benefit.value)
    assert verdicts[0].by_benefit.value == pytest.approx(0.4 / 3, abs=0.05)
    assert verdicts[0].gain.value == 0
    assert not verdicts[0].replaces


@pytest.mark.parametrize("wrong", [{"share": 1.0}, {"weeks": 0}, {"units": 1}])
def test_limits_that_cannot_decide_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError, match="cannot decide"):
        GateLimits(**wrong)
