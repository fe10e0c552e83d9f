"""The measures of a date, kept and read again."""

import json
from dataclasses import replace
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


def test_what_is_out_of_a_final_period_is_not_given_out_anew(lived: Any, home: Home) -> None:
    """A client who has moved to another branch would be the difference of the two weeks."""
    first, later = (measure(lived.book, day, ExitDefinition()) for day in (AS_OF, date(2024, 10, 15)))
    moved = replace(later, everybody=later.everybody.assign(f5_exit=0.4321), survival=later.survival.assign(value=0.1))
    out = json.loads(keep(home, first).read_text())["everybody"]
    final = {(row["by"], row["period"]): row for row in out if row["maturity"] == "final"}

    found = json.loads(keep(home, moved).read_text())["everybody"]

    assert final
    assert len({(row["by"], row["period"]) for row in found}) == len(found) > len(out)
    for row in found:
        place = row["by"], row["period"]
        assert row == final[place] if place in final else row["f5_exit"] == 0.4321
    assert [row["period"] for row in found] == later.everybody["period"].tolist()


def test_another_grace_period_is_another_publication(lived: Any, home: Home) -> None:
    keep(home, measure(lived.book, date(2024, 3, 31), ExitDefinition()))
    anew = measure(lived.book, AS_OF, ExitDefinition(grace_days=60))

    kept = json.loads(keep(home, replace(anew, everybody=anew.everybody.assign(f5_exit=0.4321))).read_text())

    assert {row["f5_exit"] for row in kept["everybody"]} == {0.4321}


def test_what_was_given_out_and_cannot_be_read_is_not_guessed(lived: Any, home: Home) -> None:
    home.measures.mkdir(exist_ok=True)
    (home.measures / "2024-03-31.json").write_text("{")

    with pytest.raises(StorageError, match=r"take 2024-03-31\.json out of"):
        keep(home, measure(lived.book, AS_OF, ExitDefinition()))


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
