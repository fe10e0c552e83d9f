"""Whom the rules keep from every list, whom they send to the desk, and who finds a place."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import drawn_weeks
import list_checker
import numpy as np
import pandas as pd
import pytest
from drawn_weeks import DrawnWeek
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from serving import barring, capacity, contact_times, protections, rules
from serving.barring import Barred
from serving.experiment import drawing, week_lots
from serving.experiment.drawing import Asking, Experiment
from serving.experiment.drawing import Drawn as DrawnLots
from serving.experiment.halting import Halted
from serving.experiment.lot import Arm, Lot
from serving.holds import Held, Hold, Reach
from serving.line import DESK
from serving.protections import Protection
from serving.rules import Choice, Route
from serving.score import Scores
from serving.settings import Settings

#: A Sunday; its lists are for Monday 1 July to Sunday 7 July.
AS_OF = date(2024, 6, 30)
DAY = timedelta(days=1)
WEEK = tuple(AS_OF + ahead * DAY for ahead in range(1, 8))

Drawn = Callable[[str], pd.DataFrame]
_FLAGS = ("opt_out", "cooling", "asked_enough", "gone", "about_staff")


@pytest.fixture
def choose(drawn: Drawn) -> Callable[..., Choice]:
    """Choose among drawn clients. What is not drawn is as harmless as can be: officer o1, risk 0.5, a loan open."""

    def choice(table: str, settings: Settings | None = None, last_week: str = "", **given: Any) -> Choice:
        rows = drawn(table)
        rows = rows.assign(**{name: None for name in _KNOWN if name not in rows})
        yes = {name: rows[name] == "yes" for name in _FLAGS}
        officer = rows["officer"].fillna("o1")
        people = pd.DataFrame(
            {
                "officer_id": officer,
                "officer_serves": officer != "-",
                "contact_opt_out": yes["opt_out"],
                "list_branch_id": rows["list_branch"].fillna(rows["branch"]),
                "branch_id": rows["branch"],
                "phone_ok": rows["phone"].map({"works": True, "dead": False}),
                "safe_to_call": rows["safe"].map({"yes": True, "no": False}),
                "meeting_weekday": rows["weekday"].astype("float"),
                "household_id": rows["household"],
                "group_id": rows["group"],
                "village": rows["village"],
                "hours_from": rows["from"],
                "hours_until": rows["until"],
            }
        ).set_axis(rows["client_id"], axis=0)
        stands = pd.DataFrame(
            {
                **{name: yes[name] for name in ("cooling", "asked_enough", "gone", "about_staff")},
                "complaint_since": pd.to_datetime(rows["complaint"]),
                "failed_tries": rows["failed"].fillna("0").astype("int"),
            }
        ).set_axis(rows["client_id"], axis=0)
        risk = rows["risk"].fillna("0.5").astype("float")
        band = pd.cut(risk, [-1, 0.12, 0.3, 2], right=False, labels=["low", "medium", "high"]).astype("str")
        rested = rows["rested"].astype("float")
        population = pd.DataFrame(
            {
                "client_id": rows["client_id"],
                "state": np.where(rested.isna(), "open", "resting"),
                "rests_since": pd.Timestamp(AS_OF) - pd.to_timedelta(rested, unit="D"),
            }
        )
        nothing: Any = SimpleNamespace()
        snapshot: Any = SimpleNamespace(population=population)
        table_of_scores = pd.DataFrame({"client_id": rows["client_id"], "band": band, "margin": risk, "risk": risk})
        before = None
        if last_week:
            before = drawn(last_week)
            before = before.assign(answered=before["answered"] == "yes", weeks=before["weeks"].astype("int"))
            before["owner"] = before.get("owner", "o1")
        helped = None
        if rows["helped"].notna().any():
            helped = rows.set_index("client_id")["helped"].fillna("0").astype("float")
        scores = Scores(AS_OF, "m", table_of_scores, snapshot, nothing, helped)
        return rules.choose(scores, people, stands, settings or Settings(), last_week=before, **given)

    return choice


_KNOWN = (
    *("officer", "risk", "rested", "branch", "list_branch", "village", "group", "household", "phone", "failed"),
    *("complaint", "safe", "weekday", "from", "until", "helped", *_FLAGS),
)


def lists(choice: Choice) -> dict[str, list[str]]:
    return {str(name): list(lines["client_id"]) for name, lines in choice.listed.groupby("list_of")}


def why(choice: Choice) -> dict[str, str]:
    return dict(zip(choice.barred["client_id"], choice.barred["barred"], strict=True))


def turns(choice: Choice) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in turn.items()} for turn in choice.turns.to_dict("records")]


def clients(drawn: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(turn["client_id"]) for turn in drawn]


def lot(
    held_out: Sequence[str] = (), share: float = 0.0, in_need: Sequence[str] = (), unit: str = "client"
) -> Experiment:
    """A lot that left out some already, and leaves out a share of those who come."""
    arms = {f"{unit}:{name}": Arm.HELD_OUT for name in held_out}
    return Experiment(Lot(b"seed", share), arms, in_need=lambda asked: set(asked) & set(in_need))


def line(choice: Choice, client: str) -> Mapping[str, Any]:
    (found,) = choice.listed[choice.listed["client_id"] == client].to_dict("records")
    return {str(name): value for name, value in found.items()}


def held(kind: Hold, reach: Reach, target: str) -> Held:
    return Held("h", kind, reach, target, AS_OF, None, "", None, "amina", datetime(2024, 6, 30, tzinfo=UTC))


# Nobody is listed whom a protection bars


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("opt_out", "yes", Barred.OPT_OUT),
        ("cooling", "yes", Barred.COOL_OFF),
        ("asked_enough", "yes", Barred.ASKED_ENOUGH),
        ("gone", "yes", Barred.GONE),
        ("rested", "15", Barred.RESTED),
        ("risk", "0.1", Barred.BELOW_BAND),
    ],
)
@pytest.mark.parametrize("complaint", ["", "2024-06-29"])
def test_whom_a_rule_bars_is_not_listed_and_the_desk_is_told_why(
    choose: Callable[..., Choice], column: str, value: str, code: Barred, complaint: str
) -> None:
    choice = choose(
        f"""
        client_id | complaint   | {column}
        ama       | {complaint} | {value}
        kofi      |             |
        """,
        Settings(lowest_band="medium"),
    )

    heard = bool(complaint) and code not in (Barred.OPT_OUT, Barred.GONE)
    assert lists(choice) == ({"o1": ["kofi"], DESK: ["ama"]} if heard else {"o1": ["kofi"]})
    assert why(choice) == ({} if heard else {"ama": code})


@pytest.mark.parametrize("kind", list(Hold))
@pytest.mark.parametrize(
    ("reach", "target", "spared"),
    [
        (Reach.CLIENT, "ama", {"kofi", "esi"}),
        (Reach.HOUSEHOLD, "h1", {"esi"}),
        (Reach.GROUP, "g1", {"kofi", "esi"}),
        (Reach.VILLAGE, "dry river", {"esi"}),
        (Reach.BRANCH, "b1", {"kofi"}),
    ],
)
def test_whom_a_hold_reaches_is_not_listed(
    choose: Callable[..., Choice], kind: Hold, reach: Reach, target: str, spared: set[str]
) -> None:
    table = """
        client_id | household | group | village   | branch
        ama       | h1        | g1    | Dry River | b1
        kofi      | h1        | g2    | DRY RIVER | b2
        esi       | h2        | g2    | Mill Lane | b1
    """
    choice = choose(table, held=[held(kind, reach, target)])

    assert {client for names in lists(choice).values() for client in names} == spared
    assert set(why(choice).values()) == {kind.value}


def test_the_first_reason_is_told_and_a_manager_sees_counts_alone(choose: Callable[..., Choice]) -> None:
    choice = choose(
        """
        client_id | branch | opt_out | cooling | gone
        ama       | b1     | yes     | yes     | yes
        kofi      | b1     | yes     | yes     |
        esi       | b1     |         | yes     |
        yaw       |        |         | yes     |
        """
    )

    assert why(choice) == {"ama": "gone", "esi": "cool_off", "kofi": "opt_out", "yaw": "cool_off"}
    assert barring.counts(choice.barred).to_dict("split")["data"] == [
        ["", "cool_off", 1],
        ["b1", "cool_off", 1],
        ["b1", "gone", 1],
        ["b1", "opt_out", 1],
    ]


@pytest.mark.parametrize("code", list(barring.BARS))
def test_every_protection_has_a_sentence(code: Barred) -> None:
    sentence = (barring.BARS[code].__doc__ or "").strip()

    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("code", [code for code in Barred if code not in barring.UNTOLD])
def test_the_desk_is_told_every_reason_in_words(code: Barred) -> None:
    assert barring.TOLD[code].endswith(".")
    assert len(set(barring.TOLD.values())) == len(Barred) - len(barring.UNTOLD)


def test_nobody_who_could_act_on_it_is_told_whom_the_lot_left_out(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=2), experiment=lot(["c1"]))

    assert Barred.HELD_OUT not in barring.TOLD
    assert barring.counts(choice.barred).to_dict("split")["data"] == [["", "no_room", 4]]


STOPPED = """
    client_id | risk | complaint
    ama       | 0.9  |
    esi       | 0.8  | 2024-06-25
    kofi      | 0.7  |
    yaw       | 0.2  |
"""


def test_of_a_part_whose_lists_stopped_only_complaints_and_need_are_heard_by_the_desk(
    choose: Callable[..., Choice],
) -> None:
    choice = choose(STOPPED, halted=Halted(frozenset({"high"}), lambda _: {"kofi"}))

    assert lists(choice) == {"desk": ["esi", "kofi"], "o1": ["yaw"]}
    assert line(choice, "kofi")["routed"] == ""


def test_nobody_is_told_of_whom_lists_stopped(choose: Callable[..., Choice]) -> None:
    choice = choose(STOPPED, halted=Halted(frozenset({"high"})))

    assert Barred.STOPPED not in barring.TOLD
    assert barring.counts(choice.barred).to_dict("split")["data"] == [["", "no_room", 2]]


def test_where_lists_began_again_half_are_left_out(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=2), experiment=replace(lot(share=0.1), again={"high"}))

    assert {turn["share"] for turn in turns(choice)} == {0.5}


# Holidays


@pytest.mark.parametrize(
    ("holidays", "listed"),
    [
        ({}, {"o1": ["ama"], "o2": ["kofi"], DESK: ["esi"]}),
        ({"b1": WEEK[:6]}, {"o1": ["ama"], "o2": ["kofi"], DESK: ["esi"]}),
        ({"b1": WEEK}, {"o2": ["kofi"], DESK: ["esi"]}),
        ({"all": WEEK[:3], "b1": WEEK[3:]}, {"o2": ["kofi"], DESK: ["esi"]}),
        ({"b3": WEEK}, {"o1": ["ama"], DESK: ["esi"]}),
        ({"all": WEEK}, {}),
    ],
    ids=["none", "open on one day", "closed", "closed by both", "the officer's branch is closed", "all closed"],
)
def test_a_branch_that_is_closed_all_week_gets_no_list(
    choose: Callable[..., Choice], holidays: dict[str, tuple[date, ...]], listed: dict[str, list[str]]
) -> None:
    choice = choose(
        """
        client_id | officer | branch | list_branch | complaint
        ama       | o1      | b1     | b1          |
        kofi      | o2      | b2     | b3          |
        esi       | o1      | b1     | b1          | 2024-06-20
        """,
        Settings(holidays=holidays),
    )

    assert lists(choice) == listed
    assert set(why(choice).values()) <= {Barred.BRANCH_CLOSED}


@pytest.mark.parametrize(
    ("holidays", "days"),
    [
        ({}, [WEEK[0], WEEK[6], None]),
        ({"b1": (WEEK[0],)}, [None, WEEK[6], None]),
        ({"b2": (WEEK[0],)}, [WEEK[0], WEEK[6], None]),
        ({"b3": (WEEK[6],)}, [WEEK[0], None, None]),
        ({"all": (WEEK[0], WEEK[6])}, [None, None, None]),
        ({"all": (AS_OF, WEEK[6] + DAY)}, [WEEK[0], WEEK[6], None]),
    ],
)
def test_the_meeting_shown_is_never_on_a_holiday(
    choose: Callable[..., Choice], holidays: dict[str, tuple[date, ...]], days: list[date | None]
) -> None:
    choice = choose(
        """
        client_id | branch | list_branch | weekday
        ama       | b1     | b1          | 1
        kofi      | b1     | b3          | 7
        yaw       | b1     | b1          |
        """,
        Settings(holidays=holidays),
    )

    assert [line(choice, client)["meeting_on"] for client in ("ama", "kofi", "yaw")] == days


# Hours and calls


@pytest.mark.parametrize(
    ("first", "last", "safe", "told"),
    [
        ("", "", "", (True, "", "")),
        ("", "", "yes", (True, "", "")),
        ("", "", "no", (False, "", "")),
        ("10:00", "12:00", "", (True, "10:00", "12:00")),
        ("10:00", "12:00", "no", (False, "10:00", "12:00")),
        ("07:00", "21:00", "", (True, "09:00", "18:00")),
        ("16:30", "", "", (True, "16:30", "18:00")),
        ("", "09:01", "", (True, "09:00", "09:01")),
        ("", "09:00", "", (False, "", "")),
        ("18:00", "20:00", "", (False, "", "")),
        ("12:00", "10:00", "", (False, "", "")),
        ("evening", "", "", (False, "", "")),
        ("9:30", "", "", (False, "", "")),
    ],
)
def test_a_client_is_called_in_her_own_hours_within_the_mfis_or_not_at_all(
    choose: Callable[..., Choice], first: str, last: str, safe: str, told: tuple[bool, str, str]
) -> None:
    choice = choose(
        f"""
        client_id | from    | until  | safe
        ama       | {first} | {last} | {safe}
        """,
        Settings(contact_from=time(9), contact_until=time(18)),
    )

    found = line(choice, "ama")
    assert (found["may_call"], found["call_from"], found["call_until"]) == told


# Routing


@pytest.mark.parametrize(
    ("complaint", "staff", "phone", "failed", "officer", "codes"),
    [
        ("", "", "works", "9", "o1", []),
        ("", "", "", "9", "o1", []),
        ("", "", "dead", "1", "o1", []),
        ("", "", "dead", "2", "o1", [Route.UNREACHABLE]),
        ("", "", "dead", "2", "-", [Route.UNREACHABLE, Route.NO_OFFICER]),
        ("", "", "works", "0", "-", [Route.NO_OFFICER]),
        ("2024-06-30", "", "works", "0", "o1", [Route.COMPLAINT]),
        ("2024-06-30", "yes", "works", "0", "o1", [Route.COMPLAINT, Route.CONDUCT]),
        ("", "yes", "works", "0", "o1", []),
        ("2024-06-30", "yes", "dead", "2", "-", list(Route)),
    ],
)
def test_the_desk_gets_what_is_not_the_officers_and_is_told_why(
    choose: Callable[..., Choice], complaint: str, staff: str, phone: str, failed: str, officer: str, codes: list[Route]
) -> None:
    choice = choose(
        f"""
        client_id | complaint   | about_staff | phone   | failed   | officer
        ama       | {complaint} | {staff}     | {phone} | {failed} | {officer}
        """,
        Settings(unreached_to_desk=2),
    )

    assert lists(choice) == {DESK if codes else "o1": ["ama"]}
    assert line(choice, "ama")["routed"].split() == codes


def test_a_complaint_leaves_no_trace_on_the_officers_list(choose: Callable[..., Choice]) -> None:
    """Ama's place goes to the next client, as if Ama were another officer's."""
    table = """
        client_id | risk | complaint   | about_staff
        ama       | 0.9  | {complaint} | yes
        kofi      | 0.8  |             |
        esi       | 0.7  |             |
        yaw       | 0.6  |             |
    """
    choice = choose(table.format(complaint="2024-06-01"), Settings(list_length=2))

    assert lists(choice) == {"o1": ["kofi", "esi"], DESK: ["ama"]}
    assert why(choice) == {"yaw": Barred.NO_ROOM}


def test_complaints_open_for_long_come_first_the_oldest_on_top(choose: Callable[..., Choice]) -> None:
    choice = choose(
        """
        client_id | risk | complaint  | officer
        ama       | 0.9  |            | -
        kofi      | 0.8  | 2024-06-23 | o1
        esi       | 0.2  | 2024-06-22 | o1
        yaw       | 0.3  | 2024-06-22 | o1
        abena     | 0.9  | 2024-06-30 | o1
        kojo      | 0.1  | 2024-05-01 | o1
        """,
        Settings(complaint_days=7),
    )

    assert lists(choice) == {DESK: ["kojo", "yaw", "esi", "abena", "kofi", "ama"]}
    assert list(choice.listed["rank"]) == [1, 2, 3, 4, 5, 6]


# Places

FIVE = """
    client_id | risk | officer | branch | household | group
    ama       | 0.9  | o1      | b1     | h1        | g1
    kofi      | 0.8  | o1      | b1     | h1        | g2
    esi       | 0.7  | o2      | b1     | h1        |
    yaw       | 0.6  | o2      | b2     |           | g1
    abena     | 0.5  | o2      | b2     |           |
"""


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        ({}, {"o1": ["ama", "kofi"], "o2": ["esi", "yaw", "abena"]}),
        ({"list_length": 1}, {"o1": ["ama"], "o2": ["esi"]}),
        ({"capacity": {"o1": 0, "o2": 2}}, {"o2": ["esi", "yaw"]}),
        ({"list_length": 1, "capacity": {"o2": 3}}, {"o1": ["ama"], "o2": ["esi", "yaw", "abena"]}),
        ({"count_once": "household"}, {"o1": ["ama"], "o2": ["yaw", "abena"]}),
        ({"count_once": "group"}, {"o1": ["ama", "kofi"], "o2": ["esi", "abena"]}),
        ({"count_once": "household", "list_length": 1}, {"o1": ["ama"], "o2": ["yaw"]}),
    ],
)
def test_a_list_has_the_officers_places_and_counts_once_what_the_mfi_counts_once(
    choose: Callable[..., Choice], given: dict[str, Any], listed: dict[str, list[str]]
) -> None:
    assert lists(choose(FIVE, Settings(**given))) == listed


def test_who_is_stood_for_by_another_is_told_so(choose: Callable[..., Choice]) -> None:
    assert why(choose(FIVE, Settings(count_once="household"))) == {"esi": "counted_once", "kofi": "counted_once"}


@pytest.mark.parametrize(
    ("capacity", "held_out", "listed", "told"),
    [
        ({"o1": 0}, "", {"o2": ["kofi"]}, ["no_room", "counted_once", None]),
        ({"o1": 0, "o2": 0}, "", {}, ["no_room", "no_room", "no_room"]),
        ({"o1": 1}, "", {"o1": ["ama"]}, [None, "counted_once", "counted_once"]),
        ({}, "h1", {}, ["held_out", "held_out", "held_out"]),
        ({}, "h2", {"o1": ["ama"]}, [None, "counted_once", "counted_once"]),
    ],
    ids=["next", "no room at all", "first", "the household is held out", "another household is held out"],
)
def test_where_the_first_of_a_household_finds_no_room_the_next_stands(
    choose: Callable[..., Choice],
    capacity: dict[str, int],
    held_out: str,
    listed: dict[str, list[str]],
    told: list[str | None],
) -> None:
    table = """
        client_id | risk | officer | household
        ama       | 0.9  | o1      | h1
        kofi      | 0.8  | o2      | h1
        esi       | 0.7  | o2      | h1
    """
    settings = Settings(count_once="household", capacity=capacity)
    choice = choose(table, settings, experiment=lot([held_out], unit="household"))

    assert lists(choice) == listed
    assert [why(choice).get(client) for client in ("ama", "esi", "kofi")] == told


def test_who_steps_in_for_a_household_takes_the_place_of_somebody_less_at_risk_and_so_on(
    choose: Callable[..., Choice],
) -> None:
    choice = choose(
        """
        client_id | risk | officer | household
        ama       | 0.9  | o1      | h1
        kofi      | 0.8  | o2      | h1
        esi       | 0.7  | o2      | h2
        yaw       | 0.6  | o3      | h2
        abena     | 0.5  | o3      |
        """,
        Settings(count_once="household", list_length=1, capacity={"o1": 0}),
    )

    assert lists(choice) == {"o2": ["kofi"], "o3": ["yaw"]}
    assert why(choice) == dict.fromkeys(("abena", "ama", "esi"), "no_room")


def test_a_member_who_is_barred_stands_for_nobody(choose: Callable[..., Choice]) -> None:
    choice = choose(
        """
        client_id | risk | household | opt_out | complaint
        ama       | 0.9  | h1        | yes     |
        kofi      | 0.8  | h1        |         | 2024-06-20
        esi       | 0.7  | h1        |         |
        """,
        Settings(count_once="household"),
    )

    assert lists(choice) == {"o1": ["esi"], DESK: ["kofi"]}


SIX = """
    client_id | risk
    c1        | 0.9
    c2        | 0.8
    c3        | 0.7
    c4        | 0.6
    c5        | 0.5
    c6        | 0.4
"""


@pytest.mark.parametrize(
    ("last_week", "weeks", "length", "listed", "kept"),
    [
        (["c6 | no | 1"], 1, 4, ["c1", "c2", "c3", "c6"], ["c6"]),
        (["c6 | yes | 1"], 1, 4, ["c1", "c2", "c3", "c4"], []),
        (["c6 | no | 2"], 1, 4, ["c1", "c2", "c3", "c4"], []),
        (["c6 | no | 2"], 2, 4, ["c1", "c2", "c3", "c6"], ["c6"]),
        (["c6 | no | 1"], 0, 4, ["c1", "c2", "c3", "c4"], []),
        (["c4 | no | 1", "c5 | no | 1", "c6 | no | 1"], 1, 4, ["c1", "c2", "c4", "c5"], ["c4", "c5"]),
        (["c5 | no | 1", "c6 | no | 1"], 1, 3, ["c1", "c2", "c5"], ["c5"]),
        (["c6 | no | 1"], 1, 1, ["c1"], []),
        (["c1 | no | 1", "c2 | no | 3"], 1, 4, ["c1", "c2", "c3", "c4"], ["c1"]),
    ],
)
def test_a_line_without_an_answer_keeps_its_place_for_a_while_up_to_half_of_the_list(
    choose: Callable[..., Choice], last_week: list[str], weeks: int, length: int, listed: list[str], kept: list[str]
) -> None:
    rows = "\n".join(["client_id | answered | weeks", *last_week])

    choice = choose(SIX, Settings(list_length=length, carry_over_weeks=weeks), last_week=rows)

    assert lists(choice) == {"o1": listed}
    assert list(choice.listed.loc[choice.listed["kept_place"], "client_id"]) == kept
    silent = {row.split()[0] for row in last_week if " no " in row}
    assert set(choice.listed.loc[choice.listed["carried_over"], "client_id"]) == silent & set(listed)


@pytest.mark.parametrize(
    ("owner", "officer", "complaint", "carried"),
    [
        ("o1", "o1", "", {"o1": ["c6"]}),
        (DESK, "o1", "", {}),
        ("o2", "o1", "", {}),
        ("o1", "o1", "2024-06-20", {}),
        (DESK, "o1", "2024-06-20", {DESK: ["c6"]}),
        ("o1", "-", "", {}),
    ],
    ids=["the officer's", "was the desk's", "was another's", "is the desk's now", "the desk's", "has no officer now"],
)
def test_nobody_is_told_that_a_client_stood_on_anothers_list(
    choose: Callable[..., Choice], owner: str, officer: str, complaint: str, carried: dict[str, list[str]]
) -> None:
    choice = choose(
        f"""
        client_id | risk | officer   | complaint
        c1        | 0.9  | o1        |
        c6        | 0.4  | {officer} | {complaint}
        """,
        last_week=f"client_id | owner | answered | weeks\nc6 | {owner} | no | 1",
    )

    told = choice.listed[choice.listed["carried_over"]]
    assert {str(name): list(lines["client_id"]) for name, lines in told.groupby("list_of")} == carried
    assert set(choice.listed.loc[choice.listed["kept_place"], "client_id"]) <= set(told["client_id"])


def test_who_stood_on_the_desks_list_last_week_keeps_no_place_on_an_officers(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=4), last_week="client_id | owner | answered | weeks\nc6 | desk | no | 1")

    assert lists(choice) == {"o1": ["c1", "c2", "c3", "c4"]}


def test_who_was_asked_last_week_and_is_barred_now_keeps_no_place(choose: Callable[..., Choice]) -> None:
    table = SIX.replace("risk", "risk | cooling").replace("0.4", "0.4 | yes").replace("0.5", "0.5 |")
    for risk in ("0.6", "0.7", "0.8", "0.9"):
        table = table.replace(risk, f"{risk} |")

    choice = choose(table, Settings(list_length=4), last_week="client_id | answered | weeks\nc6 | no | 1")

    assert lists(choice) == {"o1": ["c1", "c2", "c3", "c4"]}


@pytest.mark.parametrize(
    ("seen", "listed"),
    [
        ({}, ["c1", "c2", "c3", "c4"]),
        ({"gone": "o1"}, ["c1", "c2", "c3"]),
        ({"c1": "o1", "gone": "o1"}, ["c1", "c2"]),
        ({"a": "o2", "b": DESK}, ["c1", "c2", "c3", "c4"]),
        (dict.fromkeys("abcdefgh", "o1"), []),
    ],
    ids=["first draw", "one was seen", "one of two is asked for again", "others' lists", "the week is used up"],
)
def test_a_second_draw_of_a_week_asks_for_no_more_than_there_is_time_for(
    choose: Callable[..., Choice], seen: dict[str, str], listed: list[str]
) -> None:
    choice = choose(SIX, Settings(list_length=4), seen=seen)

    assert lists(choice).get("o1", []) == listed


DESK_OF_THREE_BRANCHES = """
    client_id | risk | officer | branch
    a1        | 0.99 | -       | big
    a2        | 0.98 | -       | big
    a3        | 0.97 | -       | big
    a4        | 0.96 | -       | big
    b1        | 0.50 | -       | small
    b2        | 0.40 | -       | small
    c1        | 0.30 | -       |
"""


@pytest.mark.parametrize(
    ("floor", "length", "listed"),
    [
        (0, 3, ["a1", "a2", "a3"]),
        (1, 4, ["a1", "a2", "b1", "c1"]),
        (2, 5, ["a1", "a2", "b1", "b2", "c1"]),
        (2, 6, ["a1", "a2", "a3", "b1", "b2", "c1"]),
        (2, 4, ["a1", "a2", "b1", "c1"]),
        (9, 2, ["a1", "b1"]),
    ],
)
def test_no_small_branch_is_starved_on_the_desks_list(
    choose: Callable[..., Choice], floor: int, length: int, listed: list[str]
) -> None:
    choice = choose(DESK_OF_THREE_BRANCHES, Settings(desk_floor=floor, desk_length=length))

    assert lists(choice) == {DESK: listed}


def test_who_is_left_out_by_lot_takes_no_place_and_the_next_one_finds_it(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=2), experiment=lot(["c1", "c6"]))

    assert lists(choice) == {"o1": ["c2", "c3"]}
    assert why(choice) == {**dict.fromkeys(("c1", "c6"), "held_out"), **dict.fromkeys(("c4", "c5"), "no_room")}


def test_whoever_would_find_a_place_takes_a_turn_and_nobody_else(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=2), experiment=lot(["c1"]))

    assert [(turn["client_id"], turn["place"], turn["arm"]) for turn in turns(choice)] == [
        ("c2", 0, "listed"),
        ("c3", 1, "listed"),
    ]


def test_where_everybody_is_listed_nobody_is_left_out_for_she_would_be_missed(choose: Callable[..., Choice]) -> None:
    choice = choose(SIX, Settings(list_length=10), experiment=lot(share=0.5))

    assert lists(choice) == {"o1": ["c1", "c2", "c3", "c4", "c5", "c6"]}
    assert turns(choice) == []


@pytest.mark.parametrize(("length", "most"), [(5, 0), (4, 1), (2, 2), (1, 2)])
def test_as_many_others_are_left_off_a_list_as_were_left_out_by_lot(
    choose: Callable[..., Choice], length: int, most: int
) -> None:
    everybody_out = Experiment(Told({("/high", place): Arm.HELD_OUT for place in range(9)}))

    choice = choose(SIX, Settings(list_length=length), experiment=everybody_out)

    assert Counter(why(choice).values())["held_out"] == most
    assert len(lists(choice)["o1"]) == length


def test_a_line_that_had_no_answer_is_not_taken_away_by_lot(choose: Callable[..., Choice]) -> None:
    last_week = """
        client_id | answered | weeks
        c1        |          | 1
        c2        |          | 2
    """
    choice = choose(SIX, Settings(list_length=2), last_week, experiment=lot(["c1", "c2"]))

    assert lists(choice) == {"o1": ["c1", "c3"]}


def test_who_is_in_need_or_complains_is_listed_whatever_the_lot_said_and_takes_no_turn(
    choose: Callable[..., Choice],
) -> None:
    table = """
        client_id | risk | complaint
        ama       | 0.9  |
        esi       | 0.8  | 2024-06-25
        kofi      | 0.7  |
    """
    choice = choose(table, experiment=lot(["ama", "esi", "kofi"], in_need=["ama"]))

    assert lists(choice) == {"desk": ["esi"], "o1": ["ama"]}
    assert turns(choice) == []


def test_nobody_is_drawn_where_there_is_no_lot(choose: Callable[..., Choice]) -> None:
    assert turns(choose(SIX)) == []


@limits(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_whether_somebody_is_drawn_does_not_hang_on_her_own_arm(seed: int) -> None:
    week = drawn_weeks.draw(seed, 30)
    if week.lot is None:
        return
    drawn = turns(rules.choose(**week.frames()))
    for number, turn in enumerate(drawn):
        said = {(each["stratum"], each["place"]): Arm(each["arm"]) for each in drawn}
        other = Arm.LISTED if turn["arm"] == Arm.HELD_OUT else Arm.HELD_OUT
        frames = week.frames()
        told = Told(said | {(turn["stratum"], turn["place"]): other})
        frames["experiment"] = replace(frames["experiment"], lot=told)

        again = turns(rules.choose(**frames))

        assert clients(again)[: number + 1] == clients(drawn)[: number + 1]


class Told(Lot):
    """A lot that says what it is told to say."""

    def __init__(self, said: Mapping[tuple[str, int], Arm]) -> None:
        super().__init__(b"", 0.0)
        object.__setattr__(self, "said", said)

    def arm(self, stratum: str, place: int) -> Arm:
        said: Mapping[tuple[str, int], Arm] = getattr(self, "said")  # noqa: B009
        return said.get((stratum, place), Arm.LISTED)


def test_clients_of_another_book_are_refused(choose: Callable[..., Choice]) -> None:
    week = drawn_weeks.draw(1, 5)
    frames = week.frames()

    with pytest.raises(ValueError, match="another book"):
        rules.choose(**frames | {"people": frames["people"].iloc[1:]})


def test_what_the_book_does_not_say_bars_nobody() -> None:
    frames = drawn_weeks.draw(2, 12).frames()
    known = ["officer_id", "officer_serves", "contact_opt_out"]

    choice = rules.choose(**frames | {"people": frames["people"][known], "held": []})

    assert choice.listed["may_call"].all()
    assert choice.listed["meeting_on"].isna().all()


# No list ever breaks a rule


def broken(week: DrawnWeek, frames: dict[str, Any] | None = None) -> set[str]:
    choice = rules.choose(**frames or week.frames())
    return list_checker.breaches(week, drawn_weeks.printed(week, choice), why(choice), turns(choice))


@pytest.mark.parametrize("clients", [4, 12, 25, 40])
def test_no_list_ever_breaks_a_rule(clients: int) -> None:
    """Two thousand drawn weeks, each judged by a slow checker written from the sentences."""

    @limits(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**32), fewer=st.integers(0, clients // 3))
    def keeps_every_rule(seed: int, fewer: int) -> None:
        assert broken(drawn_weeks.draw(seed, clients - fewer)) == set()

    keeps_every_rule()


@limits(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), order=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(seed: int, order: int) -> None:
    frames = drawn_weeks.draw(seed, 25).frames()
    scores = frames["scores"]
    mixed = {name: frames[name].sample(frac=1, random_state=order) for name in ("people", "stands", "last_week")}
    table = scores.table.sample(frac=1, random_state=order)

    once = rules.choose(**frames)
    again = rules.choose(**frames | mixed | {"scores": replace(scores, table=table)})

    pd.testing.assert_frame_equal(once.listed, again.listed)
    pd.testing.assert_frame_equal(once.barred, again.barred)


# Each protection is missed where it is taken away


def nobody(week: barring.Week) -> barring.Mask:
    return np.zeros(len(week.client_id), dtype=bool)


def without_bar(code: Barred) -> tuple[object, str, object]:
    return barring, "BARS", {**barring.BARS, code: nobody}


#: What bars nobody with an open complaint, and its flag.
HEARD = {Barred.COOL_OFF: "cooling", Barred.ASKED_ENOUGH: "asked_enough"}


def barring_complaints(code: Barred) -> tuple[object, str, object]:
    return barring, "BARS", {**barring.BARS, code: lambda week: week.true[HEARD[code]]}


def without_route(code: Route) -> tuple[object, str, object]:
    return rules, "ROUTES", {**rules.ROUTES, code: nobody}


def advising(**changes: Any) -> tuple[object, str, object]:
    advise = protections.advise

    def blind(drivers: list[str], protection: Protection) -> protections.Advice:
        return advise(drivers, replace(protection, **changes))

    return drawn_weeks, "advise", blind


def reading(
    less: Callable[[dict[str, Any], list[str]], tuple[dict[str, Any], list[str]]],
) -> tuple[object, str, object]:
    class Blind(Protection):
        @classmethod
        def of(cls, row: Any, weigh: Any, settings: Any) -> Protection:
            return Protection.of(*less(row, weigh), settings)

    return drawn_weeks, "Protection", Blind


def whosever_list(week: barring.Week, list_of: barring.Texts, last_week: pd.DataFrame) -> Any:
    silent = last_week[~last_week["answered"].astype(bool)]
    found = barring.among(week.client_id, list(silent["client_id"]))
    return found, found


def expecting_nobody(**given: Any) -> Asking:
    asking = Asking(**given)
    return replace(asking, expected=np.zeros_like(asking.expected))


def forgetting_turns(asking: Asking, experiment: Experiment, placing: drawing.Placing) -> DrawnLots:
    return drawing.draw(asking, replace(experiment, taken={}), placing)


def on_any_day(as_of: date, weekday: float | None, _closed: frozenset[date]) -> date | None:
    return None if weekday is None else as_of + (int(weekday) - 1) % 7 * DAY + DAY


#: What is taken away, and the sentence that is then broken.
TAKEN_AWAY: dict[str, tuple[tuple[object, str, object], str]] = {
    **{f"bar {code.value}": (without_bar(code), code.value) for code in barring.BARS},
    **{f"complaint in spite of {code.value}": (barring_complaints(code), "heard") for code in HEARD},
    **{f"route {code.value}": (without_route(code), code.value) for code in rules.ROUTES},
    "places": ((capacity, "room", lambda asked, _: np.full(len(asked.list_of), 99)), "capacity"),
    "places used by an earlier draw": ((rules, "_used", lambda _: {}), "capacity"),
    "counted once": (
        (capacity, "stood_for_by_another", lambda counted: np.zeros(len(counted), dtype=bool)),
        "counted_once",
    ),
    "the next of a household": ((capacity, "another_may_stand", lambda *_: False), "told_why"),
    "benefit before risk": ((rules, "priority", lambda table, *_: table["margin"].to_numpy()), "in_order"),
    "carry-over": (
        (capacity, "keeps_a_place", lambda asked, _: np.zeros(len(asked.list_of), dtype=bool)),
        "kept_ahead",
    ),
    "what stood on another's list": ((rules, "_unanswered", whosever_list), "carried"),
    "half for new lines": ((capacity, "keeps_a_place", lambda asked, _: asked.before), "carried"),
    "floor of small branches": ((capacity, "in_turn", lambda asked, *_: np.arange(len(asked.list_of))), "fair_desk"),
    "old complaints first": ((rules, "_in_order", lambda listed, *_: listed), "in_order"),
    "who was left out before": ((drawing, "_held_out", lambda _: []), "left_out"),
    "a turn for everybody": ((week_lots, "drawn", lambda _w, _s, asks, *_: DrawnLots(asks < 0)), "everybody_drawn"),
    "turns taken in earlier weeks": ((week_lots, "draw", forgetting_turns), "in_turn"),
    "others left off besides": ((Asking, "hiding", lambda asking, *_: dict.fromkeys(asking.list_of, 99)), "hidden"),
    "a line that is waited for": ((week_lots, "Asking", expecting_nobody), "told_why"),
    "lists that stopped": ((rules, "halt", lambda _, list_of, left_out, __: (list_of, left_out)), "stopped"),
    "holidays": ((contact_times, "meeting_day", on_any_day), "holidays"),
    "quiet hours": ((contact_times, "calling_hours", lambda *_: ("00:00", "23:59")), "quiet_hours"),
    "safe to call": ((contact_times, "safe_to_call", lambda _: True), "safe_to_call"),
    "no action by call": (advising(no_call=False), "no_call"),
    "complaint before offer": (advising(complaint=False), "grievance_first"),
    "complaint about staff": (advising(about_staff=False), "grievance_first"),
    "arrears before offer": (advising(in_arrears=False), "in_arrears"),
    "debt before offer": (advising(over_indebted=False), "over_indebted"),
    "debt that is not spoken of": (reading(lambda row, weigh: (row, weigh[:2])), "over_indebted"),
    "written off before offer": (reading(lambda row, weigh: ({**row, "written_off": False}, weigh)), "in_arrears"),
}


@cache
def some_weeks() -> list[tuple[DrawnWeek, dict[str, Any]]]:
    weeks = [drawn_weeks.draw(seed, 30) for seed in range(200)]
    return [(week, week.frames()) for week in weeks]


@pytest.mark.parametrize("protection", TAKEN_AWAY)
def test_a_protection_that_is_taken_away_is_missed(protection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (module, name, instead), sentence = TAKEN_AWAY[protection]
    monkeypatch.setattr(module, name, instead)

    def breached() -> Iterator[bool]:
        for week, frames in some_weeks():
            yield sentence in broken(week, frames)

    assert any(breached()), f"nothing notices that {protection!r} is gone"


def test_every_sentence_of_the_checker_is_broken_by_some_protection_taken_away_or_by_none() -> None:
    guarded = {sentence for _, sentence in TAKEN_AWAY.values()}

    # What is left are sentences about the lists as a whole, which no single protection stands for.
    assert {*list_checker.NEVER_LISTED, *list_checker.SENTENCES} - guarded == {"once", "by_turn", "full"}


# Who is helped, where that is measured


def test_places_go_by_who_is_helped_and_nobody_is_listed_whom_a_contact_would_drive_away(
    choose: Callable[..., Choice],
) -> None:
    choice = choose(
        """
        client_id | risk | helped
        ama       | 0.9  | -0.01
        esi       | 0.8  | 0.02
        kofi      | 0.2  | 0.07
        yaw       | 0.1  | 0
        """,
        Settings(list_length=4),
    )

    assert lists(choice) == {"o1": ["kofi", "esi", "yaw"]}
    assert why(choice) == {"ama": Barred.NOT_HELPED}


def test_an_open_complaint_is_heard_even_where_a_contact_may_drive_her_away(choose: Callable[..., Choice]) -> None:
    choice = choose(
        """
        client_id | helped | complaint
        ama       | -0.5   | 2024-06-01
        esi       | 0.1    |
        """
    )

    assert lists(choice) == {DESK: ["ama"], "o1": ["esi"]}


def test_nobody_is_left_alone_by_a_guess_where_it_is_not_measured(choose: Callable[..., Choice]) -> None:
    assert lists(choose("client_id | risk\nama | 0.01")) == {"o1": ["ama"]}
