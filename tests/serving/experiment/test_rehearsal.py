"""A simulated MFI that lives with its lists: the lot is heeded week by week, and its arms are alike."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sqlalchemy import create_engine

from features.connectors.simulated import Contacts, SimulationSettings
from features.connectors.simulated.causes import Causes
from features.connectors.simulated.history import live
from features.connectors.simulated.ledger import BORROWS
from features.connectors.simulated.life import World
from features.connectors.simulated.loan_end import DEEP, LATE
from features.connectors.simulated.people import pieces, populate
from features.connectors.simulated.truth import Oracle
from features.errors import UsageError
from features.exit import ExitDefinition
from serving.experiment.log import drawn
from serving.experiment.rehearsal import Lists, Rehearsal, log_turns, rehearse
from serving.store.tables import allocations
from training.effect.allocations import settled
from training.effect.balance import balance

MFI = SimulationSettings(clients=2_400, weeks=70, seed=4, retention_visits_per_year=0.0, visible_effect=0.5)
PLAN = Rehearsal(begins=6, weeks=60, per_officer=5, share=0.2, seed=4)


class Watched(Lists):
    """Lists that keep what they saw of each Sunday."""

    def __call__(self, world: World, week: int) -> Contacts:
        before = len(self.turns)
        contacts = super().__call__(world, week)
        for turn in self.turns[before:]:
            who = int(str(turn["client_id"])[1:])
            turn |= {"week": week, "borrows": world.phase[who] == BORROWS}
            turn |= {"late": world.arrears[who] in (LATE, DEEP), "post": world.people.post[who]}
            turn |= {"visited": who in contacts.client, "met": who in contacts.client[contacts.met]}
            turn |= {"asked_for": str(dict(zip(contacts.client, contacts.list_id, strict=True)).get(who))}
        return contacts


@pytest.fixture(scope="module")
def lists() -> Watched:
    causes = Causes(MFI)
    policy = Watched(PLAN, Oracle(MFI, causes))
    rng = np.random.Generator(np.random.SFC64(4))
    live(MFI, causes, populate(MFI, pieces(MFI)[0], rng), rng, policy)
    return policy


@pytest.fixture(scope="module")
def turns(lists: Watched) -> pd.DataFrame:
    return lists.table()


def test_the_riskiest_who_borrow_are_drawn_and_those_in_arrears_never(lists: Watched, turns: pd.DataFrame) -> None:
    assert len(turns) > 900
    assert turns["borrows"].all()
    assert not turns["late"].any()
    assert lists.in_need > 100
    assert turns["without"].mean() > 0.3, "of all who borrow about 8 in 100 leave within a quarter"


def test_lists_run_as_long_as_said_and_are_no_longer_than_an_officers_places(turns: pd.DataFrame) -> None:
    listed = turns[turns["arm"] == "listed"]

    assert (turns["week"].min(), turns["week"].max()) == (6, 65)
    assert listed.groupby(["week", "post"]).size().max() <= PLAN.per_officer


def test_nobody_has_two_arms_at_once(turns: pd.DataFrame) -> None:
    between = turns.sort_values("week").groupby("unit")["week"].diff().dropna()

    assert len(between) > 50, "clients are drawn anew"
    assert between.min() >= PLAN.holdout_weeks


def test_only_the_listed_are_visited_because_of_a_list(turns: pd.DataFrame) -> None:
    held = turns[turns["arm"] == "held_out"]
    listed = turns[turns["arm"] == "listed"]

    assert listed["visited"].all()
    assert listed["asked_for"].str.startswith("list of week ").all()
    assert listed["met"].mean() == pytest.approx(PLAN.met, abs=0.06)
    assert set(held["asked_for"]) == {"None"}
    assert held["met"].mean() == pytest.approx(PLAN.met_anyway, abs=0.04)


def test_what_being_listed_truly_changes_is_the_contact_as_often_as_it_comes_about(turns: pd.DataFrame) -> None:
    kinds = turns.groupby("visit_class")["by_contact"].agg(["min", "max"])

    assert (turns["truth"] == turns["by_contact"] * (PLAN.met - PLAN.met_anyway)).all()
    assert kinds.loc["helped", "max"] <= 1e-6
    assert kinds.loc["driven away", "min"] >= -1e-6
    assert kinds.loc["unmoved"].abs().max() < 1e-6


def test_the_arms_are_as_large_as_said_in_every_stratum_and_alike_in_all_that_was_known(turns: pd.DataFrame) -> None:
    engine = create_engine("sqlite://")
    allocations.metadata.create_all(engine, tables=[allocations])
    with engine.begin() as connection:
        log_turns(connection, turns, PLAN)
        log = drawn(connection, MFI.end_on)
    known = turns.assign(individual=(turns["lending"] == "individual").astype(float))
    known = known.rename(columns={"from_on": "as_of"})[["client_id", "as_of", "cycle", "weeks_to_go", "individual"]]
    log = log.merge(known, on=["client_id", "as_of"]).assign(
        action="visit", reached=pd.NA, contacts=np.nan, left=np.nan, settled_on=pd.NaT
    )
    fair = balance(log, ["risk", "cycle", "weeks_to_go", "individual"])
    held = log.assign(held=log["arm"] == "hold_out").groupby("stratum")["held"].agg(["sum", "size"])
    chances = [binomtest(int(out), int(of), PLAN.share).pvalue for out, of in held.itertuples(index=False)]

    assert len(log) == len(turns)
    assert min(chances) > 0.01 / len(chances)
    assert fair.ratio_p > 0.01
    assert not fair.doubtful
    assert fair.alike_p > 0.01
    assert fair.finding.table["difference"].abs().max() < 0.15


def test_another_seed_draws_others_and_the_same_one_the_same(lists: Watched) -> None:
    def first_turns(seed: int) -> list[tuple[object, object]]:
        settings = replace(MFI, weeks=30)
        causes = Causes(settings)
        policy = Lists(replace(PLAN, weeks=3, seed=seed), lists.truth)
        rng = np.random.Generator(np.random.SFC64(4))
        live(settings, causes, populate(settings, pieces(settings)[0], rng), rng, policy)
        return [(turn["client_id"], turn["arm"]) for turn in policy.turns]

    assert first_turns(1) == first_turns(1)
    assert first_turns(1) != first_turns(2)


def test_a_rehearsal_reads_its_log_from_the_book_it_wrote(tmp_path: Path) -> None:
    settings = replace(MFI, clients=1_200, weeks=60)
    log = rehearse(tmp_path / "mfi", settings, replace(PLAN, weeks=16), ExitDefinition(closing_lag_days=28))
    trial = settled(log, settings.end_on, 91 + 91 + 28)
    seen = trial.rows.groupby("arm")["reached"].mean()

    assert len(trial.rows) + sum(trial.lost.values()) == len(log) > 200
    assert seen["listed"] == pytest.approx(PLAN.met, abs=0.08)
    assert seen["hold_out"] < 0.15
    # About as many left as would have by the truth, in either arm.
    expected = trial.rows["without"] + np.where(trial.listed, PLAN.met, PLAN.met_anyway) * trial.rows["by_contact"]
    spread = np.sqrt((expected * (1 - expected)).sum())
    assert trial.rows["left"].sum() == pytest.approx(expected.sum(), abs=3.5 * spread)


def test_an_mfi_of_several_pieces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="clients=30000 is more than one lot is rehearsed with"):
        rehearse(tmp_path / "mfi", replace(MFI, clients=30_000), PLAN, ExitDefinition())
