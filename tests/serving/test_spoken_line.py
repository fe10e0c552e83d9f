"""A line as it is read: everything said once, what is not known said to be so, in each language there is."""

from dataclasses import replace
from datetime import date

import pytest

from features.catalogue import FEATURES
from features.drivers import DRIVERS
from serving.languages import LANGUAGES, language
from serving.line import Card, Change, Line, Said
from serving.spoken_line import spoken

GAP = next(f.name for f in FEATURES.values() if f.driver == "OFF-2" and f.unit == "days" and f.spoken)
CARD = Card(
    name="Ama Boateng",
    phone="+99912345",
    phone_works=False,
    group="Umoja",
    village="Kibera",
    reach_by="call",
    hours_from="10:00",
    hours_until="12:30",
    visitor="woman",
    cycle=3,
    last_contact_kind="visit",
)
LINE = Line(
    client_id="c7",
    place=1,
    rank=2,
    band="high",
    reasons=(Said("OFF-2", GAP, 40.0),),
    reasons_note="",
    changes=(Change(GAP, 40.0, 33.0),),
    changes_note="",
    action="visit",
    avoid=DRIVERS["OFF-2"].avoid,
    last_contact_on=date(2024, 5, 21),
    last_contact_result="not_reached",
    loan_ends_on=date(2024, 7, 21),
    meeting_on=date(2024, 7, 2),
    carried_over=True,
    routed=(),
    card=CARD,
)
ENGLISH = language("en")


def test_a_line_says_everything_a_visit_needs() -> None:
    said = spoken(LINE, ENGLISH)

    assert (said.name, said.band, said.meeting) == ("Ama Boateng", "high", "Tue 2 Jul")
    assert said.reasons == (FEATURES[GAP].say(40.0),)
    assert said.why_now == said.news == f"{FEATURES[GAP].say(40.0)} (last week 33 days)"
    assert (said.action, said.avoid) == ("Visit, and ask how things are going.", "Do not press for a new loan.")
    assert said.last_contact == "21 May 2024, visit, not reached"
    assert (said.loan_label, said.loan) == ("Loan ends", "21 Jul 2024 (no. 3)")
    assert (said.phone, said.reach) == ("+99912345 (does not work)", "by phone, 10:00 to 12:30")
    assert said.visitor == "wants to be visited by a woman"
    assert said.flags == ("carried over from last week",)


def test_what_is_not_known_is_said_to_be_so() -> None:
    bare = replace(LINE, last_contact_on=None, loan_ends_on=None, meeting_on=None, carried_over=False, card=Card())
    said = spoken(bare, ENGLISH)

    assert said.name == "c7"
    assert (said.last_contact, said.loan, said.meeting) == ("none on record", "not known", "none this week")
    assert (said.phone, said.reach, said.visitor, said.flags) == ("not known", "", "", ())
    assert spoken(replace(bare, card=Card(contacts_known=False)), ENGLISH).last_contact == "not known"


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("none", "No single reason stands out; the picture as a whole does."),
        ("missing", "The reasons could not be computed this week."),
        ("complaint", "Listed because a complaint is open."),
    ],
)
def test_a_line_without_reasons_says_why(note: str, sentence: str) -> None:
    assert spoken(replace(LINE, reasons=(), reasons_note=note), ENGLISH).reasons == (sentence,)


@pytest.mark.parametrize(
    ("note", "told", "news"),
    [
        ("new", "new among the clients at risk", True),
        ("unchanged", "no reason shown here has grown since last week", False),
        ("no_last_week", "last week's figures are not available", False),
        ("failed", "reasons could not be computed", True),
    ],
)
def test_only_what_is_new_is_news(note: str, told: str, news: bool) -> None:
    said = spoken(replace(LINE, changes=(), changes_note=note), ENGLISH)

    assert (said.why_now, said.news) == (told, told if news else "")


def test_who_comes_before_one_more_at_risk_is_said_to_and_why_where_the_list_and_the_table_are_read() -> None:
    said = spoken(replace(LINE, before_riskier=True), ENGLISH)

    assert said.before.startswith("the loan is still open: a visit can change more here")
    assert said.why_now == f"{spoken(LINE, ENGLISH).why_now}; {said.before}"
    assert said.news == spoken(LINE, ENGLISH).news
    assert spoken(LINE, ENGLISH).before == ""


def test_a_resting_clients_loan_has_ended() -> None:
    assert spoken(replace(LINE, card=replace(CARD, state="resting")), ENGLISH).loan_label == "Loan ended"


def test_what_must_be_heeded_stands_in_the_flags() -> None:
    line = replace(LINE, routed=("conduct", "unreachable"), card=replace(CARD, open_complaint=True, safe_to_call=False))

    assert spoken(line, ENGLISH).flags == (
        "carried over from last week",
        "open complaint",
        "about the conduct of staff",
        "not reached so far",
        "do not call",
    )


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_of_a_line_is_translated(code: str) -> None:
    """Names, numbers and clock times are the same in every language; nothing else is."""
    theirs, english = spoken(LINE, language(code)), spoken(LINE, ENGLISH)

    for text in ("band", "reasons", "why_now", "action", "avoid", "last_contact", "loan", "loan_label", "visitor"):
        assert getattr(theirs, text) != getattr(english, text), text
    assert (theirs.name, "40" in theirs.reasons[0] or "४०" in theirs.reasons[0]) == ("Ama Boateng", True)
