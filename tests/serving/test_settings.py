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
    assert f"\n# {name} = " in as_toml()


def test_the_file_of_comments_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(as_toml())

    assert load_settings(file) == load_settings(tmp_path / "missing.toml") == Settings()


def test_the_file_of_comments_can_be_uncommented_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    lines = [line.removeprefix("# ") if " = " in line else line for line in as_toml().splitlines()]
    file.write_text("\n".join(lines))

    assert load_settings(file) == Settings()


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
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=said):
        load_settings(file)


def test_settings_that_decide_a_list_are_settings() -> None:
    assert set(LIST_SETTINGS) <= set(Settings.model_fields)
