"""From the lot's log to a model of who is helped: early weeks teach, late weeks judge, and too few say so."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.catalogue import names
from features.errors import DataError
from features.exit import ExitDefinition
from models.trial import Trial
from training.effect.allocations import settled
from training.helped import IN_GROUP, MODIFIERS, RISK, Lines, benefit, features_on_draws, learn
from training.uplift_gate import GateLimits, UnseenWeeks

MONDAY = 738_000
MATURES = 182


def drawn_lines(weeks: int, per_week: int, *, seed: int = 1, told: float = 0.3) -> Lines:
    """A quarter would leave; a contact keeps `told` of them where a figure is above 0 and drives as many away below.

    Who is at risk is told by another figure, so that the order by risk knows nothing of whom it helps.
    """
    rng = np.random.default_rng(seed)
    n = weeks * per_week
    X = pd.DataFrame({"meetings_missed_91d": rng.normal(size=n), "silence_days": rng.normal(size=n)})
    risk = 1 / (1 + np.exp(1.1 - 0.5 * X["silence_days"].to_numpy()))
    contacted = rng.random(n) < 0.5
    leaves = risk - contacted * told * np.sign(X["meetings_missed_91d"].to_numpy())
    trial = Trial(
        X=X.assign(**{RISK: risk}),
        contacted=contacted,
        stayed=rng.random(n) >= leaves,
        propensity=np.full(n, 0.5),
        unit=np.array([f"client:{i:06d}" for i in range(n)], dtype=object),
    )
    return Lines(trial, MONDAY + 7 * np.repeat(np.arange(weeks), per_week), MATURES)


def test_who_is_helped_is_learnt_and_passes_where_risk_knows_nothing_of_it() -> None:
    found = learn(drawn_lines(60, 60))

    asked = pd.DataFrame({"meetings_missed_91d": [1.0, -1.0], "silence_days": 0.0, RISK: 0.25})
    helped = benefit(found.model, asked)
    assert set(found.model.features) == {"meetings_missed_91d", RISK}
    # Who cannot leave cannot be kept.
    assert benefit(found.model, asked.assign(**{RISK: 0.0})).tolist() == [0, 0]
    assert found.verdict.replaces
    assert helped[0] > 0.1 > -0.05 > helped[1]
    assert (found.lines, found.held_out) == (3600, int((~drawn_lines(60, 60).trial.contacted).sum()))
    assert "visits go in the order of expected benefit" in str(found)
    assert found.as_dict()["gain"]["low"] > 0


def test_where_contact_does_nothing_risk_stays() -> None:
    found = learn(drawn_lines(60, 40, told=0.0))

    assert not found.verdict.replaces
    assert not found.as_dict()["replaces"]


@pytest.mark.parametrize(("weeks", "says"), [(20, "Final are the outcomes of 20 weeks; some 34 are needed")])
def test_too_few_weeks_say_how_many_are_needed(weeks: int, says: str) -> None:
    found = learn(drawn_lines(weeks, 40))

    assert not found.verdict.replaces
    assert says in found.verdict.sentence


def test_each_week_is_later_than_every_outcome_that_taught_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[UnseenWeeks, np.ndarray]] = []

    def judged(found: UnseenWeeks, learnt_until: np.ndarray, *_: object, **__: object) -> object:
        asked.append((found, learnt_until))
        raise KeyboardInterrupt

    monkeypatch.setattr("training.helped.judged", judged)
    lines = drawn_lines(80, 30)
    with pytest.raises(KeyboardInterrupt):
        learn(lines)

    ((found, learnt_until),) = asked
    by_model = pd.Series(found.week).groupby(learnt_until).agg(["min", "max"])
    assert (found.week > learnt_until).all()
    assert (by_model["min"] - by_model.index <= 7).all(), "everything final by then has taught"
    assert (by_model["max"] - by_model["min"] < 91).all()
    assert len(by_model) == 3
    # A third of the 54 weeks that can teach teach the first model; all weeks since its outcomes are final are asked.
    assert len(np.unique(found.week)) == 80 - 26 - 54 // 3
    assert len(found) == len(np.unique(found.week)) * 30


def test_nothing_final_is_refused_with_a_sentence() -> None:
    lines = drawn_lines(10, 10)

    with pytest.raises(DataError, match="no line's outcome is final yet; the first is 182 days after its list"):
        learn(lines.take(np.zeros(100, dtype=bool)))


def test_limits_of_the_gate_are_heeded() -> None:
    found = learn(drawn_lines(60, 40), limits=GateLimits(units=100_000))

    assert "100000 clients on each side are needed" in found.verdict.sentence


def test_features_are_those_of_the_day_of_the_draw(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans="""
        loan_id | client_id | disbursed_on | closed_on  | closed_how
        1       | ama       | 2023-01-02   | 2023-05-01 | repaid
        2       | ama       | 2023-05-10   |            |
        3       | esi       | 2023-01-10   |            |
        """
    )
    days = [date(2023, 4, 2), date(2023, 6, 4), date(2023, 4, 2)]
    log = pd.DataFrame(
        {
            "unit_id": ["client:ama", "client:ama", "client:esi"],
            "client_id": ["ama", "ama", "esi"],
            "draw": [1, 2, 1],
            "as_of": days,
            "arm": ["listed", "hold_out", "listed"],
            "propensity": 0.5,
            "stratum": "b",
            "risk": [0.3, 0.4, 0.2],
            "action": "",
            "reached": False,
            "contacts": 0,
            "left": 0.0,
            "settled_on": [day + timedelta(days=MATURES) for day in days],
        }
    )
    final = settled(log, date(2024, 6, 1), MATURES)

    lines = Lines.of(final, features_on_draws(book, final, ExitDefinition()))

    assert tuple(lines.trial.X.columns) == (*names(), RISK, IN_GROUP)
    assert set(MODIFIERS) <= set(lines.trial.X.columns)
    told = final.rows.assign(loans=lines.trial.X["loans_taken"], risk_told=lines.trial.X[RISK])
    assert told.set_index(["client_id", "draw"])["loans"].to_dict() == {("ama", 1): 1, ("ama", 2): 2, ("esi", 1): 1}
    assert told["risk_told"].tolist() == told["risk"].tolist()
    assert lines.trial.contacted.tolist() == (told["arm"] == "listed").tolist()
