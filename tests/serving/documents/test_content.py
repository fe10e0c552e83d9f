"""What a list says: in the order of the week, a heading for each meeting, and nothing that is not for its reader."""

from dataclasses import replace
from datetime import date, time

import pytest
from officer_lists import bound, officer_list

from serving.documents.content import Content, content
from serving.languages import LANGUAGES, language
from serving.line import Line
from serving.outcome_codes import CODES, KEPT_BACK
from serving.settings import Settings

ENGLISH = language("en")
LINES = officer_list(4).lines


def said(*lines: Line, officer: str = "o17") -> Content:
    return content(bound(list(lines), officer), ENGLISH, Settings())


def met(place: int, day: int | None, group: str) -> Line:
    """A line with a meeting on a day of July."""
    meeting = None if day is None else date(2024, 7, day)
    card = replace(LINES[0].card, group=group)
    return replace(LINES[0], place=place, client_id=f"c{place}", meeting_on=meeting, card=card)


def test_lines_stand_under_the_day_and_the_group_of_their_meeting_in_the_order_of_the_week() -> None:
    lines = (met(5, None, "Neema"), met(2, 1, "Umoja"), met(3, 1, "Bidii"), met(4, None, "Umoja"), met(1, 1, "Umoja"))

    assert [
        (section.day, section.group, [entry.line.place for entry in section.entries])
        for section in said(*lines).sections
    ] == [
        ("Mon 1 Jul", "Umoja", [1, 2]),
        ("Mon 1 Jul", "Bidii", [3]),
        ("No meeting this week", "", [4, 5]),
    ]


def test_the_desk_rides_on_no_meeting() -> None:
    (section,) = said(met(1, 1, "Umoja"), met(2, 2, "Bidii"), officer="desk").sections

    assert (section.day, section.group, len(section.entries)) == ("", "", 2)


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_an_officer_never_reads_that_a_complaint_is_open_but_the_desk_does(code: str) -> None:
    line = replace(LINES[0], routed=("complaint", "conduct"), card=replace(LINES[0].card, open_complaint=True))
    tongue = language(code)
    telling = {tongue.text("open complaint"), tongue.text("about the conduct of staff")}

    tags = {
        officer: set(content(bound([line], officer), tongue, Settings()).entries[0].tags) for officer in ("o17", "desk")
    }

    assert not tags["o17"] & telling
    assert telling <= tags["desk"]


def test_the_rule_names_the_hours_of_contact() -> None:
    hours = Settings(contact_from=time(8, 30), contact_until=time(16, 0))

    assert content(officer_list(), ENGLISH, hours).rule == (
        "A conversation, not a sale: whether to stay is the client's own choice. Contact between 08:30 and 16:00, with "
        "the client alone, and best at the meeting. The reasons are what the data shows, not why it is so."
    )


def test_the_keys_hold_what_the_reader_may_write_and_never_a_reason_that_is_kept_back() -> None:
    officer, desk = said(*LINES).keys, said(*LINES, officer="desk").keys

    assert "".join(code for code, _ in officer.codes) == "STRLGMBPEDNWXHO"
    assert {code for code, _ in desk.codes} == set(CODES)
    assert [letter for letter, _ in officer.kinds] == ["M", "V", "C", "T"]
    for keys in (officer, desk):
        assert not {code for code, _ in keys.reasons} & KEPT_BACK
        assert ("ARR-2", "Instalments too heavy") in keys.reasons


def test_a_reason_begins_as_a_sentence_does() -> None:
    assert all(reason[0] == reason[0].upper() for entry in said(*LINES).entries for reason in entry.reasons)
