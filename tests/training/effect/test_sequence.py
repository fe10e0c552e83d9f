"""Confidence sequences: the published bound, and looks every week without more false alarms than stated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from tests.training.effect.reference.null_scores import null
from training.effect.sequence import FEWEST_HELD_OUT, looks, margin, mixing


@given(st.floats(10, 1e5), st.floats(0.001, 0.2))
def test_on_the_bound_robbins_mixture_is_one_over_the_chance_of_a_false_alarm(t: float, alpha: float) -> None:
    """Mixing exp(l S - l² t / 2) over l ~ N(0, rho²) gives 1 / alpha exactly there (Robbins 1970)."""
    rho2 = mixing(1_000, alpha)
    total = t * margin(np.array([t]), alpha, 1_000)[0]

    mixture = np.exp(total**2 * rho2 / (2 * (t * rho2 + 1))) / np.sqrt(t * rho2 + 1)
    assert mixture == pytest.approx(1 / alpha)


@given(st.floats(10, 1e5), st.floats(0.001, 0.2))
def test_on_the_one_sided_bound_the_half_normal_mixture_is_at_least_that(t: float, alpha: float) -> None:
    rho = np.sqrt(mixing(1_000, min(2 * alpha, 0.5)))
    total = t * margin(np.array([t]), alpha, 1_000, one_sided=True)[0]

    spread = rho / np.sqrt(t * rho**2 + 1)
    mixture = 2 * np.exp((total * spread) ** 2 / 2) * stats.norm.cdf(total * spread) / np.sqrt(t * rho**2 + 1)
    assert mixture >= 1 / alpha


def test_the_mixture_is_the_integral_it_stands_for() -> None:
    rho, t, total = 0.05, 400.0, 60.0

    value, _ = integrate.quad(lambda step: stats.norm.pdf(step, 0, rho) * np.exp(step * total - step**2 * t / 2), -1, 1)

    assert value == pytest.approx(np.exp(total**2 * rho**2 / (2 * (t * rho**2 + 1))) / np.sqrt(t * rho**2 + 1))


def test_the_bound_is_closest_to_that_of_one_look_where_it_was_told_to_be() -> None:
    t = np.geomspace(10, 1e6, 200)
    ratio = margin(t, tightest_after=1_000) * np.sqrt(t)

    assert t[ratio.argmin()] == pytest.approx(1_000, rel=0.3)
    assert ratio.min() > stats.norm.ppf(0.975)


@pytest.mark.parametrize("one_sided", [False, True])
def test_trials_without_effect_looked_at_every_week_seldom_ring(one_sided: bool) -> None:
    """At most one in twenty; `make studies` counts 500 of several kinds."""
    found = [looks(null(seed, 80, 30, 0.2, 0.2), one_sided=one_sided).finding.table for seed in range(60)]
    weekly = [table.dropna() for table in found]

    assert sum(bool(((table["low"] > 0) | (table["high"] < 0)).any()) for table in weekly) <= 5
    assert min(len(table) for table in weekly) > 20


def test_an_interval_of_one_look_looked_at_every_week_rings_far_too_often() -> None:
    """Why all this: the same trials, read with the usual interval."""
    rung = 0
    for seed in range(50):
        rows = null(seed, 104, 40, 0.2, 0.1)
        t = np.arange(1, len(rows) + 1)
        half = 1.96 * np.sqrt((rows["score"] ** 2).cumsum() / t) / np.sqrt(t)
        mean = rows["score"].cumsum() / t
        rung += bool((mean.abs() > half)[rows["look"] > 10].iloc[39::40].any())

    assert rung > 7


def test_before_enough_are_held_out_and_have_left_there_are_no_bounds() -> None:
    table = looks(null(1, 60, 40, 0.2, 0.1)).finding.table

    early = table["held_out"] < FEWEST_HELD_OUT
    assert early.any()
    assert table.loc[early, ["low", "high"]].isna().all(axis=None)
    assert table["low"].notna().iloc[-1]
    assert looks(null(1, 3, 40, 0.2, 0.1)).finding.said.startswith(
        "Weekly looks begin when 40 held out by lot are final"
    )


def test_units_that_leave_together_count_as_one() -> None:
    single = null(2, 80, 40, 0.2, 0.3)
    double = pd.concat([single, single]).sort_values("look", kind="stable")

    once, twice = (looks(rows).finding.table.iloc[-1] for rows in (single, double))

    assert twice["clients"] == 2 * once["clients"]
    assert (twice["effect"], twice["low"]) == (pytest.approx(once["effect"]), pytest.approx(once["low"]))
