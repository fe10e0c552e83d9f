"""What is said of the clients of a book, through the code that writes the lists."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from features.book import Book
from features.catalogue import FEATURES
from models.reasons import states
from serving.earlier import features_on
from serving.languages import language
from serving.line import Words
from serving.score import score
from serving.settings import Settings
from serving.speaking import explain, speaker

#: Every line of the small MFI is spoken of, however weak its reasons.
TALKATIVE = Settings(reason_floor=0.001)


@pytest.fixture
def book(mfi: Callable[..., Any], as_of: date) -> Book:
    """The small MFI, in which every second client has paid off all loans and rests."""
    tables = mfi(clients=60)
    loans = tables["loans"]
    rests = loans["client_id"].str[-1].isin(list("02468")) & loans["closed_on"].isna()
    ended = loans["closed_on"].mask(rests, as_of - timedelta(days=10))
    how = loans["closed_how"].mask(rests, "repaid")
    return Book.of(tables | {"loans": loans.assign(closed_on=ended, closed_how=how)})


@pytest.fixture
def words(book: Book, as_of: date, model: Any, home: Any) -> dict[str, tuple[str, Words]]:
    """State and words of every client at risk."""
    with book.known(as_of) as known:
        scores = score(known, model, "0123", TALKATIVE)
    state = scores.snapshot.population.set_index("client_id")["state"]
    before = features_on(book, as_of - timedelta(days=7), model, home)
    said = speaker(model, scores, before, TALKATIVE)(list(state.index), for_desk=False)
    return {client: (state[client], said[client]) for client in state.index}


def sentences(spoken: Words) -> list[str]:
    """Everything said of a client, in English."""
    english = language("en")
    told = [english.say(FEATURES[said.feature], said.value) for said in spoken.reasons]
    return told + [english.change(FEATURES[each.feature], each.new, each.old) for each in spoken.changes]


def test_resting_clients_are_told_nothing_of_a_loan_as_if_it_were_open(words: dict[str, tuple[str, Words]]) -> None:
    as_if_open = re.compile(r"\b(this|the) loan\b|open loans|unpaid|still to come|paid ahead|the last payment")
    said = [
        sentence
        for state, spoken in words.values()
        if state == "resting"
        for sentence in sentences(spoken)
        if "group" not in sentence
    ]

    assert len(said) > 20
    assert not [sentence for sentence in said if as_if_open.search(sentence)]


def test_open_loans_are_spoken_of_where_there_are_any(words: dict[str, tuple[str, Words]]) -> None:
    said = " ".join(sentence for state, spoken in words.values() if state == "open" for sentence in sentences(spoken))

    assert "open loans" in said


def test_what_weighs_is_told_also_where_three_stronger_reasons_are_spoken(words: dict[str, tuple[str, Words]]) -> None:
    for _, spoken in words.values():
        assert {reason.driver for reason in spoken.reasons} <= set(spoken.weigh)

    unspoken = [set(spoken.weigh) - {reason.driver for reason in spoken.reasons} for _, spoken in words.values()]
    assert any("OVD-1" in codes for codes in unspoken)


def test_every_reason_states_the_clients_own_figure_and_none_a_chance(book: Book, as_of: date, model: Any) -> None:
    with book.known(as_of) as known:
        scores = score(known, model, "0123", TALKATIVE)
    table = scores.snapshot.table

    _, spoken = explain(model, table, TALKATIVE, by_officer=False)

    told = [(client, reason) for client, found in spoken.items() for reason in found]
    assert len(told) > len(table)
    for client, reason in told:
        assert reason.value == table.loc[client, reason.feature]
        assert states(reason.sentence, FEATURES[reason.feature], reason.value)
        assert FEATURES[reason.feature].driver == reason.driver
        assert not FEATURES[reason.feature].told_by
        assert not re.search(r"chance|probab|risk|score", reason.sentence)
