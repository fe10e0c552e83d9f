"""The simulated MFI lives with lists: who is contacted, what it leaves behind, and what it truly changes."""

import numpy as np
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from features.connectors.simulated import Contacts, SimulationSettings
from features.connectors.simulated.causes import DRIVEN_AWAY, HELPED, Causes
from features.connectors.simulated.history import Life, live
from features.connectors.simulated.ledger import BORROWS, RESTS, WENT
from features.connectors.simulated.life import World
from features.connectors.simulated.moment import Moment
from features.connectors.simulated.people import People, pieces, populate
from features.connectors.simulated.simulation import piece_tables
from features.connectors.simulated.truth import Oracle
from features.connectors.simulated.visiting import Policy, within_reach
from features.errors import UsageError

QUIET = {"retention_visits_per_year": 0.0}


def lived(policy: Policy | None, **changes: object) -> tuple[SimulationSettings, Causes, People, Life]:
    settings = SimulationSettings(**{"clients": 1_500, "weeks": 60, "seed": 6} | QUIET | changes)  # type: ignore[arg-type]
    causes = Causes(settings)
    rng = np.random.Generator(np.random.SFC64(settings.seed))
    people = populate(settings, pieces(settings)[0], rng)
    return settings, causes, people, live(settings, causes, people, rng, policy)


def listing(client: NDArray[np.int64], met: NDArray[np.bool_], week: int) -> Contacts:
    return Contacts(client, met, np.full(len(client), f"W{week:03d}", dtype=object))


def some(world: World, week: int) -> Contacts:
    """A tenth of those who borrow, by their number; every fourth is not met."""
    client = np.flatnonzero((world.phase == BORROWS) & (np.arange(world.people.count) % 10 == week % 10))
    return listing(client, client % 4 > 0, week)


def nobody(_world: World, _week: int) -> Contacts:
    return Contacts.nobody()


def test_lists_that_ask_for_nobody_change_nothing() -> None:
    settings = SimulationSettings(clients=400, weeks=30, seed=2)
    causes = Causes(settings)
    oracle, piece = Oracle(settings, causes), pieces(settings)[0]
    without = piece_tables(settings, causes, oracle, piece)
    quiet = piece_tables(settings, causes, oracle, piece, nobody)

    assert quiet["contacts"]["list_id"].null_count == quiet["contacts"].num_rows
    assert "list_id" not in without["contacts"].column_names
    quiet["contacts"] = quiet["contacts"].drop_columns(["list_id"])
    assert all(table.equals(quiet[name]) for name, table in without.items())


def test_contacts_of_lists_stand_among_the_contacts_with_their_list() -> None:
    settings = SimulationSettings(clients=600, weeks=40, seed=2, **QUIET)  # type: ignore[arg-type]
    causes = Causes(settings)
    asked: list[Contacts] = []

    def noted(world: World, week: int) -> Contacts:
        asked.append(some(world, week))
        return asked[-1]

    contacts = piece_tables(settings, causes, Oracle(settings, causes), pieces(settings)[0], noted)["contacts"]
    listed = contacts.filter(pc.is_valid(contacts["list_id"])).to_pandas()

    assert len(asked) == settings.weeks - 1, "the last Sunday's week is beyond the window"
    known = sum(len(week.client) for week in asked)
    assert 0.97 * known <= len(listed) <= known, "but for what was entered after the last day"
    assert set(listed["topic"]) == {"retention"}
    assert set(listed["direction"]) == {"out"}
    assert set(contacts.filter(pc.is_null(contacts["list_id"]))["topic"].unique().to_pylist()).isdisjoint({"retention"})
    number = listed["client_id"].str[1:].astype(int)
    assert (listed["result"] == np.where(number % 4 > 0, "reached", "not_reached")).all()
    sundays = {
        f"W{week:03d}": settings.end_on.toordinal() - 7 * (settings.weeks - 1 - week) for week in range(settings.weeks)
    }
    after = listed["happened_on"].map(lambda day: day.toordinal()) - listed["list_id"].map(sundays)
    assert after.between(1, 5).all(), "from Monday to Friday after the list's Sunday"


def test_a_contact_leaves_the_state_of_a_visit_from_the_next_sunday_on() -> None:
    _, _, people, life = lived(some)
    assert life.contacts is not None
    week, client, met = (life.contacts[name] for name in ("week", "client", "met"))
    once = np.unique(client[(week == 1)])
    seen = (week == 1) & (life.phase[1, client] == BORROWS) & np.isin(client, once)

    assert not life.visited[0].any(), "on the Sunday itself nobody was visited yet"
    assert life.visited[1, client[seen & met]].mean() == pytest.approx(0.95, abs=0.08)
    assert not life.visited[1, client[seen & ~met]].any()
    assert people.count == life.visited.shape[1]


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ([5, 5], "0 of them not there and 1 named twice"),
        ([5, 9_999], "1 of them not there and 0 named twice"),
        ([-1], "1 of them not there"),
    ],
)
def test_a_list_that_cannot_be_is_refused(client: list[int], said: str) -> None:
    wrong = np.array(client)

    with pytest.raises(UsageError, match=said):
        lived(lambda _world, week: listing(wrong, wrong > 0, week), clients=400, weeks=26)


def test_within_reach_are_those_who_borrow_or_have_just_begun_to_rest() -> None:
    checked = 0

    def watching(world: World, week: int) -> Contacts:
        nonlocal checked
        here = within_reach(world, week)
        rested = week - world.ended
        assert here[world.phase == BORROWS].all()
        assert (rested[here & (world.phase != BORROWS)] <= 2).all()
        assert np.isin(world.phase[here], (BORROWS, RESTS)).all()
        checked += int((here & (world.phase == RESTS)).sum())
        return Contacts.nobody()

    lived(watching, clients=400, weeks=26)
    assert checked > 10


def test_the_state_told_while_the_piece_lives_is_the_one_written_down() -> None:
    told: dict[int, Moment] = {}

    def watching(world: World, week: int) -> Contacts:
        told[week] = Moment.now(world, week, np.flatnonzero(world.phase == BORROWS))
        return some(world, week)

    _, _, people, life = lived(watching)
    for week in (0, 7, 31, 58):
        after = Moment.lived(people, life, week, np.flatnonzero(life.phase[week] == BORROWS))
        for name, value in vars(told[week]).items():
            if name == "chains":
                assert all((state == after.chains[code]).all() for code, state in value.items())
            else:
                assert np.array_equal(value, getattr(after, name)), name


def test_a_contact_helps_the_helped_drives_others_away_and_leaves_the_rest_as_they_are() -> None:
    settings, causes, people, life = lived(some)
    who = np.flatnonzero(life.phase[50] == BORROWS)
    moment = Moment.lived(people, life, 50, who)
    without, met = Oracle(settings, causes).contacted_or_not(moment)
    change = met - without
    near = (without[:, 1] > 0.02) & (moment.visited == 0)

    assert (change[near & (moment.visit_class == HELPED), 1] < 0).all()
    assert (change[near & (moment.visit_class == DRIVEN_AWAY), 1] > 0).all()
    assert np.abs(change[moment.visit_class == 0]).max() < 1e-6
    assert np.abs(change[moment.visited == 1]).max() < 1e-6, "a second visit adds nothing while the first one lasts"
    assert (without[:, 0] <= without[:, 1] + 1e-9).all()
    assert min(np.bincount(moment.visit_class[near])) > 5


@pytest.mark.parametrize("met", [False, True])
def test_as_many_leave_with_and_without_a_contact_as_the_truth_says(met: bool) -> None:
    settings, causes, people, life = lived(
        lambda world, week: (
            listing(np.flatnonzero(world.phase == BORROWS), np.full(int((world.phase == BORROWS).sum()), met), week)
            if week == 20
            else Contacts.nobody()
        ),
        clients=9_000,
        weeks=50,
        helped=0.7,
        driven_away=0.0,
        deaths_per_year=0.0,
        transfers_per_year=0.0,
    )
    who = np.flatnonzero(life.phase[20] == BORROWS)
    told = Oracle(settings, causes).contacted_or_not(Moment.lived(people, life, 20, who))
    rows = life.decisions
    went = (np.asarray(rows["how"]) == WENT) & (np.asarray(rows["week"]) > 20) & (np.asarray(rows["week"]) <= 33)
    left = np.isin(who, np.asarray(rows["client"])[went]).sum()
    expected = told[int(met)][:, 1]
    spread = np.sqrt((expected * (1 - expected)).sum())

    assert left == pytest.approx(expected.sum(), abs=3.5 * spread)
    assert abs(told[1 - int(met)][:, 1].sum() - expected.sum()) > 4 * spread, "the two can be told apart"


@pytest.mark.parametrize(
    ("visible", "first_alone", "later_group"),
    [
        (0.0, (0.175, 0.37), (0.4375, 0.12)),
        (0.5, (0.0875, 0.585), (0.67375, 0.06)),
        (1.0, (0.0, 0.8), (0.91, 0.0)),
    ],
)
def test_how_far_lending_and_cycle_tell_whom_a_visit_helps_is_a_setting(
    visible: float, first_alone: tuple[float, float], later_group: tuple[float, float]
) -> None:
    settings = SimulationSettings(clients=12_000, seed=3, visible_effect=visible)
    people = populate(settings, pieces(settings)[0], np.random.default_rng(3))
    for cycle, lending, shares in ((0, 1, first_alone), (2, 0, later_group)):
        own = people.visit_class[cycle, people.lending == lending]
        # Half a sixth of the shares hangs on village or town, whose mix is drawn.
        loose = 0.02 + 0.15 * (1 - visible) * shares[0]
        assert (own == HELPED).mean() == pytest.approx(shares[0], abs=loose)
        assert (own == DRIVEN_AWAY).mean() == pytest.approx(shares[1], abs=0.02)
    assert (people.visit_class == people.visit_class[0]).all() == (visible == 0)
