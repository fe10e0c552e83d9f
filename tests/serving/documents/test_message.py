"""What is sent to an officer's phone: nothing about anybody, and short enough to be sent."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from officer_lists import bound, longest, officer_list

from serving.documents.message import LONGEST, as_message, as_sms, fits_sms
from serving.languages import LANGUAGES, language
from serving.line import DESK, OfficerList
from serving.spoken_line import spoken

ENGLISH = language("en")
TONGUES = sorted(LANGUAGES)


def test_a_message_says_which_list_how_many_and_where_the_week_leads() -> None:
    line = officer_list(1).lines[0]
    lines = [
        replace(line, place=place, client_id=f"c{place}", meeting_on=day, card=replace(line.card, group=group))
        for place, (day, group) in enumerate(
            [
                (date(2024, 7, 1), "Umoja"),
                (date(2024, 7, 1), "Bidii"),
                (date(2024, 7, 1), "Umoja"),
                (date(2024, 7, 4), "Neema"),
                (None, "Tumaini"),
            ],
            start=1,
        )
    ]
    page = bound(lines)

    assert as_message(page, ENGLISH) == (
        "Clients to see this week\n"
        f"List {page.printed_id}, 5 clients\n"
        "Mon 1 Jul, 3 clients (Bidii, Umoja)\n"
        "Thu 4 Jul, 1 client (Neema)\n"
        "No meeting, 1 client\n"
        "Names and reasons: on paper or your page only.\n"
        "Valid until Sun 7 Jul."
    )
    assert as_sms(page, ENGLISH) == (
        f"List {page.printed_id}, 5 clients. Mon 1 Jul (3), Thu 4 Jul (1), No meeting (1). "
        "Names and reasons: on paper or your page only."
    )


@pytest.mark.parametrize("code", TONGUES)
@pytest.mark.parametrize("officer", ["o17", DESK])
def test_nothing_about_a_client_travels(code: str, officer: str) -> None:
    tongue = language(code)
    page = officer_list(10, officer=officer, language=code)

    for text in (as_message(page, tongue), as_sms(page, tongue)):
        assert page.printed_id in text
        for line in page.lines:
            said = spoken(line, tongue)
            about = {said.name, line.client_id, line.card.phone, line.card.village, said.action, said.avoid}
            about |= {*said.reasons, *said.flags, said.visitor, said.last_contact} - {""}
            assert not [detail for detail in about if detail in text]


def test_of_the_desk_not_even_a_group_travels() -> None:
    page = officer_list(12, officer=DESK)

    assert not [line.card.group for line in page.lines if line.card.group in as_message(page, ENGLISH)]


@pytest.mark.parametrize("code", TONGUES)
@pytest.mark.parametrize("count", [0, 1, 10, 60])
def test_a_message_and_an_sms_are_never_too_long(code: str, count: int) -> None:
    page = longest(language(code), count)

    assert len(as_message(page, language(code))) <= LONGEST
    assert fits_sms(as_sms(page, language(code)))
    assert as_sms(page, language(code)).startswith(language(code).text("List"))


@given(st.lists(st.text(max_size=300), max_size=12), st.text(min_size=1, max_size=400))
@settings(max_examples=30, deadline=None)
def test_whatever_groups_and_lists_are_called_the_length_holds(groups: list[str], name: str) -> None:
    line = officer_list(1).lines[0]
    lines = [
        replace(line, place=place, meeting_on=date(2024, 7, 1 + place % 7), card=replace(line.card, group=group))
        for place, group in enumerate(groups, start=1)
    ]
    page: OfficerList = replace(bound(lines), list_id=name)

    assert len(as_message(page, ENGLISH)) <= LONGEST
    assert fits_sms(as_sms(page, ENGLISH))
    assert all(sign.isprintable() or sign == "\n" for sign in as_message(page, ENGLISH))


def test_groups_go_first_where_there_is_no_room() -> None:
    line = officer_list(1).lines[0]
    crowded = [
        replace(
            line, place=place, meeting_on=date(2024, 7, 1), card=replace(line.card, group=f"Group of street {place}")
        )
        for place in range(1, 80)
    ]

    text = as_message(bound(crowded), ENGLISH)

    assert "Mon 1 Jul, 79 clients\n" in text
    assert "street" not in text


@pytest.mark.parametrize(("text", "fits"), [("a" * 160, True), ("é" * 160, True), ("ç" * 71, False), ("€" * 80, True)])
def test_an_sms_takes_160_signs_of_its_own_alphabet_and_70_of_any_other(text: str, fits: bool) -> None:
    assert fits_sms(text) is fits
