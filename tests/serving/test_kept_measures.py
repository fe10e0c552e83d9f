"""The measures of a date, kept and read again."""

import json
from datetime import date
from typing import Any

import pytest

from features.errors import StorageError
from features.exit import ExitDefinition
from features.measures.published import measure
from features.measures.suppression import SMALLEST_SHOWN
from serving.home import Home
from serving.kept_measures import TABLES, keep, newest

AS_OF = date(2024, 6, 30)


@pytest.fixture
def home(tmp_path: Any) -> Home:
    return Home(tmp_path / "home").create()


def test_before_the_first_run_nothing_is_kept(home: Home) -> None:
    assert newest(home) is None


def test_the_newest_measures_are_read_as_they_were_kept(lived: Any, home: Home) -> None:
    for day in (date(2024, 3, 31), AS_OF):
        keep(home, measure(lived.book, day, ExitDefinition()))

    kept = newest(home)

    assert kept is not None
    assert (kept.as_of, kept.grace_days) == (AS_OF, 90)
    assert home.measured_dates() == [date(2024, 3, 31), AS_OF]
    assert {row["by"] for row in kept.tables["everybody"]} == {"month", "quarter", "year"}
    branches = {row["value"] for row in kept.tables["segments"] if row["segment"] == "branch"}
    for branch in branches:
        assert {row["value"] for row in kept.of_branch(str(branch))} == {branch}
    assert kept.of_branch("nowhere") == []


def test_the_same_book_gives_the_same_bytes(lived: Any, home: Home) -> None:
    first = keep(home, measure(lived.book, AS_OF, ExitDefinition())).read_bytes()

    assert keep(home, measure(lived.book, AS_OF, ExitDefinition())).read_bytes() == first


def test_nothing_small_and_nobody_is_kept(lived: Any, home: Home) -> None:
    text = keep(home, measure(lived.book, AS_OF, ExitDefinition())).read_text()

    counts = ("begin", "came", "out", "end", "deciders", "renewed", "gone", "paid_off", "follow_on", "clients")
    content = json.loads(text)
    for table in TABLES:
        for row in content[table]:
            small = {name: row[name] for name in counts if row.get(name) is not None and row[name] < SMALLEST_SHOWN}
            assert not small, (table, row)
    for client in lived.tables["clients"]["client_id"]:
        assert f'"{client}"' not in text


def test_damaged_measures_are_said_to_be(home: Home) -> None:
    home.measures.mkdir()
    (home.measures / "2024-06-30.json").write_text('{"as_of": ')

    with pytest.raises(StorageError, match="the measures of 2024-06-30 cannot be read; run `exitwatch weekly` again"):
        newest(home)
