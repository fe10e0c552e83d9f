"""What may be answered in an exit interview, and the sentence for what may not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.drivers import DRIVERS
from serving.survey.form import Answer, chain, refuse_unfit
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.words import COLUMNS, PRIVATE

SAID = {
    "client_id": "c001",
    "interviewed_on": "2024-07-01",
    "consent": "yes",
    "interviewer": "rose",
    "interviewer_role": "outside",
    "leaver_type": "VOL",
    "left_on": "2024-03-31",
    "reasons": "BUS-1; ARR-2; PRC-1",
    "would_return": "unsure",
    "return_on": "2025-01-01",
    "would_recommend": "yes",
    "kept_by": "smaller_instalments",
    "since": "worse",
    "language": "sw",
    "place": "home",
    "story": "The shop burnt down and the instalments went on.",
}


def test_a_whole_answer_is_read_as_it_was_said() -> None:
    answer = Answer.of(SAID)

    assert (answer.root, answer.last, answer.reasons) == ("BUS-1", "PRC-1", ("BUS-1", "ARR-2", "PRC-1"))
    assert (answer.left_on, answer.would_return, answer.kept_by) == (
        date(2024, 3, 31),
        "unsure",
        "smaller_instalments",
    )


def test_without_consent_nothing_is_left_but_the_refusal() -> None:
    answer = Answer.of(SAID | {"consent": "no"})

    kept = {name for name in COLUMNS if getattr(answer, name) not in ("", (), None, False)}
    assert kept == {"answer_id", "client_id", "interviewed_on", "interviewer", "interviewer_role"}


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("HLT-1:root; BUS-1; ARR-1:last", ("HLT-1", "BUS-1", "ARR-1")),
        ("hlt-1, bus-1:contributing, arr-1", ("HLT-1", "BUS-1", "ARR-1")),
        ("PRC-1:root", ("PRC-1",)),
        ("PRC-1:last", ("PRC-1",)),
        ("", ()),
    ],
)
def test_a_chain_is_the_codes_in_the_clients_order(written: str, codes: tuple[str, ...]) -> None:
    assert chain(written) == codes


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("client_id", "", Why.CLIENT),
        ("client_id", "c\x00", Why.CLIENT),
        ("interviewed_on", "1.7.2024", Why.NOT_A_DATE),
        ("interviewed_on", "2024-02-30", Why.NOT_A_DATE),
        ("consent", "", Why.CONSENT_UNSAID),
        ("consent", "perhaps", Why.YES_OR_NO),
        ("interviewer_role", "", Why.ROLE_NEEDED),
        ("interviewer_role", "king", Why.WORD),
        ("leaver_type", "", Why.TYPE_NEEDED),
        ("leaver_type", "GONE", Why.WORD),
        ("reasons", "", Why.REASON_NEEDED),
        ("reasons", "ABC-1", Why.REASON),
        ("reasons", "PRC-1:last; BUS-1", Why.LINK),
        ("reasons", "PRC-1; BUS-1:root", Why.LINK),
        ("reasons", "PRC-1; PRC-1", Why.REASON_TWICE),
        ("reasons", "PRC-1;BUS-1;ARR-1;ARR-2;SAV-1;DEN-1", Why.REASONS_MANY),
        ("reasons", "UNK-0; PRC-1", Why.NOT_SAID_AND_SAID),
        ("return_on", "2024-06-30", Why.RETURN),
        ("return_on", "2040-06-30", Why.RETURN),
        ("left_on", "2024-07-02", Why.LEFT_LATER),
        ("would_return", "maybe not", Why.WORD),
        ("language", "Kiswahili", Why.LANGUAGE),
        ("story", "call me on 0711 000 222", Why.STORY_NAMES),
        ("story", "she is c001 of the north", Why.STORY_NAMES),
        ("story", "x" * 1001, Why.STORY_LONG),
        ("story", "a\u202eb", Why.SIGNS),
        ("story", "half a sign \ud800", Why.SIGNS),
        ("interviewer", "\ud800", Why.SIGNS),
        ("answer_id", "7", Why.NO_ID),
    ],
)
def test_what_does_not_fit_is_refused_with_its_column_and_what_to_do(column: str, text: str, why: Why) -> None:
    with pytest.raises(AnswerRefused) as refused:
        Answer.of(SAID | {column: text})

    where = {"PRC-1:last; BUS-1": "reasons"}.get(text, column)
    assert (refused.value.why, refused.value.column) == (why, where)
    assert text not in str(refused.value) or text in ("", "7")


@pytest.mark.parametrize("code", sorted(PRIVATE))
def test_illness_family_and_faith_need_a_consent_of_their_own(code: str) -> None:
    with pytest.raises(AnswerRefused) as refused:
        Answer.of(SAID | {"reasons": f"{code}; BUS-1"})

    assert refused.value.why is Why.PRIVATE
    assert Answer.of(SAID | {"reasons": f"{code}; BUS-1", "private_consent": "yes"}).root == code


def test_something_else_needs_words() -> None:
    with pytest.raises(AnswerRefused) as refused:
        Answer.of(SAID | {"reasons": "OTH-9", "story": ""})

    assert refused.value.why is Why.STORY_NEEDED


@pytest.mark.parametrize(
    ("role", "interviewer", "reasons", "fits"),
    [
        ("own_officer", "o1", "PRC-1", True),
        ("own_officer", "o1", "OFF-3", False),
        ("own_officer", "o1", "BUS-1; FRD-1", False),
        ("other_officer", "o1", "OFF-3", False),
        ("other_officer", "o2", "OFF-3", True),
        ("outside", "rose", "CMP-1", True),
    ],
)
def test_no_reason_about_staff_is_taken_from_the_clients_own_officer(
    role: str, interviewer: str, reasons: str, *, fits: bool
) -> None:
    said = {"interviewer_role": role, "interviewer": interviewer, "reasons": reasons}
    answer = Answer.of(SAID | said)

    if fits:
        refuse_unfit(answer, date(2024, 7, 1), officer_id="o1")
        return
    with pytest.raises(AnswerRefused) as refused:
        refuse_unfit(answer, date(2024, 7, 1), officer_id="o1")
    assert refused.value.why is Why.OWN_OFFICER


def test_nobody_was_interviewed_tomorrow() -> None:
    with pytest.raises(AnswerRefused) as refused:
        refuse_unfit(Answer.of(SAID), date(2024, 6, 30))

    assert refused.value.why is Why.FUTURE


def test_the_same_words_have_the_same_id_and_other_words_another() -> None:
    assert Answer.of(SAID).answer_id == Answer.of(dict(reversed(SAID.items()))).answer_id
    assert Answer.of(SAID).answer_id != Answer.of(SAID | {"since": "same"}).answer_id


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=40)))
def test_whatever_is_sent_is_read_or_refused_in_our_words(sent: dict[str, str]) -> None:
    try:
        sentence = Answer.of(SAID | sent) and ""
    except AnswerRefused as refused:
        sentence = "" if refused.why is Why.WORD else refused.sentence

    assert sentence in {"", *(why.message for why in Why)}


@given(st.permutations(sorted(set(DRIVERS) - {"UNK-0"})), st.integers(1, 5))
def test_a_chain_survives_being_written_with_its_links(codes: list[str], length: int) -> None:
    links = ["root", *["contributing"] * (length - 2), "last"][-length:] if length > 1 else [""]
    written = "; ".join(f"{code}:{link}".rstrip(":") for code, link in zip(codes, links, strict=False))

    assert chain(written) == tuple(codes[:length])
