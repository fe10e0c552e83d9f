import os
from datetime import date
from pathlib import Path

from serving.home import Home, is_week, week_of


def test_a_list_belongs_to_the_week_of_the_next_day() -> None:
    assert week_of(date(2024, 12, 29)) == "2025-W01"
    assert week_of(date(2020, 12, 31)) == "2020-W53"


def test_only_weeks_that_exist_are_weeks() -> None:
    assert is_week("2020-W53")
    assert not any(map(is_week, ["2021-W53", "2021-W00", "2021-w01", "../../etc", "2021-W1", "", "2021-W٠١"]))


def test_creating_a_home_twice_keeps_its_settings(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    home.settings_file.write_text("list_length = 4")

    assert home.create().settings().list_length == 4


def test_a_home_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(tmp_path / "home").create()
    finally:
        os.umask(before)

    assert home.path.stat().st_mode & 0o777 == 0o700
    assert home.settings_file.stat().st_mode & 0o777 == 0o600


def test_other_folders_are_neither_weeks_nor_dates(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name in ("2024-W27", "superseded", ".2024-W28.half-written"):
        (home.lists / name).mkdir(parents=True)
    for name in ("2024-06-30", "notes"):
        (home.scores / name).mkdir(parents=True)

    assert home.weeks() == ["2024-W27"]
    assert home.scored_dates() == [date(2024, 6, 30)]
