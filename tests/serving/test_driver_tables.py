"""What a weekly run keeps of drivers for pages: findings or the sentence that says why not, and of nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from features.errors import DataError, StorageError
from serving import driver_tables
from serving.driver_tables import ALIKE, CHANGE, DECILES, EVENTS, FILE, SEGMENTS, SHAPES, DriverTables, read_tables
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.score import Scores, score
from serving.settings import Settings
from training.drivers.contributions import averages, of_explanations


@pytest.fixture(scope="module")
def scores(lived: Any, as_of: Any) -> Scores:
    with lived.book.known(as_of) as known:
        return score(known, lived.model, lived.version, Settings())


def computed(lived: Any, scores: Scores, home: Home | None = None, **more: Any) -> DriverTables:
    return driver_tables.driver_tables(lived.book, scores, lived.model, home or lived.home, **more)


@pytest.fixture(scope="module")
def tables(lived: Any, scores: Scores) -> DriverTables:
    return computed(lived, scores)


def test_each_part_is_there_or_says_why_it_is_not(tables: DriverTables, lived: Any) -> None:
    assert set(tables.names(DECILES)) == set(lived.model.features)
    assert {SHAPES, CHANGE, ALIKE} <= set(tables.plain)
    assert set(tables.missing) == {EVENTS}
    assert "0 events are known" in tables.missing[EVENTS]


def test_a_segment_holds_what_is_said_of_it_elsewhere(tables: DriverTables, scores: Scores, lived: Any) -> None:
    officers = {row["officer_id"]: row["branch_id"] for row in lived.tables["officers"].to_dict("records")}
    served = lived.tables["assignments"].set_index("client_id")["officer_id"].map(officers)
    expected = averages(of_explanations(scores.explanations).drop(columns="OFF-3"), served)

    found = tables.finding(f"{SEGMENTS} branch")

    assert found is not None
    assert found.said == expected.said
    assert found.table["part"].tolist() == expected.table["part"].tolist()
    assert found.table["mean"].tolist() == pytest.approx(expected.table["mean"].tolist(), rel=1e-5, nan_ok=True)


def test_no_page_compares_officers_and_conduct_of_staff_is_told_of_the_whole_book_alone(tables: DriverTables) -> None:
    compared = [tables.finding(f"{SEGMENTS} {name}") for name in tables.names(SEGMENTS)]
    change = tables.finding(CHANGE)

    assert "officer" not in tables.names(SEGMENTS)
    assert compared
    assert all(each is not None and "OFF-3" not in set(each.table["driver"]) for each in compared)
    assert change is not None
    assert "OFF-3" in set(change.table["driver"])


def test_a_client_who_objected_is_in_no_tenth(tables: DriverTables, lived: Any, scores: Scores) -> None:
    everybody = frozenset(lived.tables["clients"]["client_id"])

    found = computed(lived, scores, without=everybody)

    shapes, none = tables.finding(SHAPES), found.finding(SHAPES)
    assert shapes is not None
    assert none is not None
    assert (shapes.said.startswith("nobody"), none.said.startswith("nobody had to decide")) == (False, True)
    assert found.missing[CHANGE] == f"nobody was at risk on {found.before}."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("the exit rule has no decision points."), "the exit rule has no decision points."),
        (ValueError("c017 has no row"), "It could not be computed (ValueError); the command exitwatch drivers says"),
    ],
)
def test_what_fails_costs_its_own_part_and_its_message_names_nobody(
    lived: Any, scores: Scores, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(driver_tables.causes_alike, "grouped", fail)

    found = computed(lived, scores)

    assert found.missing[ALIKE].startswith(said)
    assert {SHAPES, CHANGE, f"{SEGMENTS} branch"} <= set(found.plain)


def test_the_target_rule_of_the_working_folder_is_a_segment_and_a_bad_one_is_told(
    lived: Any, scores: Scores, home: Home
) -> None:
    rule = '[[condition]]\ncolumn = "joined_on"\nop = "is not"\nvalue = "1999-01-01"\n'
    (home.path / "target.toml").write_text(f'name = "all who came"\n{rule}')
    told = computed(lived, scores, home)
    (home.path / "target.toml").write_text(rule)

    bad = computed(lived, scores, home)

    found = told.finding(f"{SEGMENTS} target")
    assert found is not None
    assert (told.titles["target"], set(found.table["part"])) == ("all who came", {"target"})
    assert "target" not in bad.titles
    assert "needs a name" in bad.missing["target"]


def test_no_client_and_no_officer_stands_in_the_file_and_equal_tables_give_equal_bytes(
    tables: DriverTables, home: Home, lived: Any
) -> None:
    driver_tables.keep_tables(home, tables)
    file = home.scores / "2024-06-30" / FILE
    first = file.read_bytes()

    driver_tables.keep_tables(home, tables)

    words = set(json.dumps(json.loads(first)).replace('"', " ").replace(",", " ").split())
    assert file.read_bytes() == first
    assert not words & {*lived.tables["clients"]["client_id"], *lived.tables["officers"]["officer_id"]}
    assert read_tables(KeptScores(file.parent)) == tables


def test_a_weekly_run_keeps_them_and_older_scores_have_none(lived: Any, tables: DriverTables, tmp_path: Path) -> None:
    assert read_tables(KeptScores(lived.home.scores / "2024-06-30")) == tables
    assert read_tables(KeptScores(tmp_path)) is None


@pytest.mark.parametrize("content", ["{", "[]", '{"as_of": "2024-06-30"}'])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    with pytest.raises(StorageError, match="run `exitwatch weekly` again"):
        read_tables(KeptScores(tmp_path))
