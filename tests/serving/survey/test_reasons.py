"""The share of leavers who name each reason: weighed up to all of them, and nothing told of fewer than twenty."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving.access import Actor
from serving.store.database import Store
from serving.survey import samples
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.pooling import FEWEST, pooled
from serving.survey.reasons import ReasonTable, Weighed, reason_table, reasons_of_sample, reasons_of_year
from serving.survey.sampling import Chosen

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
DAY = date(2024, 7, 9)
BY = Actor("amina", "analyst")


def said(reasons: str, weight: float = 1.0, role: str = "outside") -> Weighed:
    told = {
        "client_id": "c",
        "interviewed_on": "2024-07-08",
        "consent": "yes",
        "private_consent": "yes",
        "interviewer_role": role,
        "leaver_type": "VOL",
        "reasons": reasons,
    }
    return Weighed(Answer.of(told), weight)


def shares(table: ReasonTable) -> dict[str, tuple[int, float]]:
    return {"+".join(share.codes): (share.answers, round(share.share, 3)) for share in table.shares}


def test_each_reason_has_its_share_and_small_ones_are_told_as_one_sum() -> None:
    answers = [said("BUS-1; PRC-1")] * 50 + [said("PRC-1")] * 30
    few = [said("HLT-1; BUS-1")] * 8 + [said("REL-1")] * 7 + [said("FAM-1")] * 5

    table = reason_table(answers + few)

    # Beside each of the three fewer than 20 are hidden, so the next smallest joins them.
    assert shares(table) == {"BUS-1": (50, 0.5), "FAM-1+HLT-1+PRC-1+REL-1": (50, 0.5)}
    assert table.shares[0].low < 0.5 < table.shares[0].high


def test_the_last_link_can_be_asked_for_instead_of_the_root() -> None:
    answers = [said("BUS-1; PRC-1")] * 50 + [said("PRC-1")] * 30

    assert shares(reason_table(answers, link="last")) == {"PRC-1": (80, 1.0)}
    with pytest.raises(UsageError, match="root or last"):
        reason_table(answers, link="middle")


def test_an_answer_weighs_as_many_leavers_as_it_stands_for() -> None:
    table = reason_table([said("BUS-1", 1.0)] * 30 + [said("PRC-1", 3.0)] * 30, leavers=120)

    assert shares(table) == {"PRC-1": (30, 0.75), "BUS-1": (30, 0.25)}
    plain = reason_table([said("BUS-1")] * 15 + [said("PRC-1")] * 45)
    assert table.shares[0].high - table.shares[0].low > plain.shares[0].high - plain.shares[0].low


@pytest.mark.parametrize("answers", [0, 1, 19])
def test_of_fewer_than_twenty_answers_nothing_is_told(answers: int) -> None:
    table = reason_table([said("BUS-1")] * answers)

    assert table.shares == ()
    assert any("fewer than 20 answers" in note for note in table.footnotes)


@pytest.mark.parametrize(("own", "others", "told"), [(20, 30, 20), (19, 30, None), (30, 19, None), (0, 40, None)])
def test_interviews_by_the_own_officer_are_counted_where_neither_they_nor_the_others_are_few(
    own: int, others: int, told: int | None
) -> None:
    table = reason_table([said("BUS-1", role="own_officer")] * own + [said("BUS-1")] * others)

    assert table.by_own_officer == told


def test_every_category_is_in_the_footnotes_as_the_indicator_asks() -> None:
    notes = " ".join(reason_table([said("BUS-1")] * 30).footnotes)

    assert "PI9872" in notes
    assert "HLT-1 illness or a death in the family" in notes
    assert "no random sample" in notes


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(0, 70), max_size=8))
def test_no_count_below_the_fewest_can_be_worked_out(counts: Mapping[str, int]) -> None:
    parts = pooled(counts)

    together = sum(counts[name] for name in parts.together)
    assert {*parts.shown, *parts.together} == {name for name in counts if counts[name]}
    assert all(counts[name] >= FEWEST for name in parts.shown)
    assert together == 0 or together >= FEWEST or not parts.shown
    for name in parts.together:
        assert counts[name] >= FEWEST or together - counts[name] >= FEWEST or not parts.shown


def test_the_table_grows_by_twenty_answers_and_never_by_one(store: Store) -> None:
    plan = {"north": {"leavers": 300, "drawn": 80}}
    asked(store, plan, {"north": ["BUS-1"] * 59}, of=80)
    with store.read() as connection:
        before = reasons_of_sample(connection, "s1")

    answer(store, "north59", "PRC-1", NOW + timedelta(hours=1))
    with store.read() as connection:
        full = reasons_of_sample(connection, "s1")
    answer(store, "north60", "PRC-1", NOW + timedelta(hours=2))
    with store.read() as connection:
        after = reasons_of_sample(connection, "s1")

    assert (before.answers, full.answers, after.answers) == (40, 60, 60)
    assert full == after


def answer(store: Store, client: str, reasons: str, at: datetime = NOW) -> None:
    told = {
        "client_id": client,
        "interviewed_on": "2024-07-08",
        "consent": "yes" if reasons else "no",
        "interviewer_role": "outside",
        "leaver_type": "VOL",
        "reasons": reasons,
        "sample_id": "s1",
    }
    with store.write() as connection:
        record(connection, Answer.of(told), BY, "file", at, DAY)


def asked(store: Store, plan: Mapping[str, Any], answered: Mapping[str, list[str]], of: int = 0) -> None:
    """A sample with one client for each answer, or more; an empty answer is a refusal."""
    chosen = [
        Chosen(f"{stratum}{n}", stratum, "", date(2024, 3, 1), "UNK")
        for stratum, told in answered.items()
        for n in range(max(len(told), of))
    ]
    with store.write() as connection:
        samples.keep(connection, "s1", {"strata": plan}, chosen, {}, BY, NOW, date(2024, 7, 1))
    for stratum, told in answered.items():
        for n, reasons in enumerate(told):
            answer(store, f"{stratum}{n}", reasons)


def test_a_sample_stands_for_all_leavers_of_its_period_stratum_by_stratum(store: Store) -> None:
    plan = {
        "north": {"leavers": 300, "drawn": 32},
        "south": {"leavers": 100, "drawn": 24},
        "west": {"leavers": 5, "drawn": 1},
    }
    asked(store, plan, {"north": ["BUS-1"] * 32 + [""] * 22, "south": ["PRC-1"] * 24 + ["BUS-1"] * 4, "west": [""]})

    with store.read() as connection:
        table = reasons_of_sample(connection, "s1")

    assert (table.leavers, table.answers, table.refusals, table.not_covered) == (405, 60, 23, ("west",))
    assert shares(table) == {"BUS-1": (36, round((300 + 100 * 4 / 28) / 400, 3)), "PRC-1": (24, 0.214)}


def test_only_a_first_sample_that_is_there_has_reasons(store: Store) -> None:
    asked(store, {"north": {"leavers": 3, "drawn": 1}}, {"north": ["BUS-1"]})
    chosen = [Chosen("north0", "north", "", date(2024, 3, 1), "UNK")]
    with store.write() as connection:
        samples.keep(connection, "s1-again", {}, chosen, {}, BY, NOW, DAY, again_of="s1")

        with pytest.raises(UsageError, match="there is no sample"):
            reasons_of_sample(connection, "s9")
        with pytest.raises(UsageError, match="ask for the reasons of 's1'"):
            reasons_of_sample(connection, "s1-again")


def test_a_year_counts_whoever_was_asked_without_being_drawn_so_that_no_two_tables_overlap(store: Store) -> None:
    asked(store, {"north": {"leavers": 30, "drawn": 30}}, {"north": ["BUS-1"] * 30})
    with store.write() as connection:
        for n in range(25):
            told = {
                "client_id": f"x{n}",
                "interviewed_on": "2024-07-08",
                "consent": "yes",
                "interviewer_role": "outside",
                "leaver_type": "VOL",
                "reasons": "PRC-1",
            }
            record(connection, Answer.of(told), BY, "file", NOW, DAY)

        assert shares(reasons_of_year(connection, 2024)) == {"PRC-1": (20, 1.0)}
        assert reasons_of_year(connection, 2023).answers == 0
        with pytest.raises(UsageError, match="year=24"):
            reasons_of_year(connection, 24)
