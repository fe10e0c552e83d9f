"""What the catalogue says of a client: sentences an officer can say to her, whatever her figures are."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import rich_books

from features.book import Book
from features.catalogue import FAMILIES, FEATURES, Family, _collected
from features.drivers import ACTIONS
from features.exit import ExitDefinition, Rule
from features.feature import Feature, Unit
from features.snapshot import snapshot

SPOKEN = [name for name, feature in FEATURES.items() if not feature.told_by]
TOLD_BY_ANOTHER = [name for name, feature in FEATURES.items() if feature.told_by]

SAID = """
feature          | value | sentence
requests_pending |     0 | no request for a loan is waiting for a decision
requests_pending |     1 | requests for a loan that wait for a decision: 1
loans_open       |     0 | no loan is open
amount_open      |     0 | no loan is open
amount_open      | 12500 | the open loans come to 12,500
loans_28d        |     0 | no loan in the last 28 days
tenure_days      |     1 | 1 day since the first loan
silence_days     |     0 | the last loan was taken today
resting_days     |     0 | a loan is open, or ended today
days_to_loan_end |    21 | 21 days until all open loans are to be repaid
days_to_loan_end |     0 | all open loans are to be repaid by today
days_to_loan_end |    -5 | all open loans were to be repaid 5 days ago
loan_elapsed_share |   1.3 | the latest loan has run for 130 % of its agreed time
last_loan_ended_early_days |     7 | the last loan to end did so 7 days before the agreed day
last_loan_ended_early_days |     0 | the last loan to end did so on the agreed day
last_loan_ended_early_days |    -1 | the last loan to end did so 1 day after the agreed day
return_last_days |     3 | the latest loan came 3 days after the end of the one before
return_last_days |     0 | the latest loan came on the day the one before ended
return_last_days |    -3 | the latest loan came 3 days before the end of the earlier one
loan_amount_step |     1 | the latest loan was as large as the one before
loan_amount_step | 1.004 | the latest loan was as large as the one before
loan_amount_step |   0.8 | the latest loan was 0.8 times the one before
paid_ahead_share |  0.08 | 8 % of all that is due on open loans is paid ahead of the schedule
paid_ahead_share |     0 | payments on open loans are level with the schedule
paid_ahead_share | -0.08 | 8 % of all that is due on open loans is behind the schedule
paid_ahead_share | -0.002 | less than 1 % of all that is due on open loans is behind the schedule
late_share_last3 |   0.5 | 50 % of the latest instalments, up to three, were late
late_share_last3 |     1 | all of the latest instalments, up to three, were late
late_share_182d  |     0 | no instalment due in the last 182 days was late
late_share_change |  0.25 | the share of late instalments rose by 25 percentage points in the last 56 days
late_share_change | -0.25 | the share of late instalments fell by 25 percentage points in the last 56 days
interest_rate_step | 0.015 | the yearly rate of the latest loan is 1.5 percentage points above that of the one before
interest_rate_step | -0.01 | the yearly rate of the latest loan is 1 percentage point below that of the one before
delay_mean_last6 | 11.98 | the latest instalments, up to six, were 12 days late on average
instalments_to_come |     0 | no instalment is still to come
savings_change_91d |    -1 | savings fell by 100 % in the last 91 days
savings_balance  |   -40 | more was taken out of savings than is on record as paid in, by 40
contacts_91d     |     0 | no contact outside the weekly list in the last 91 days
contacts_change  |    -2 | contacts outside the weekly list in the last 91 days: 2 fewer than in the 91 days before
questions_repeated_182d |     1 | the client asked about nothing more than once in the last 182 days
attendance_share_91d |     0 | no meeting of the last 91 days attended
group_late_share |     0 | nobody else in the group has an instalment past its day unpaid
group_late_share |   0.2 | 20 % of the group's other borrowers have an instalment past its day unpaid
branch_gone_share |  0.03 | 3 % of the branch's other clients have not borrowed for a while
branch_complaint_rate_91d |  0.03 | the branch's complaints of the last 91 days come to 3 % of the number of its clients
last_request_failed |     0 | the last request was granted
last_request_failed |     1 | the last request did not go through
"""


def test_what_is_said_of_a_figure(drawn: Callable[[str], pd.DataFrame]) -> None:
    for name, value, sentence in drawn(SAID).itertuples(index=False):
        assert FEATURES[name].say(float(value)) == sentence


@pytest.fixture(scope="module")
def known() -> list[tuple[Feature, float, bool]]:
    """Every figure that is known in some books rich in everything: feature, value, whether the client rests."""
    return list(_known())


def _known() -> Iterator[tuple[Feature, float, bool]]:
    for seed, rule in enumerate((Rule.DECISION_POINT, Rule.DORMANCY, Rule.DECISION_POINT)):
        tables, as_of = rich_books.draw(seed, 60)
        with Book.of(tables).known(as_of) as book:
            found = snapshot(book, ExitDefinition(rule=rule, active_days=120))
        resting = (found.population["state"] == "resting").to_numpy()
        assert 0 < resting.sum() < len(resting)
        assert (resting == (found.table["loans_open"] == 0)).all()
        for name in SPOKEN:
            figures = zip(found.table[name], resting, strict=True)
            yield from ((FEATURES[name], float(value), bool(rests)) for value, rests in figures if value == value)


Known = list[tuple[Feature, float, bool]]
ODD = re.compile(r"(?<![\d.,])(?:1 days|1 percentage points|0 (?:%|days|times|percentage)|-)|: 0$|\bnan\b")


def test_no_sentence_speaks_of_nought_of_minus_or_of_1_days(known: Known) -> None:
    worded = [(feature, value) for feature, value, _ in known if value >= 0 or feature.below]

    assert len(worded) > 10_000
    assert not {feature.name: said for feature, value in worded if ODD.search(said := feature.say(value))}


def test_a_figure_below_nought_without_words_is_not_for_saying() -> None:
    trend = FEATURES["payments_trend"]

    with pytest.raises(ValueError, match="payments_trend has no words for a figure below 0"):
        trend.say(-2.0)


def test_what_is_said_of_savings_fits_what_is_there(known: Known) -> None:
    taken = [value for feature, value, _ in known if feature.name == "withdrawn_share_91d"]
    changed = [value for feature, value, _ in known if feature.name == "savings_change_91d"]

    assert all(0 <= value <= 1 for value in taken)
    assert all(value >= -1 for value in changed)
    assert min(changed) < 0 < max(changed)


def test_a_resting_client_is_told_nothing_of_a_loan_as_if_it_were_open(known: Known) -> None:
    as_if_open = re.compile(r"\b(this loan|the loan|open loans?|unpaid|still to come|paid ahead|the last payment)\b")
    rests = [(f, value) for f, value, resting in known if resting and not f.while_open and (value >= 0 or f.below)]

    said = {feature.name: feature.say(value) for feature, value in rests if feature.family != "group"}

    assert len(said) > 100
    assert not {name: sentence for name, sentence in said.items() if as_if_open.search(sentence)}


def test_what_is_known_of_open_loans_alone_says_so(known: Known) -> None:
    at_rest = {feature.name for feature, _, resting in known if resting}

    assert {name for name in SPOKEN if name not in at_rest} <= {n for n, f in FEATURES.items() if f.while_open}


@pytest.mark.parametrize("sentence", ACTIONS.values())
def test_no_action_takes_a_loan_for_open(sentence: str) -> None:
    assert not re.search(r"\b(this|the) (loan|request)\b", sentence)
    assert "plan of" not in sentence
    if re.search(r"\b(instalments|the (repayment )?plan)\b", sentence):
        assert "if instalments are" in sentence


def test_no_sentence_names_a_chance() -> None:
    chance = re.compile(r"\b(chance|probab\w*|likel\w*|odds|risk\w*|score\w*|deviation\w*|expect\w*|predict\w*)\b")
    for feature in FEATURES.values():
        assert not chance.search(f"{feature.spoken} {feature.zero} {feature.one} {feature.below}")


@pytest.mark.parametrize("name", TOLD_BY_ANOTHER)
def test_what_cannot_be_said_is_told_by_a_figure_of_the_same_driver(name: str) -> None:
    teller = FEATURES[FEATURES[name].told_by]

    assert teller.driver == FEATURES[name].driver
    assert not teller.told_by
    with pytest.raises(ValueError, match=f"{name} is told by {teller.name}"):
        FEATURES[name].say(1.0)


def test_what_no_client_could_check_is_told_by_another() -> None:
    weighed = {
        name
        for name, feature in FEATURES.items()
        if feature.unit in (Unit.INDEX, Unit.CALENDAR) or "0.5 to the power" in feature.meaning
    }

    assert weighed == set(TOLD_BY_ANOTHER)


@pytest.mark.parametrize("told_by", ["nobody", "made", "days_past_due", "silence_goes_on_7d"])
def test_only_a_plain_figure_of_the_same_driver_can_tell(monkeypatch: pytest.MonkeyPatch, told_by: str) -> None:
    made = Feature("made", "rests", "RST-1", Unit.INDEX, 0, "m", told_by=told_by)
    family = FAMILIES["rests"]
    changed = dict(FAMILIES) | {"rests": Family(family.title, (*family.features, made))}
    monkeypatch.setattr("features.catalogue.FAMILIES", changed)

    with pytest.raises(ValueError, match=r"made is told by .* which cannot speak for RST-1"):
        _collected()


def test_two_drivers_never_say_the_same() -> None:
    said: dict[str, str] = {}
    for name in SPOKEN:
        feature = FEATURES[name]
        for words in filter(None, (feature.spoken, feature.zero, feature.one, feature.below)):
            assert said.setdefault(words, feature.driver) == feature.driver, words


def test_sentences_fit_a_line() -> None:
    longest = {name: len(FEATURES[name].say(0.375)) for name in SPOKEN if FEATURES[name].unit is not Unit.FLAG}

    assert np.median(list(longest.values())) < 70
    assert max(longest.values()) < 125
