"""A missing or broken translation fails here, so that it never reaches a user."""

import re
from pathlib import Path
from string import Formatter

import pytest

from features.errors import UsageError
from serving.catalogues import FOLDER, TEMPLATE, Entry, begin, catalogue_path, codes, read, template, update
from serving.messages import messages

#: The same in some language as in English: names of things, not words.
SAME = {
    "code",
    "client",
    "clients",
    "codes",
    "message",
    "minute",
    "minutes",
    "note",
    "page",
    "pages",
    "plan",
    "village",
    "no",
}
#: Shortened words, which other languages shorten otherwise.
SHORTENED = {"No."}
ENDS = {".": ".।", "?": "?", ":": ":", "…": "…"}


@pytest.fixture(scope="module")
def wanted() -> tuple[Entry, ...]:
    return messages()


def fields(message: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(message) if name is not None)


def digits(message: str) -> list[str]:
    return sorted(re.findall(r"\d+", re.sub(r"{\w*}", "", message)))


def test_the_template_names_every_message_there_is(wanted: tuple[Entry, ...]) -> None:
    assert [(entry.one, entry.many) for entry in template()] == [(entry.one, entry.many) for entry in wanted], (
        "run `python -m serving.messages`"
    )


@pytest.mark.parametrize("code", codes())
def test_every_message_is_translated_whole_and_nobody_doubts_it(code: str, wanted: tuple[Entry, ...]) -> None:
    catalogue = read(catalogue_path(code))

    assert [message.one for message in wanted if not catalogue.has(message)] == []


@pytest.mark.parametrize("code", codes())
def test_no_message_is_left_that_nobody_uses(code: str, wanted: tuple[Entry, ...]) -> None:
    assert sorted(set(read(catalogue_path(code)).entries) - {entry.one for entry in wanted}) == []


@pytest.mark.parametrize("code", codes())
def test_a_translation_has_the_same_places_for_values(code: str) -> None:
    entries = read(catalogue_path(code)).entries.values()

    assert [
        entry.one for entry in entries for form in entry.forms if fields(form) != fields(entry.many or entry.one)
    ] == []


@pytest.mark.parametrize("code", codes())
def test_a_translation_says_the_same_numbers_and_ends_as_the_english_does(code: str) -> None:
    entries = read(catalogue_path(code)).entries.values()

    assert [entry.one for entry in entries for form in entry.forms if digits(form) != digits(entry.one)] == []
    assert [
        (entry.one, form)
        for entry in entries
        for form in entry.forms
        if (entry.one not in SHORTENED and entry.one[-1] in ENDS and form[-1] not in ENDS[entry.one[-1]])
        or form != form.strip()
    ] == []


@pytest.mark.parametrize("code", codes())
def test_a_translation_is_not_the_english_again(code: str) -> None:
    entries = read(catalogue_path(code)).entries.values()
    again = {re.sub(r"{\w*}", "", entry.one).strip().lower() for entry in entries if entry.one in entry.forms}

    assert {words for words in again if re.search("[a-z]{2}", words)} <= SAME


@pytest.mark.parametrize("code", codes())
def test_two_features_that_say_different_things_are_not_said_alike(code: str, wanted: tuple[Entry, ...]) -> None:
    catalogue = read(catalogue_path(code))
    said: dict[str, str] = {}
    for message in wanted:
        if message.hint.startswith("Said of a client"):
            form = catalogue.entries[message.one].forms[0]
            assert said.setdefault(form, message.one) == message.one, form


@pytest.mark.parametrize("code", codes())
def test_the_plural_rule_is_the_languages_own(code: str, tmp_path: Path) -> None:
    assert read(catalogue_path(code)).plural_rule == read(begin(code, tmp_path)).plural_rule


def test_the_files_are_as_the_tool_writes_them(tmp_path: Path, wanted: tuple[Entry, ...]) -> None:
    for code in codes():
        path = catalogue_path(code, tmp_path)
        path.parent.mkdir(parents=True)
        path.write_bytes(catalogue_path(code).read_bytes())

    assert set(update(wanted, tmp_path).values()) == {0}
    assert (tmp_path / TEMPLATE).read_bytes() == (FOLDER / TEMPLATE).read_bytes()
    for code in codes():
        assert catalogue_path(code, tmp_path).read_bytes() == catalogue_path(code).read_bytes()


def test_an_update_keeps_what_is_translated_and_drops_what_nobody_uses(tmp_path: Path) -> None:
    path = begin("fr", tmp_path)
    update((Entry("Day"), Entry("Week")), tmp_path)
    path.write_text(
        path.read_text("utf-8")
        .replace('msgid "Day"\nmsgstr ""', '# as in a calendar\nmsgid "Day"\nmsgstr "Jour"')
        .replace('msgid "Week"', '#, fuzzy\nmsgid "Week"'),
        "utf-8",
    )

    missing = update((Entry("Night"), Entry("Day", hint="of the week")), tmp_path)

    assert missing == {"fr": 1}
    kept = read(path)
    assert kept.entries["Day"] == Entry("Day", forms=("Jour",), hint="of the week", notes=("as in a calendar",))
    assert kept.awaiting_reader
    assert set(kept.entries) == {"Night", "Day"}
    written = path.read_text("utf-8")
    assert "Date" not in written
    assert not re.search(r"^#:", written, re.MULTILINE)


def test_a_doubtful_translation_or_one_without_a_form_does_not_count(tmp_path: Path) -> None:
    path = begin("fr", tmp_path)
    head = path.read_text("utf-8")

    def has(entry: str, message: Entry) -> bool:
        path.write_text(head + entry, "utf-8")
        return read(path).has(message)

    day, line = Entry("Day"), Entry("{n} line", "{n} lines")
    plural = 'msgid "{n} line"\nmsgid_plural "{n} lines"\n'
    assert has('msgid "Day"\nmsgstr "Jour"\n', day)
    assert not has('#, fuzzy\nmsgid "Day"\nmsgstr "Jour"\n', day)
    assert not has('msgid "Day"\nmsgstr ""\n', day)
    assert has(plural + 'msgstr[0] "{n} ligne"\nmsgstr[1] "{n} lignes"\n', line)
    assert not has(plural + 'msgstr[0] "{n} ligne"\nmsgstr[1] ""\n', line)
    assert not has('msgid "{n} line"\nmsgstr "{n} ligne"\n', line)


def test_the_mark_is_taken_away_by_taking_the_line_away(tmp_path: Path) -> None:
    path = begin("fr", tmp_path)
    marked = path.read_text("utf-8")

    assert read(path).awaiting_reader
    path.write_text(marked.replace('"X-Awaiting-Native-Reader: yes\\n"\n', ""), "utf-8")
    assert not read(path).awaiting_reader
    update((Entry("Day"),), tmp_path)
    assert not read(path).awaiting_reader


def test_what_is_no_catalogue_is_refused_and_one_that_is_there_not_begun_again(tmp_path: Path) -> None:
    path = begin("fr", tmp_path)

    with pytest.raises(UsageError, match="language='fr' has a catalogue already"):
        begin("fr", tmp_path)
    with pytest.raises(UsageError, match="locales/nowhere is no language"):
        begin("nowhere", tmp_path)
    path.write_text("nothing of the kind\n", "utf-8")
    with pytest.raises(UsageError, match="cannot be read as a catalogue"):
        read(path)
