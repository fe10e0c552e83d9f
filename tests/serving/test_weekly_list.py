"""Whom the lists name. Scores are given here, so that only rules, ranks and words are at work."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from features.book import Book
from features.drivers import Action
from serving import weekly_list
from serving.experiment.drawing import Experiment
from serving.experiment.kept import InNeed
from serving.experiment.lot import Arm, Lot
from serving.line import COMPLAINT_ALONE, DESK, NO_REASON, REASONS_MISSING, Line, OfficerList, Said, Words
from serving.protections import PROTECTIVE, SPEAKS_OF_A_LOAN
from serving.score import Scores, band
from serving.settings import LIST_CAP, Settings
from serving.weekly_list import draw, list_id

AS_OF = date(2024, 6, 30)
CLIENTS = """
    client_id | joined_on  | officer_id | branch_id | contact_opt_out | meeting_weekday
    ----------+------------+------------+-----------+-----------------+----------------
    ama       | 2023-01-01 | o1         | b1        | false           | 2
    kofi      | 2023-01-01 | o1         | b1        |                 |
    esi       | 2023-01-01 | o2         | b1        | false           | 7
    yaw       | 2023-01-01 |            | b1        | false           |
"""
LOANS = """
    loan_id | client_id | disbursed_on | amount | due_on
    --------+-----------+--------------+--------+-----------
    1       | ama       | 2024-01-01   | 100    | 2024-08-01
    2       | kofi      | 2024-01-01   | 100    | 2024-08-01
    3       | esi       | 2024-01-01   | 100    | 2024-08-01
    4       | yaw       | 2024-01-01   | 100    | 2024-08-01
"""
RISKS = {"ama": 0.5, "kofi": 0.4, "esi": 0.3, "yaw": 0.2}


def scores(risks: Mapping[str, float], settings: Settings, rests: Mapping[str, date] | None = None) -> Scores:
    """Scores with a margin that ranks like the risk; nothing else of a model is needed to draw lists."""
    clients = sorted(risks)
    values = pd.Series([risks[client] for client in clients])
    table = pd.DataFrame({"client_id": clients, "margin": values, "risk": values, "band": band(values, settings)})
    since = pd.Series([(rests or {}).get(client) for client in clients], dtype="datetime64[us]")
    state = since.isna().map({True: "open", False: "resting"})
    population = pd.DataFrame({"client_id": clients, "state": state, "rests_since": since})
    nothing: Any = SimpleNamespace()
    snapshot: Any = SimpleNamespace(population=population)
    return Scores(AS_OF, "m", table, snapshot, nothing)


def silent(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
    return dict.fromkeys(client_ids, because("RNW-1"))


def because(driver: str) -> Words:
    """What is said where one driver stands out; of the figure only that there is one."""
    return Words((Said(driver, "loan_days_to_end", 21.0),), "")


def drawn_lists(
    book: Book, risks: Mapping[str, float] = RISKS, settings: Settings | None = None, **given: Any
) -> list[OfficerList]:
    chosen = settings or Settings()
    scored = scores(risks, chosen, given.pop("rests", None))
    with book.known(AS_OF) as known:
        return draw(known, book, scored, chosen, given.pop("speak", silent), **given)


def who(lists: Sequence[OfficerList]) -> dict[str, list[str]]:
    return {page.officer_id: [line.client_id for line in page.lines] for page in lists}


@pytest.fixture
def four(drawn_book: Callable[..., Book]) -> Callable[..., Book]:
    """The four clients above, and whatever else is drawn."""
    return lambda clients=CLIENTS, **tables: drawn_book(clients=clients, loans=LOANS, **tables)


def test_each_officer_gets_own_clients_by_risk_and_the_desk_those_without_an_officer(four: Callable[..., Book]) -> None:
    assert who(drawn_lists(four())) == {"o1": ["ama", "kofi"], "o2": ["esi"], DESK: ["yaw"]}


def test_a_list_is_as_long_as_the_setting_says(four: Callable[..., Book]) -> None:
    lists = drawn_lists(four(), settings=Settings(list_length=1))

    assert who(lists) == {"o1": ["ama"], "o2": ["esi"], DESK: ["yaw"]}


def test_equal_risks_are_ranked_by_client(four: Callable[..., Book]) -> None:
    lists = drawn_lists(four(), dict.fromkeys(RISKS, 0.3))

    assert who(lists)["o1"] == ["ama", "kofi"]


def test_bands_below_the_lowest_are_not_listed(four: Callable[..., Book]) -> None:
    lists = drawn_lists(four(), settings=Settings(lowest_band="high", band_high=0.35))

    assert who(lists) == {"o1": ["ama", "kofi"]}


@pytest.mark.parametrize(
    ("rested", "rest_days", "listed"),
    [(0, 14, True), (14, 14, True), (15, 14, False), (80, 14, False), (80, 90, True), (1, 0, False)],
)
def test_who_has_rested_for_longer_than_the_setting_is_not_asked_any_more(
    four: Callable[..., Book], rested: int, rest_days: int, listed: bool
) -> None:
    lists = drawn_lists(four(), settings=Settings(rest_days=rest_days), rests={"ama": AS_OF - timedelta(days=rested)})

    assert who(lists)["o1"] == (["ama", "kofi"] if listed else ["kofi"])


def test_an_open_complaint_is_listed_however_long_the_client_has_rested(four: Callable[..., Book]) -> None:
    book = four(
        complaints="""
            complaint_id | client_id | opened_on
            -------------+-----------+-----------
            1            | kofi      | 2024-04-10
        """
    )

    assert who(drawn_lists(book, rests={"kofi": date(2024, 4, 5)}))[DESK] == ["kofi", "yaw"]


def test_an_open_complaint_stays_on_the_desks_list_however_often_the_desk_has_called(
    four: Callable[..., Book],
) -> None:
    calls = "\n".join(f"{day} | ama | 2024-06-{day} | call | 2024-W25-desk | not_reached" for day in (18, 20, 25, 27))
    book = four(
        complaints="""
            complaint_id | client_id | opened_on  | about_officer
            -------------+-----------+------------+--------------
            1            | ama       | 2024-06-01 | o1
        """,
        contacts=f"contact_id | client_id | happened_on | kind | list_id | result\n{calls}",
    )

    (page,) = (page for page in drawn_lists(book) if page.officer_id == DESK)

    assert "ama" in [line.client_id for line in page.lines if line.card.open_complaint]


def test_who_opted_out_is_on_no_list(four: Callable[..., Book]) -> None:
    lists = drawn_lists(four(CLIENTS.replace("o1         | b1        | false", "o1         | b1        | true ")))

    assert who(lists)["o1"] == ["kofi"]


def test_a_complaint_goes_to_the_desk_and_first(four: Callable[..., Book]) -> None:
    book = four(
        complaints="""
            complaint_id | client_id | opened_on  | about_officer
            -------------+-----------+------------+--------------
            1            | kofi      | 2024-06-10 | o1
        """
    )
    lists = drawn_lists(book)

    assert who(lists) == {"o1": ["ama"], "o2": ["esi"], DESK: ["kofi", "yaw"]}
    line = lists[-1].lines[0]
    assert line.action == Action.INDEPENDENT_CALL
    assert line.card.open_complaint


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        (Words((), NO_REASON), COMPLAINT_ALONE),
        (Words((), REASONS_MISSING), REASONS_MISSING),
        (because("RNW-1"), ""),
    ],
)
def test_who_is_listed_for_a_complaint_alone_is_said_to_be(four: Callable[..., Book], spoken: Words, said: str) -> None:
    book = four(
        complaints="""
            complaint_id | client_id | opened_on
            -------------+-----------+-----------
            1            | esi       | 2024-06-01
        """
    )

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        return dict.fromkeys(client_ids, spoken)

    (esi, yaw) = drawn_lists(book, speak=speak)[-1].lines

    assert (esi.client_id, esi.reasons, esi.reasons_note) == ("esi", spoken.reasons, said)
    assert (yaw.client_id, yaw.reasons, yaw.reasons_note) == ("yaw", spoken.reasons, spoken.reasons_note)


def test_complaints_do_not_take_room_from_others_on_the_desks_list(four: Callable[..., Book]) -> None:
    book = four(
        complaints="""
            complaint_id | client_id | opened_on
            -------------+-----------+-----------
            1            | kofi      | 2024-06-10
            2            | esi       | 2024-06-10
        """
    )

    assert who(drawn_lists(book, settings=Settings(desk_length=1)))[DESK] == ["kofi", "esi", "yaw"]


def test_clients_of_an_officer_who_left_go_to_the_desk(four: Callable[..., Book]) -> None:
    book = four(
        officers="""
            officer_id | name  | branch_id | to_on
            -----------+-------+-----------+-----------
            o1         | Amina | b1        | 2024-06-29
            o2         | Baba  | b1        | 2024-06-30
        """,
        branches="""
            branch_id | name
            ----------+------
            b1        | North
        """,
    )
    lists = drawn_lists(book)

    assert who(lists) == {"o2": ["esi"], DESK: ["ama", "kofi", "yaw"]}
    assert (lists[0].officer_name, lists[0].branch_name) == ("Baba", "North")


def test_no_officer_can_be_called_desk(four: Callable[..., Book]) -> None:
    lists = drawn_lists(four(CLIENTS.replace("o2", "Desk")))

    assert who(lists) == {"o1": ["ama", "kofi"], DESK: ["esi", "yaw"]}


def test_a_line_says_when_to_meet_and_what_is_known(four: Callable[..., Book]) -> None:
    book = four(
        contacts="""
            contact_id | client_id | happened_on | kind  | result
            -----------+-----------+-------------+-------+--------
            1          | ama       | 2024-05-01  | visit | reached
        """
    )
    last_week = pd.DataFrame({"client_id": ["kofi"], "owner": ["o1"], "answered": [False], "weeks": [1]})
    kofi, ama = sorted(drawn_lists(book, last_week=last_week)[0].lines, key=lambda line: line.client_id, reverse=True)

    assert (ama.rank, ama.band, ama.meeting_on) == (1, "high", date(2024, 7, 2))
    assert (ama.last_contact_on, ama.last_contact_result) == (date(2024, 5, 1), "reached")
    assert (ama.loan_ends_on, ama.carried_over) == (date(2024, 8, 1), False)
    assert (kofi.meeting_on, kofi.last_contact_on, kofi.carried_over) == (None, None, True)


def test_who_is_left_out_by_lot_stands_on_no_list_and_turns_are_logged_before_there_is_a_list(
    four: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        happened.append(f"spoke of {len(client_ids)}, desk {for_desk}")
        return {}

    def line(*given: Any, **more: Any) -> Line:
        happened.append("a line")
        return made(*given, **more)

    made = weekly_list._line
    monkeypatch.setattr(weekly_list, "_line", line)

    class Left:
        def experiment(self, in_need: InNeed) -> Experiment:
            return Experiment(Lot(b"", 0.0), {"client:ama": Arm.HELD_OUT}, in_need=in_need)

        def log(self, turns: pd.DataFrame) -> None:
            happened.append("log " + " ".join(turns["client_id"]))

    waiting = {"abe": 0.19, "ben": 0.18, "dan": 0.17}
    rows = [f"    {client}       | 2023-01-01 | o1         | b1        | false           |\n" for client in waiting]
    book = four(clients=CLIENTS + "".join(rows))
    lists = drawn_lists(book, RISKS | waiting, Settings(list_length=1), lottery=Left(), speak=speak)

    assert who(lists) == {"o1": ["kofi"], "o2": ["esi"], DESK: ["yaw"]}
    assert happened[2:] == ["log kofi", "a line", "a line", "a line"]


def test_what_a_line_would_have_suggested_does_not_hang_on_the_lot(four: Callable[..., Book]) -> None:
    suggested = {}

    class Said(Lot):
        def arm(self, _stratum: str, _place: int) -> Arm:
            return said

    class Lots:
        def experiment(self, _in_need: InNeed) -> Experiment:
            return Experiment(Said(b"", 0.5))

        def log(self, turns: pd.DataFrame) -> None:
            suggested[said] = dict(zip(turns["client_id"], turns["action"], strict=True))

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        return {client: because("RNW-1" if client == "ama" else "SEA-1") for client in client_ids}

    waiting = {"abe": 0.19, "ben": 0.18, "dan": 0.17}
    rows = [f"    {client}       | 2023-01-01 | o1         | b1        | false           |\n" for client in waiting]
    book = four(clients=CLIENTS + "".join(rows))
    for said in Arm:
        lists = drawn_lists(book, RISKS | waiting, Settings(list_length=2), lottery=Lots(), speak=speak)
        if said is Arm.LISTED:
            line_of = {line.client_id: line.action for page in lists for line in page.lines}

    listed = suggested[Arm.LISTED]
    assert len(set(listed.values())) > 1
    assert listed == {client: line_of[client] for client in listed}
    assert suggested[Arm.HELD_OUT] == {"ama": listed["ama"]}


def test_an_officers_words_and_the_desks_are_asked_for_apart(four: Callable[..., Book]) -> None:
    asked = {}

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        asked[for_desk] = sorted(client_ids)
        return {}

    drawn_lists(four(), speak=speak)

    assert asked == {True: ["yaw"], False: ["ama", "esi", "kofi"]}


@pytest.mark.parametrize("owner", ["../../etc", "o 7", "o/7", "Ö1", "=cmd", "x" * 80, ".", "-"])
def test_list_names_are_harmless_and_do_not_collide(owner: str) -> None:
    name = list_id("2024-W27", owner)

    assert name.isascii()
    assert all(sign.isalnum() or sign in "-_" for sign in name)
    assert name != list_id("2024-W27", owner + "1")


# One client drawn in full: who she is, what she owes, what was done to her.
LIVES = st.fixed_dictionaries(
    {
        "officer": st.sampled_from(["o1", "o2", "gone", None]),
        "opt_out": st.sampled_from([True, False, None]),
        "late_days": st.sampled_from([None, -40, -1, 0, 1, 40]),
        "loans": st.integers(1, 4),
        "contacts": st.lists(
            st.tuples(st.integers(0, 60), st.sampled_from(["out", "in", None]), st.booleans()), max_size=4
        ),
        "complaint": st.sampled_from([None, "open", "closed", "open about o1", "closed later"]),
        "left": st.sampled_from([None, "DIED", "MERGE", "VOL", "XFER", "REST"]),
        "risk": st.floats(0.01, 0.99),
        "driver": st.sampled_from(["RNW-1", "OVD-1", "ARR-1", "SEA-1", "AMT-1", "CMP-1"]),
    }
)


def book_of(lives: Sequence[Mapping[str, Any]]) -> Book:
    day = timedelta(days=1)
    began = AS_OF - 100 * day
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("clients", "loans", "contacts", "complaints", "departures")
    }
    for n, life in enumerate(lives):
        client = f"c{n}"
        rows["clients"].append(
            {
                "client_id": client,
                "joined_on": began,
                "officer_id": life["officer"],
                "contact_opt_out": life["opt_out"],
            }
        )
        for number in range(life["loans"]):
            due = None if life["late_days"] is None else AS_OF - life["late_days"] * day
            rows["loans"].append(
                {
                    "loan_id": f"{client}-{number}",
                    "client_id": client,
                    "disbursed_on": began,
                    "amount": 9,
                    "due_on": due,
                }
            )
        for number, (ago, direction, listed) in enumerate(life["contacts"]):
            rows["contacts"].append(
                {
                    "contact_id": f"{client}-{number}",
                    "client_id": client,
                    "happened_on": AS_OF - ago * day,
                    "kind": "visit",
                    "direction": direction,
                    "list_id": "w" if listed else None,
                }
            )
        if life["complaint"]:
            closed = {"closed": AS_OF, "closed later": AS_OF + day}.get(life["complaint"])
            rows["complaints"].append(
                {
                    "complaint_id": client,
                    "client_id": client,
                    "opened_on": AS_OF - 9 * day,
                    "closed_on": closed,
                    "about_officer": "o1" if "o1" in life["complaint"] else None,
                }
            )
        if life["left"]:
            rows["departures"].append({"client_id": client, "left_on": AS_OF - 5 * day, "leaver_type": life["left"]})
    rows["officers"] = [{"officer_id": o, "to_on": AS_OF - day if o == "gone" else None} for o in ("o1", "o2", "gone")]
    return Book.of({name: pd.DataFrame(content) for name, content in rows.items() if content})


@limits(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives=st.lists(LIVES, min_size=1, max_size=25), length=st.integers(1, LIST_CAP))
def test_no_list_ever_breaks_a_protection(lives: list[dict[str, Any]], length: int) -> None:
    risks = {f"c{n}": life["risk"] for n, life in enumerate(lives)}

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        return {client: because(lives[int(client[1:])]["driver"]) for client in client_ids}

    lists = drawn_lists(book_of(lives), risks, Settings(list_length=length), speak=speak)

    seen = [line.client_id for page in lists for line in page.lines]
    assert len(seen) == len(set(seen)), "somebody is asked for twice"
    for page in lists:
        assert page.officer_id in ("o1", "o2", DESK)
        assert page.is_desk or len(page.lines) <= length
        for line in page.lines:
            life = lives[int(line.client_id[1:])]
            listed = [ago for ago, direction, asked in life["contacts"] if asked and direction != "in"]
            complaining = life["complaint"] in ("open", "open about o1", "closed later")
            assert life["opt_out"] is not True
            assert complaining or not [ago for ago in listed if ago < 28]
            assert complaining or len(listed) < 3
            assert life["left"] in (None, "REST")
            assert page.is_desk == (complaining or life["officer"] not in ("o1", "o2"))
            assert page.is_desk or page.officer_id == life["officer"]
            assert line.band in ("high", "medium", "low")
            action = Action(line.action)
            late = life["late_days"] is not None and life["late_days"] >= 1
            if late or complaining or life["loans"] >= 3 or life["driver"] == "OVD-1":
                assert action in PROTECTIVE
            if life["late_days"] is None:
                assert action not in SPEAKS_OF_A_LOAN


def test_whose_debt_weighs_behind_three_stronger_reasons_hears_of_no_loan(four: Callable[..., Book]) -> None:
    said = tuple(Said(driver, "loan_days_to_end", 21.0) for driver in ("RNW-1", "AMT-1", "SEA-1"))

    def speak(client_ids: Collection[str], *, for_desk: bool) -> dict[str, Words]:
        return {who: Words(said, "", weigh=("OVD-1",) if who == "ama" else ()) for who in client_ids}

    ama, kofi = drawn_lists(four(), speak=speak)[0].lines

    assert [Action(line.action) for line in (ama, kofi)] == [Action.PROTECTIVE_TALK, Action.EXPLAIN_LADDER]
    assert [reason.driver for reason in ama.reasons] == ["RNW-1", "AMT-1", "SEA-1"]


def test_who_still_owes_a_loan_that_was_written_off_hears_of_no_other(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        clients=CLIENTS,
        loans="""
            loan_id | client_id | disbursed_on | due_on     | closed_on  | closed_how
            1       | ama       | 2024-01-01   | 2024-08-01 |            |
            2       | kofi      | 2024-01-01   | 2024-08-01 |            |
            3       | kofi      | 2022-01-01   | 2022-07-01 | 2023-01-01 | written_off
        """,
    )

    ama, kofi = drawn_lists(book, {"ama": 0.5, "kofi": 0.4})[0].lines

    assert [Action(line.action) for line in (ama, kofi)] == [Action.RENEWAL_TALK, Action.REVIEW]
    assert "do not offer a loan" in kofi.avoid


def test_nobody_is_left_out_but_by_a_rule_or_for_want_of_room() -> None:
    life = {
        "officer": "o1", "opt_out": None, "late_days": -40, "loans": 1, "complaint": "closed", "left": "REST",
        "contacts": [(28, "out", True), (1, "out", False)], "risk": 0.5, "driver": "RNW-1",
    }  # fmt: skip

    assert who(drawn_lists(book_of([life] * 12), {f"c{n}": 0.5 for n in range(12)})) == {
        "o1": ["c0", "c1", "c10", "c11", "c2", "c3", "c4", "c5"]
    }


def test_a_list_rides_on_the_meetings_of_the_week(four: Callable[..., Book]) -> None:
    """Kofi is less at risk than Ama, yet his meeting is on Monday and hers on Tuesday; who has none comes last."""
    book = four(
        """
        client_id | joined_on  | officer_id | meeting_weekday
        ----------+------------+------------+----------------
        ama       | 2023-01-01 | o1         | 2
        kofi      | 2023-01-01 | o1         | 1
        esi       | 2023-01-01 | o1         |
        yaw       | 2023-01-01 | o1         | 2
        """
    )

    (page,) = drawn_lists(book)

    assert [(line.place, line.client_id, line.rank) for line in page.lines] == [
        (1, "kofi", 2),
        (2, "ama", 1),
        (3, "yaw", 4),
        (4, "esi", 3),
    ]


def test_names_and_wishes_are_joined_at_the_edge(four: Callable[..., Book]) -> None:
    book = four(
        directory="""
            client_id | name      | phone     | reach_by | hours_from | hours_until | safe_to_call | visitor
            ----------+-----------+-----------+----------+------------+-------------+--------------+--------
            esi       | Esi Owusu | +99912345 | visit    | 10:00      | 12:00       | false        | woman
        """
    )

    (esi,) = drawn_lists(book)[1].lines

    card = esi.card
    assert (card.name, card.phone, card.reach_by, card.safe_to_call) == ("Esi Owusu", "", "visit", False)
    assert (card.hours_from, card.hours_until, card.visitor) == ("10:00", "12:00", "woman")


def test_a_line_is_stored_and_read_back_as_it_was(four: Callable[..., Book]) -> None:
    for page in drawn_lists(four()):
        for line in page.lines:
            assert Line.from_content(json.loads(json.dumps(line.as_content()))) == line


def test_a_line_of_an_older_version_says_nothing_of_whom_it_comes_before(four: Callable[..., Book]) -> None:
    line = drawn_lists(four())[0].lines[0]
    content = line.as_content()
    del content["before_riskier"]

    assert Line.from_content(content) == line


@pytest.mark.parametrize(
    ("settings", "said"),
    [({}, {"kofi"}), ({"rank_by": "risk"}, set()), ({"chance_kept_resting": 0.3}, set())],
)
def test_who_comes_before_one_more_at_risk_whose_loan_has_ended_is_said_to(
    four: Callable[..., Book], settings: dict[str, Any], said: set[str]
) -> None:
    lists = drawn_lists(four(), settings=Settings(**settings), rests={"ama": AS_OF - timedelta(days=3)})

    assert {line.client_id for page in lists for line in page.lines if line.before_riskier} == said


def test_of_whom_a_line_comes_before_only_the_list_itself_is_looked_at(four: Callable[..., Book]) -> None:
    """Else it would say that somebody more at risk was left out by lot."""
    lists = drawn_lists(four(), settings=Settings(list_length=1), rests={"ama": AS_OF - timedelta(days=3)})

    assert who(lists)["o1"] == ["kofi"]
    assert not lists[0].lines[0].before_riskier


@pytest.mark.parametrize(("branch", "spoken"), [("b1", "fr"), ("b2", "en")])
def test_a_list_is_in_the_language_of_its_branch(four: Callable[..., Book], branch: str, spoken: str) -> None:
    lists = drawn_lists(four(CLIENTS.replace("b1", branch)), settings=Settings(branch_languages={"b1": "fr"}))

    assert {page.language for page in lists if not page.is_desk} == {spoken}
