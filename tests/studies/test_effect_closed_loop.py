"""The effect report in a simulated MFI that lives with its lists: intervals hold the truth, harm is stopped.

From the lot's own draws to the outcomes in the book: see `tests.studies.closed_loop`. The truth is the mean, over the
very clients that are counted, of what being listed changes in their chance to leave, exact from the simulated MFI.
"""

from dataclasses import replace
from functools import cache
from math import ceil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.studies import results
from tests.studies.closed_loop import MATURES_AFTER, NO_EFFECT, Lived, Loop, lived_together
from tests.studies.test_effect import alarms, rung
from training.effect.allocations import settled
from training.effect.balance import DOUBT, LIMIT, balance
from training.effect.harm import watch, weeks_until_alarm
from training.effect.itt import itt
from training.effect.reached import reached
from training.effect.scores import scored
from training.effect.sequence import looks

pytestmark = [pytest.mark.study, pytest.mark.timeout(10_800)]

SEEDS = range(100)
MFI = Loop(clients=3_000, weeks=40, per_officer=10)
WORLDS = {
    "helped, unmoved and driven away": replace(
        MFI, effects={"helped": 0.5, "driven_away": 0.1, "helped_effect": 0.4, "driven_away_effect": 1.6}
    ),
    "without an effect": replace(MFI, effects=NO_EFFECT),
    "individual borrowers driven away": replace(
        MFI,
        clients=3_500,
        weeks=44,
        share=0.25,
        harmed=True,
        effects={"group_share": 0.3, "driven_away_effect": 4.0},
    ),
}
HELPED, NONE, HARMED = WORLDS
#: MFIs whose logs are read from one book.
TOGETHER = 25
COMPARED = ("risk", "cycle", "weeks_to_go", "individual")


@cache
def studied(name: str) -> pd.DataFrame:
    """One row per seed: the truth, and what was found of it."""
    loops = [replace(WORLDS[name], seed=seed) for seed in SEEDS]
    together = [loops[first : first + TOGETHER] for first in range(0, len(loops), TOGETHER)]
    return pd.DataFrame([found(life) for some in together for life in lived_together(some)])


def found(life: Lived) -> dict[str, object]:
    """What one MFI's log shows."""
    log = life.log.assign(individual=(life.log["lending"] == "individual").astype(float))
    on = life.mfi.settings.end_on
    trial = settled(log, on, MATURES_AFTER)
    effect, met, shown = itt(trial), reached(trial), scored(trial)
    weekly, fair = looks(shown).finding.table.dropna(), balance(log, COMPARED)
    truth, contact = trial.rows["truth"].mean(), trial.rows["by_contact"].mean()
    own = shown[shown["lending"] == "individual"]
    differences = fair.finding.table.set_index("covariate")["difference"]
    return {
        "listed": effect.listed,
        "held_out": effect.held_out,
        "truth": truth,
        "value": effect.value,
        "covers": effect.low <= truth <= effect.high,
        "claims": effect.claims,
        "contact": contact,
        "contact_value": met.effect.value,
        "covers_contact": met.effect.low <= contact <= met.effect.high,
        "claims_contact": met.effect.low > 0 or met.effect.high < 0,
        "claims_weekly": bool(((weekly["low"] > 0) | (weekly["high"] < 0)).any()),
        "harm": own["truth"].mean(),
        "base": own.loc[own["listed"] == 0, "left"].mean(),
        "units_a_week": len(own) / own["look"].nunique(),
        "in_need": life.in_need,
        "alike_p": fair.alike_p,
        "ratio_p": fair.ratio_p,
        "doubtful": fair.doubtful,
        "strata": trial.rows["stratum"].nunique(),
        **{f"gap {name}": differences[name] for name in COMPARED},
        **alarms(watch(shown, ["lending"])[0], log["as_of"].min()),
    }


def foretold() -> int:
    """Weeks until nine alarms in ten, from the harm, and from how many are drawn and leave in the harmed segment."""
    seen = studied(HARMED)[["harm", "base", "units_a_week"]].mean()
    weeks = weeks_until_alarm(
        seen["harm"], seen["base"], seen["units_a_week"], WORLDS[HARMED].share, MATURES_AFTER, parts=3
    )
    assert weeks is not None
    return weeks


def test_the_interval_holds_the_truth() -> None:
    told()
    for name in (HELPED, NONE, HARMED):
        assert studied(name)["covers"].sum() >= 93, name
        assert studied(name)["covers_contact"].sum() >= 93, name


def test_nothing_is_claimed_of_nothing() -> None:
    rows = studied(NONE)

    assert (rows["truth"].abs() < 1e-6).all()
    assert rows["claims"].sum() <= 7
    assert rows["claims_contact"].sum() <= 7
    assert rows["claims_weekly"].sum() <= 5


def test_the_alarm_rings_for_the_harmed_segment_within_the_stated_weeks() -> None:
    rows = studied(HARMED)

    assert foretold() <= WORLDS[HARMED].weeks + ceil(MATURES_AFTER / 7)
    assert (rows["alarm individual"] <= foretold()).sum() >= 90
    assert rows["alarm group"].notna().sum() <= 5


def test_the_alarm_rings_in_few_harmless_runs() -> None:
    assert rung(studied(NONE)) <= 5
    assert rung(studied(HELPED)) <= 5


def test_the_lot_is_as_even_as_lots_are() -> None:
    rows = pd.concat([studied(name) for name in WORLDS])

    assert stats.kstest(rows["alike_p"], "uniform").pvalue > 0.001
    assert stats.kstest(rows["ratio_p"], "uniform").pvalue > 0.001
    # Each lot is doubted by either of two tests.
    doubted = stats.binomtest(int(rows["doubtful"].sum()), len(rows), 2 * DOUBT, alternative="greater")
    assert doubted.pvalue > 0.001
    for name in COMPARED:
        gap = rows[f"gap {name}"]
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap)), name


@cache
def told() -> None:
    """Write what was found into the page of results."""
    held = [
        [
            name,
            f"{WORLDS[name].clients:,} and {WORLDS[name].weeks}",
            f"{rows['listed'].mean():,.0f} and {rows['held_out'].mean():,.0f}",
            f"{100 * rows['truth'].mean():+.2f}",
            f"{100 * (rows['value'] - rows['truth']).mean():+.2f}",
            *(f"{rows[column].sum()} of {len(rows)}" for column in ("covers", "covers_contact")),
            f"{100 * rows['contact'].mean():+.2f}",
            *(f"{rows[column].sum()} of {len(rows)}" for column in ("claims", "claims_weekly")),
        ]
        for name in WORLDS
        for rows in [studied(name)]
    ]
    head = [
        "world",
        "clients and weeks of lists",
        "listed and held out",
        "true, points",
        "bias, points",
        "interval holds the truth",
    ]
    head += ["and of a contact", "true, of a contact", "claimed", "claimed at any weekly look"]
    every, harmed, none = pd.concat([studied(name) for name in WORLDS]), studied(HARMED), studied(NONE)
    weeks = harmed["alarm individual"]
    gaps = ", ".join(f"{name} {every[f'gap {name}'].abs().mean():.3f}" for name in COMPARED)
    beyond = np.mean([(every[f"gap {name}"].abs() > LIMIT).mean() for name in COMPARED])
    results.write(
        "effect-closed-loop",
        "Whether lists help, in an MFI that lives with them",
        f"`make studies`, {len(SEEDS)} simulated MFIs of each world, with lists of {MFI.per_officer} for each officer "
        f"each week by the true risk times a noise of {MFI.noise:g} (sigma of its logarithm). Of those drawn a tenth "
        f"(where some are driven away {100 * WORLDS[HARMED].share:.0f} %) are held out for a quarter by the lot's "
        f"own code, {100 * MFI.met:.0f} % of "
        f"the listed met and {100 * MFI.met_anyway:.0f} % of the held-out visited anyway. Outcomes are those of the "
        "book, by its exit definition, read by the code of `exitwatch effect`; visits fade as in the simulated MFI. "
        "The truth is the mean, over the clients counted, of what being listed changes in their chance to leave.\n\n"
        f"{results.table(head, held)}\n\n"
        f"**Harm alarm.** Every visit drives individual borrowers away, and being listed makes "
        f"{100 * harmed['harm'].mean():.0f} of 100 more of them leave; {harmed['units_a_week'].mean():.0f} of them "
        f"are drawn a week, {100 * WORLDS[HARMED].share:.0f} % held out, and three parts are watched. "
        f"`weeks_until_alarm` foretells {foretold()} weeks, the {MATURES_AFTER // 7} until an outcome is final among "
        f"them: it rang within them in {(weeks <= foretold()).sum()} of {len(weeks)} runs, half of them within "
        f"{weeks.median():.0f}. For group borrowers it rang in {harmed['alarm group'].notna().sum()}, and for anybody "
        f"in {rung(none)} of {len(none)} runs without an effect and in {rung(studied(HELPED))} where most are "
        "helped.\n\n"
        f"**The lot.** Over {len(every)} runs the arms differ on average by so many standard deviations: {gaps}; "
        f"{100 * beyond:.1f} % of these differences pass {LIMIT:g}. The p-value of all together lies below 0.05 in "
        f"{(every['alike_p'] < 0.05).sum()} runs, and {int(every['doubtful'].sum())} lots would be doubted.",
    )
