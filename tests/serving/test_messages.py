"""Every message is found where it is written, and nothing else is."""

from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError

from features.catalogue import FEATURES
from features.drivers import ACTIONS, DRIVERS, Action
from serving.catalogues import Entry
from serving.messages import HERE, messages, not_literal

#: Modules that choose a message when the program runs, and where every one they can choose is listed.
CHOOSING = {
    "documents/content.py": "serving.outcome_codes",
    "pages/accounts_page.py": "serving.refusals",
    "pages/desk.py": "serving.given",
    "pages/found.py": "serving.outcome_codes",
    "pages/found_page.py": "serving.given",
    "pages/officer.py": "serving.given",
    "pages/paper.py": "serving.given and serving.outcome_codes",
    "pages/told.py": "serving.outcome_codes",
    "spoken_line.py": "features.drivers and serving.protections",
    "subject_access.py": "features.drivers",
    "subject_page.py": "serving.subject_page and serving.outcome_codes",
}


@pytest.fixture(scope="module")
def found() -> tuple[Entry, ...]:
    return messages()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A package that speaks."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "pages.py").write_text(
        "import sqlalchemy as sa\n"
        "def page(self, language, works, name):\n"
        '    language.text("A page for {name}", name=name)\n'
        '    self.language.text("works" if works else "does not work")\n'
        '    language.plural("{n} page", "{n} pages", 2)\n'
        '    sa.text("SELECT 1")\n'
        '    path.read_text("utf-8")\n'
        "    language.text(name)\n"
    )
    (tmp_path / "templates" / "page.html").write_text(
        "{{ _('Only here') }} {{ ngettext('{n} day', '{n} days', 3) }} {{ plain('not this') }}"
        "{% macro row(here) %}<b>{{ _('here' if here else 'gone') }}</b>{% endmacro %}"
    )
    return tmp_path


def test_messages_are_found_in_modules_and_templates(code: Path) -> None:
    everywhere = messages(code / "nothing here")

    assert {(entry.one, entry.many) for entry in messages(code) if entry not in everywhere} == {
        ("A page for {name}", ""),
        ("works", ""),
        ("does not work", ""),
        ("{n} page", "{n} pages"),
        ("Only here", ""),
        ("here", ""),
        ("gone", ""),
    }


def test_a_message_chosen_when_the_program_runs_is_told(code: Path) -> None:
    assert not_literal(code) == (("pages.py", "name"),)


def test_a_message_asked_for_with_and_without_plural_forms_is_refused(code: Path) -> None:
    (code / "more.py").write_text('language.text("{n} page", n=1)\n')

    with pytest.raises(ValueError, match="is asked for with other words for many"):
        messages(code)


def test_a_template_that_cannot_be_read_is_told(code: Path) -> None:
    (code / "templates" / "broken.html").write_text("{{ _('open' }}")

    with pytest.raises(TemplateSyntaxError, match="expected"):
        messages(code)


def test_a_template_chooses_no_message_by_itself(code: Path) -> None:
    (code / "templates" / "choosing.html").write_text("<p>\n{{ _(state) }}")

    with pytest.raises(ValueError, match=r"choosing.html line 2 has a message that is chosen when the page is drawn"):
        messages(code)


def test_everything_that_is_said_of_a_client_is_a_message(found: tuple[Entry, ...]) -> None:
    said = {entry.one for entry in found}

    for feature in FEATURES.values():
        assert {feature.spoken, feature.zero, feature.one, feature.below} - {""} <= said
    for driver in DRIVERS.values():
        assert {driver.name, driver.avoid} - {""} <= said
    assert {ACTIONS[action] for action in Action} - {""} <= said
    assert {"high", "medium", "low", "last week's figures are not available", "{n} day"} <= said


def test_the_same_code_gives_the_same_messages_in_the_same_order(found: tuple[Entry, ...]) -> None:
    assert messages() == found
    assert len({entry.one for entry in found}) == len(found)


def test_no_message_speaks_in_the_way_of_another_library(found: tuple[Entry, ...]) -> None:
    """Percent signs with names are filled in by templates that use `trans`, which ours do not."""
    assert [entry.one for entry in found if "%(" in entry.one or "<" in entry.one] == []


def test_whatever_chooses_a_message_when_the_program_runs_is_known_to_have_its_choices_gathered() -> None:
    assert {module for module, _ in not_literal(HERE)} == set(CHOOSING), (
        "list the choices in MESSAGES of a module first"
    )


def test_a_hint_tells_the_translator_what_stands_in_the_place(found: tuple[Entry, ...]) -> None:
    hints = {entry.one: entry.hint for entry in found}

    assert hints["{value} since the last payment"] == 'Said of a client; {value} is like "40 days"'
    assert Entry("Day").hint == ""
