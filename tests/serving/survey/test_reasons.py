"""The share of leavers who name each reason: weighed up to all of them, and nothing told of fewer than twenty."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
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
    answers = [said("BUS-1; PRC-1")] * 50 + [said("PRC-1")] * 30 + [said("HLT-1; BUS-1")] * 15 + [said("REL-1")] * 5

    table = reason_table(answers)

    assert shares(table) == {"BUS-1": (50, 0.5), "PRC-1": (30, 0.3), "HLT-1+REL-1": (20, 0.2)}
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


def test_interviews_by_the_own_officer_are_counted_for_whoever_reads_the_table() -> None:
    assert reason_table([said("BUS-1", role="own_officer")] * 3 + [said("BUS-1")] * 30).by_own_officer == 3


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


def asked(store: Store, plan: Mapping[str, Any], answered: Mapping[str, list[str]]) -> None:
    """A sample with one client for each answer; an empty answer is a refusal."""
    chosen = [
        Chosen(f"{stratum}{n}", stratum, "", date(2024, 3, 1), "UNK")
        for stratum, told in answered.items()
        for n in range(len(told))
    ]
    with store.write() as connection:
        samples.keep(connection, "s1", {"strata": plan}, chosen, {}, BY, NOW, date(2024, 7, 1))
        for stratum, told in answered.items():
            for n, reasons in enumerate(told):
                answer = {
                    "client_id": f"{stratum}{n}",
                    "interviewed_on": "2024-07-08",
                    "consent": "yes" if reasons else "no",
                    "interviewer_role": "outside",
                    "leaver_type": "VOL",
                    "reasons": reasons,
                    "sample_id": "s1",
                }
                record(connection, Answer.of(answer), BY, "file", NOW, DAY)


def test_a_sample_stands_for_all_leavers_of_its_period_stratum_by_stratum(store: Store) -> None:
    plan = {
        "north": {"leavers": 300, "drawn": 32},
        "south": {"leavers": 100, "drawn": 24},
        "west": {"leavers": 5, "drawn": 1},
    }
    asked(store, plan, {"north": ["BUS-1"] * 30 + [""] * 2, "south": ["PRC-1"] * 20 + ["BUS-1"] * 4, "west": [""]})

    with store.read() as connection:
        table = reasons_of_sample(connection, "s1")

    assert (table.leavers, table.answers, table.refusals, table.not_covered) == (405, 54, 3, ("west",))
    assert shares(table) == {"BUS-1": (34, round((300 + 100 * 4 / 24) / 400, 3)), "PRC-1": (20, 0.208)}


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

        assert shares(reasons_of_year(connection, 2024)) == {"PRC-1": (25, 1.0)}
        assert reasons_of_year(connection, 2023).answers == 0
        with pytest.raises(UsageError, match="year=24"):
            reasons_of_year(connection, 24)
