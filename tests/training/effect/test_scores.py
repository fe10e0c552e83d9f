"""Scores are the effect in expectation, and know nothing of what came later."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.effect.reference.lots import MATURES_AFTER, World, counted, drawn, row
from training.effect.allocations import settled
from training.effect.scores import scored

ON = date(2026, 1, 1)
SMALL = drawn(World(weeks=30, per_week=20, share=0.3, seed=4))


def test_over_both_arms_of_the_lot_a_score_is_the_effect_whatever_was_predicted() -> None:
    """One client later than the rest: her two scores, each with its chance, make up what listing changes for her."""
    past = counted((3, 30), (15, 30))
    scores = {}
    for arm, left in (("listed", 0.0), ("hold_out", 1.0)):
        her = row(900, arm, left, as_of="2024-03-04", propensity=0.3, risk=0.7, settled_on="2024-06-04")
        rows = scored(settled(pd.concat([past, pd.DataFrame([her])]), ON, 182))
        scores[arm] = rows.set_index("client_id").loc["c900", "score"]

    assert 0.7 * scores["listed"] + 0.3 * scores["hold_out"] == pytest.approx(0.0 - 1.0)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 29), st.integers(0, 1_000))
def test_what_becomes_final_later_changes_no_score(week: int, seed: int) -> None:
    cut = pd.Timestamp("2023-01-02") + pd.Timedelta(weeks=week)
    later = SMALL["as_of"] > cut
    other = SMALL.copy()
    other.loc[later, "left"] = 1 - other.loc[later, "left"].sample(frac=1, random_state=seed).to_numpy()
    other.loc[later & other["left"].notna() & other["settled_on"].isna(), "settled_on"] = cut

    before, after = (scored(settled(log, ON, MATURES_AFTER)) for log in (SMALL, other))

    same = [rows.loc[rows["as_of"] <= cut].set_index(["client_id", "draw"])["score"] for rows in (before, after)]
    pd.testing.assert_series_equal(*same)


def test_clients_of_the_same_week_do_not_predict_each_other() -> None:
    rows = scored(settled(SMALL, ON, MATURES_AFTER))
    first = rows[rows["look"] == 0]

    sign = 2 * first["listed"] - 1
    np.testing.assert_allclose(first["score"], sign * first["weight"] * (first["left"] - first["risk"]))


def test_the_mean_score_is_about_the_effect() -> None:
    trial = settled(drawn(World(share=0.3, seed=5)), ON, MATURES_AFTER)

    rows = scored(trial)

    spread = rows["score"].std() / np.sqrt(len(rows))
    assert abs(rows["score"].mean() - trial.rows["truth"].mean()) < 4 * spread


def test_who_joined_a_draw_later_is_left_out() -> None:
    log = pd.concat(
        [counted((3, 10), (3, 10)), pd.DataFrame([row(77, "listed", 1.0, unit_id="u0", as_of="2024-01-22")])]
    )

    assert "c77" not in set(scored(settled(log, ON, 182))["client_id"])


def test_a_look_never_ends_after_the_day_we_stand_on() -> None:
    rows = scored(settled(SMALL, date(2023, 9, 5), MATURES_AFTER))

    assert rows["looked_on"].max() <= pd.Timestamp("2023-09-05")
    assert (rows["look"] == (rows["as_of"] - rows["as_of"].min()).dt.days // 7).all()
