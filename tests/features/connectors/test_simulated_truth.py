"""The truth is what happens: against brute force, against what came true, and within itself."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from features.connectors.simulated import SimulationSettings, columns
from features.connectors.simulated.causes import CODES, COLUMN, Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.history import Life, live
from features.connectors.simulated.ledger import BORROWS, WENT, Ledger
from features.connectors.simulated.life import World
from features.connectors.simulated.loan_end import FAR, HORIZON, JOINT_STATES, end_kernel
from features.connectors.simulated.people import People, pieces, populate
from features.connectors.simulated.rests import GRACE_WEEKS
from features.connectors.simulated.truth import HORIZONS, Oracle

Floats = NDArray[np.float64]

#: Strong, fast-moving world: what is slow or rare by default happens often, so that brute force sees it.
WILD = {
    "drivers": dict.fromkeys(CODES, 0.2),
    "base_hazard": 0.05,
    "hidden_trait": 0.6,
    "retention_visits_per_year": 4.0,
    "officer_turnover": 1.0,
    "deaths_per_year": 0.05,
    "transfers_per_year": 0.05,
}


def piece(**changes: object) -> tuple[SimulationSettings, Causes, People, Life]:
    settings = SimulationSettings(**changes)  # type: ignore[arg-type]
    causes = Causes(settings)
    rng = np.random.Generator(np.random.SFC64(settings.seed))
    people = populate(settings, pieces(settings)[0], rng)
    return settings, causes, people, live(settings, causes, people, rng)


def copies(settings: SimulationSettings, people: People, world: World, times: int, seed: int) -> World:
    """The same world many times over, each copy with its own posts, groups and future."""
    posts, groups = len(people.post_branch), len(people.group_branch)
    number = np.repeat(np.arange(times), people.count)
    many = {name: np.tile(value, times) for name, value in vars(people).items()}
    many["post"] = many["post"] + number * posts
    many["group"] = np.where(many["group"] >= 0, many["group"] + number * groups, -1)
    for name in ("branch_area", "slow_branch"):
        many[name] = getattr(people, name)
    longer = replace(settings, weeks=settings.weeks + 40, end_on=settings.end_on + timedelta(weeks=40))
    future = World(longer, Causes(longer), People(**many), np.random.default_rng(seed))
    for name, value in vars(world).items():
        if isinstance(value, np.ndarray):
            setattr(future, name, np.tile(value, times))
    future.chains = {code: np.tile(state, times) for code, state in world.chains.items()}
    future.posts.holder = np.tile(world.posts.holder, times)
    future.posts.first_week = np.tile(world.posts.first_week, times)
    future.posts.officers = world.posts.officers
    future.book = Ledger()
    return future


def test_the_truth_is_what_brute_force_finds_from_the_same_state() -> None:
    settings, causes, people, life = piece(clients=250, weeks=45, seed=11, **WILD)
    week = settings.weeks - 1
    who = np.flatnonzero(life.phase[week] == BORROWS)
    told, _, decides, _ = Oracle(settings, causes).of_open_loans(people, life, week, who)
    times = 600
    future = copies(settings, people, life.world, times, seed=5)
    for later in range(week + 1, week + HORIZON + GRACE_WEEKS):
        future.week(later)
    rows = {
        name: np.concatenate([row[name] for row in future.book.decisions]) for name in ("client", "week", "how", "lost")
    }
    went = rows["how"] == WENT
    when = np.full(people.count * times, 10_000)
    when[rows["client"][went][::-1]] = rows["week"][went][::-1]
    lost = np.full(people.count * times, 10_000)
    dead = rows["lost"] > 0
    lost[rows["client"][dead]] = rows["week"][dead]
    when[(lost > when) & (lost < when + GRACE_WEEKS)] = 10_000
    left = when.reshape(times, people.count)[:, who]
    for number, weeks in enumerate(HORIZONS.values()):
        found = (left <= week + weeks).mean(axis=0)
        sure = np.sqrt(np.maximum(told[:, number] * (1 - told[:, number]), 1e-9) / times)
        away = (found - told[:, number]) / sure
        busy = told[:, number] > 0.01
        assert (found[told[:, number] == 0] == 0).all()
        assert busy.sum() > 15
        assert np.square(away[busy]).mean() == pytest.approx(1.0, abs=5 * np.sqrt(2 / busy.sum()))
        assert abs(away[busy].mean()) < 4 / np.sqrt(busy.sum())
    assert decides.max() <= 1


@pytest.mark.parametrize("changes", [{}, WILD])
def test_what_came_true_agrees_with_the_truth(changes: dict[str, object]) -> None:
    settings, causes, people, life = piece(clients=9_000, weeks=110, seed=4, **changes)
    oracle = Oracle(settings, causes)
    rows = life.decisions
    lost = np.full(people.count, 10_000)
    dead = np.asarray(rows["lost"]) > 0
    lost[np.asarray(rows["client"])[dead]] = np.asarray(rows["week"])[dead]
    went = np.asarray(rows["how"]) == WENT
    client, when = np.asarray(rows["client"])[went], np.asarray(rows["week"])[went]
    real = ~((lost[client] > when) & (lost[client] < when + GRACE_WEEKS))
    client, when = client[real], when[real]
    left = np.zeros((settings.weeks, people.count), dtype=bool)
    left[when, client] = True
    before = np.cumsum(left, axis=0)
    told_open, found_open, told_rest, found_rest = [], [], [], []
    for week in (20, 45, 70):
        who = np.flatnonzero(life.phase[week] == BORROWS)
        risks = oracle.of_open_loans(people, life, week, who)[0]
        told_open.append(risks)
        found_open.append(np.stack([before[week + h, who] - before[week, who] for h in HORIZONS.values()], axis=1))
        who = np.flatnonzero((life.phase[week] != BORROWS) & (week - life.ended[week].astype(int) < GRACE_WEEKS))
        told_rest.append(oracle.of_resting(life, week, who)[0])
        found_rest.append(left[life.ended[week, who], who])
    told, found = np.concatenate(told_open), np.concatenate(found_open).astype(float)
    for number in range(3):
        agree(told[:, number], found[:, number])
    agree(np.concatenate(told_rest), np.concatenate(found_rest).astype(float))


def agree(told: Floats, found: Floats) -> None:
    """Every tenth of the clients, ordered by the truth, leaves as often as told."""
    for part in np.array_split(np.argsort(told, kind="stable"), 10):
        if (told[part] == 0).all():
            assert not found[part].any()
        spread = np.sqrt((told[part] * (1 - told[part])).sum())
        # Two clients more, because single clients are not bell-shaped.
        assert found[part].sum() == pytest.approx(told[part].sum(), abs=4 * spread + 2)


def test_risk_grows_with_the_horizon_and_stays_between_zero_and_one() -> None:
    settings, causes, people, life = piece(clients=900, weeks=60, seed=2)
    ids = columns.ids("C", range(people.count), 8)
    table = (
        Oracle(settings, causes).client_dates(people, life, ids, Calendar(settings.end_on, settings.weeks)).to_pandas()
    )
    assert (table["risk_28d"] >= 0).all()
    assert (table["risk_28d"] <= table["risk_91d"] + 1e-6).all()
    assert (table["risk_91d"] <= table["risk_182d"] + 1e-6).all()
    assert (table["risk_182d"] <= 1).all()
    assert (table["risk_28d"] < table["risk_182d"]).mean() > 0.3
    resting = table[table["state"] == "resting"]
    assert (resting["risk_28d"] == resting["risk_182d"]).all()
    assert not table.duplicated(["client_id", "as_of"]).any()
    assert sorted(table["as_of"].unique())[-1].isoformat() == "2025-12-28"


def test_a_loan_ends_as_often_as_the_kernel_says() -> None:
    kernel = end_kernel(0.0)
    assert kernel.shape == (3, 2, 2, FAR, JOINT_STATES, HORIZON, JOINT_STATES)
    total = kernel.sum(axis=(-1, -2))
    assert total.max() <= 1 + 1e-12
    clean = 0
    # A good payer with a clean loan almost always ends on the day; nobody ends earlier than the loan allows.
    assert kernel[0, 1, 0, 10, clean, :9].sum() == 0
    assert kernel[0, 1, 0, 10, clean, 9].sum() > 0.9
    assert kernel[0, 1, 1, 10, clean, :9].sum() > 0


def test_a_driver_of_zero_strength_changes_no_probability() -> None:
    still = {"drivers": dict.fromkeys(CODES, 0.0), "base_hazard": 0.3, "hidden_trait": 0.0}
    _, _, _, life = piece(clients=600, weeks=60, helped=0.0, driven_away=0.0, **still)
    decided = np.asarray(life.decisions["how"]) >= 0
    assert np.asarray(life.decisions["leave"])[decided] == pytest.approx(1 - np.exp(-0.3))
    assert (life.reasons == 0).all()
    _, _, _, life = piece(clients=600, weeks=60)
    assert (life.reasons[:, COLUMN["CHN-1"]] == 0).all()
    assert life.chains["CHN-1"].mean() > 0.05
    assert life.reasons[:, COLUMN["ARR-1"]].max() > 0


def test_a_stronger_driver_drives_more_clients_away() -> None:
    def level(strength: float) -> float:
        _, _, _, life = piece(clients=2_000, weeks=80, seed=3, drivers={"NEW-1": strength})
        return float((np.asarray(life.decisions["how"]) == WENT).mean())

    assert level(0.0) < level(0.3) < level(1.0)


def test_a_retention_visit_helps_some_leaves_some_unmoved_and_drives_some_away() -> None:
    settings, causes, people, life = piece(clients=3_000, weeks=60, seed=6)
    week = 50
    who = np.flatnonzero((life.phase[week] == BORROWS) & (life.visited[week] == 0))
    risks, visited, _, _ = Oracle(settings, causes).of_open_loans(people, life, week, who)
    change, kind = visited - risks[:, 1], people.visit_class[0, who]
    near = risks[:, 1] > 0.05
    assert np.abs(change[near & (kind == 0)]).max() < 1e-6
    assert (change[near & (kind == 1)] < 0).all()
    assert (change[near & (kind == 2)] > 0).all()
    assert (np.bincount(kind, minlength=3) / len(kind) > 0.1).all()


def test_an_officer_who_leaves_without_a_hand_over_hurts_most_in_the_first_cycle() -> None:
    chain = Causes(SimulationSettings()).chains["OFF-1"]
    settled, _, handed_over, not_handed_over = chain.adds[:, :, 0]
    assert (settled == 0).all()
    assert (not_handed_over > 5 * handed_over).all()
    assert not_handed_over[0] > 1.5 * not_handed_over[1] > not_handed_over[2]
    for chain in Causes(SimulationSettings()).chains.values():
        assert chain.steps.sum(axis=1) == pytest.approx(np.ones(len(chain.steps)))
