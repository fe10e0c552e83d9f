import json
import re
import tomllib
from datetime import date, time
from pathlib import Path

import pytest

from features.errors import UsageError
from serving.settings import LIST_SETTINGS, Settings, as_markdown, as_toml, load_settings


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_has_a_sentence_and_stands_in_the_manual_and_the_file(name: str) -> None:
    sentence = Settings.model_fields[name].description

    assert sentence
    assert sentence.endswith(".")
    assert f"| {name} |" in as_markdown()
    assert sentence in as_markdown()
    assert re.search(rf"^# ({name} = |\[{name}\]$)", as_toml(), re.MULTILINE)


def test_the_file_of_comments_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(as_toml())

    assert load_settings(file) == load_settings(tmp_path / "missing.toml") == Settings()


def test_the_file_of_comments_can_be_uncommented_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    lines = [uncommented(line) for line in as_toml().splitlines()]
    file.write_text("\n".join(lines))

    assert set(tomllib.loads(file.read_text())) == set(Settings.model_fields)
    assert load_settings(file) == Settings()


def test_the_examples_in_the_file_of_comments_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    lines = [uncommented(line.replace("#   ", "# ")) for line in as_toml().splitlines()]
    file.write_text("\n".join(lines))

    settings = load_settings(file)

    assert settings.capacity == {"O12": 4}
    assert settings.holidays == {"all": (date(2025, 12, 25), date(2025, 12, 26)), "B07": (date(2025, 8, 15),)}
    assert settings.branch_languages == {"B07": "fr"}


def uncommented(line: str) -> str:
    return line.removeprefix("# ") if re.match(r"# (\w+ = |\[)", line) else line


def test_tables_can_be_given_as_tables_and_dates_as_dates(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('list_length = 5\n[holidays]\nall = [2024-12-25]\n"B 7" = ["2024-07-01"]\n[capacity]\no1 = 0\n')

    settings = load_settings(file)

    assert settings.holidays == {"all": (date(2024, 12, 25),), "B 7": (date(2024, 7, 1),)}
    assert (settings.list_length, settings.capacity) == (5, {"o1": 0})


def test_settings_stored_as_plain_values_are_the_settings_again(tmp_path: Path) -> None:
    settings = Settings(holidays={"all": (date(2024, 12, 25),)}, capacity={"o1": 3}, contact_from=time(8, 30))

    assert Settings.model_validate(json.loads(json.dumps(settings.as_dict()))) == settings


def test_the_environment_may_hold_a_secret_and_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXITWATCH_OIDC_CLIENT_SECRET", "hush")
    monkeypatch.setenv("EXITWATCH_CAPACITY", '{"o1": 3}')

    settings = load_settings(tmp_path / "missing.toml")

    assert settings.capacity == {"o1": 3}
    assert "hush" not in repr(settings)
    assert "secret" not in Settings.model_fields


@pytest.mark.parametrize("name", ["UTC", "Africa/Nairobi", "Asia/Kolkata"])
def test_a_time_zone_is_known_by_its_name(name: str) -> None:
    assert Settings(timezone=name).timezone == name


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("list_length = 5\ncool_off_days = 14\n")
    monkeypatch.setenv("EXITWATCH_LIST_LENGTH", "6")

    settings = load_settings(file)

    assert (settings.list_length, settings.cool_off_days) == (6, 14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list_lenght = 3", "'list_lenght' that does not exist"),
        ("list_length = 11", "list_length=11 cannot be used"),
        ("band_high = 0.1", "band_high=0.1 is not above band_medium"),
        ("contact_from = 19:00:00", "contact_from is not before contact_until"),
        ("list_length", "is not TOML"),
        ("[capacity]\no1 = 11", r"capacity\.o1=11 cannot be used"),
        ("[holidays]\nall = ['25 Dec']", r"holidays\.all\.0='25 Dec' cannot be used.*by branch id"),
        ("[branch_languages]\nb1 = 'French'", r"branch_languages\.b1='French' cannot be used"),
        ("timezone = 'Nairobi'", "timezone='Nairobi' cannot be used: it is not the name of a time zone"),
        ("timezone = '../../etc/passwd'", "it is not the name of a time zone"),
        ("count_once = 'village'", "count_once='village' cannot be used"),
        ("oidc_issuer = 'https://id.example'", "both or neither"),
        ("password_length = 4", "password_length=4 cannot be used"),
        ("keep_by_law_months = 12", "both or neither"),
        ("keep_by_law = 'an act'\nkeep_by_law_months = 48", "so the law would be broken"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=said):
        load_settings(file)


def test_a_table_in_the_environment_that_is_no_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXITWATCH_CAPACITY", "hush")

    with pytest.raises(UsageError, match=r'"capacity".*is written as JSON') as caught:
        load_settings(tmp_path / "settings.toml")

    assert "hush" not in str(caught.value)


def test_an_address_of_a_database_is_never_repeated(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("database_url = ['postgresql://me:hush@db/x']")

    with pytest.raises(UsageError, match="setting database_url cannot be used") as caught:
        load_settings(file)

    assert "hush" not in str(caught.value)


def test_settings_that_decide_a_list_are_stored_with_it_and_those_of_the_server_are_not() -> None:
    assert set(LIST_SETTINGS) < set(Settings.model_fields)
    decides = {"holidays", "capacity", "count_once", "language", "branch_languages", "contact_from", "complaint_days"}
    assert decides <= set(LIST_SETTINGS)
    assert not {"database_url", "host", "timezone", "chunk_clients", "keep_audit_months"} & set(LIST_SETTINGS)
