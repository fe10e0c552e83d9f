"""The form of an exit interview: what is asked, in which closed words it is answered, and what does not fit.

Consent comes first: without it nothing is kept but that the client refused. Reasons are an ordered chain, as leaving is
seldom one thing: the first link is the root, the last is what happened last before leaving, those between contributed.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from features.leaver_type import LeaverType
from serving.given import printable
from serving.outcome_codes import REASONS
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.words import (
    ABOUT_STAFF,
    ASKED_BY,
    COLUMNS,
    KEPT_BY,
    OPINIONS,
    OWN_OFFICER,
    PLACES,
    PRIVATE,
    SINCE,
)

MOST_LINKS = 5
LONGEST_STORY = 1_000
_LONGEST_ID, _LONGEST_NAME = 200, 120
#: A leaver who comes back later than that is a new client.
_FURTHEST_RETURN_DAYS = 1_826
_LINKS = ("root", "contributing", "last")
_NUMBER = re.compile(r"(?:[0-9][\s./()-]*){7,}")
_LANGUAGE = re.compile("[a-z]{2,3}")
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True)
class Answer:
    """What one client said. Made by `Answer.of`, which reads text.

    Parameters
    ----------
    answer_id
        A UUID of its own, so that it is kept once however often it is sent.
    reasons
        Driver codes in the client's own order: root first, last link last.
    private_consent
        The client agreed that a sensitive reason be written down.
    would_return, would_recommend
        One of `OPINIONS`; empty where not asked.
    return_on
        The day by which she would return.
    kept_by
        What would have kept her, one of `KEPT_BY`.
    since
        Whether she is better or worse off since she left, one of `SINCE`.
    story
        What she told, without names.
    sample_id
        The random sample she was drawn in; empty for who was asked otherwise.
    replaces
        The answer this one corrects.
    """

    answer_id: str
    client_id: str
    interviewed_on: date
    consent: bool
    interviewer: str = ""
    interviewer_role: str = ""
    leaver_type: str = ""
    left_on: date | None = None
    reasons: tuple[str, ...] = ()
    private_consent: bool = False
    would_return: str = ""
    return_on: date | None = None
    would_recommend: str = ""
    kept_by: str = ""
    since: str = ""
    language: str = ""
    place: str = ""
    story: str = ""
    sample_id: str = ""
    replaces: str | None = None

    @classmethod
    def of(cls, told: Mapping[str, str]) -> "Answer":
        """What was said, from the text of a form, a file or a request.

        Parameters
        ----------
        told
            Text by the names of `COLUMNS`; what is missing was not said.

        Raises
        ------
        AnswerRefused
            It cannot be read, something is missing, or what is said does not go together. It names the column.

        Examples
        --------
        >>> said = {"client_id": "c1", "interviewed_on": "2024-07-02", "consent": "no", "reasons": "PRC-1"}
        >>> Answer.of(said).reasons
        ()
        """
        said = {name: (told.get(name) or "").strip() for name in COLUMNS}
        client_id, day = said["client_id"], _day(said, "interviewed_on")
        if not client_id or len(client_id) > _LONGEST_ID or not printable(client_id):
            raise AnswerRefused(Why.CLIENT, "client_id")
        if day is None:
            raise AnswerRefused(Why.NOT_A_DATE, "interviewed_on")
        consent = _yes(said, "consent")
        if consent is None:
            raise AnswerRefused(Why.CONSENT_UNSAID, "consent")
        asked = cls(
            answer_id=_own_id(said),
            client_id=client_id,
            interviewed_on=day,
            consent=consent,
            interviewer=_short(said, "interviewer", _LONGEST_NAME),
            interviewer_role=_one_of(said, "interviewer_role", tuple(ASKED_BY)),
            sample_id=_short(said, "sample_id", 40),
            replaces=_id(said["replaces"], "replaces") if said["replaces"] else None,
        )
        if not consent:
            return asked
        answer = replace(
            asked,
            leaver_type=_one_of(said, "leaver_type", tuple(LeaverType)),
            left_on=_day(said, "left_on"),
            reasons=chain(said["reasons"]),
            private_consent=_yes(said, "private_consent") or False,
            would_return=_one_of(said, "would_return", OPINIONS),
            return_on=_day(said, "return_on"),
            would_recommend=_one_of(said, "would_recommend", OPINIONS),
            kept_by=_one_of(said, "kept_by", tuple(KEPT_BY)),
            since=_one_of(said, "since", SINCE),
            language=_language(said["language"]),
            place=_one_of(said, "place", PLACES),
            story=_story(said["story"], client_id),
        )
        _agree(answer)
        return answer

    @property
    def root(self) -> str:
        """What it began with: the first link of the chain."""
        return self.reasons[0] if self.reasons else ""

    @property
    def last(self) -> str:
        """What happened last before leaving."""
        return self.reasons[-1] if self.reasons else ""


def chain(text: str) -> tuple[str, ...]:
    """An ordered chain of reasons as it is written: codes in the client's own order, each with its link if one likes.

    Raises
    ------
    AnswerRefused
        A code or a link is none, stands twice or in the wrong place, or there are too many.

    Examples
    --------
    >>> chain("HLT-1:root; BUS-1; ARR-1:last")
    ('HLT-1', 'BUS-1', 'ARR-1')
    """
    parts = [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
    codes = []
    for place, part in enumerate(parts):
        code, _, link = (each.strip() for each in part.partition(":"))
        first, last = place == 0, place == len(parts) - 1
        fits = {"": True, "root": first, "last": last, "contributing": not first and not last}
        if code.upper() not in REASONS:
            raise AnswerRefused(Why.REASON, "reasons")
        if link.lower() not in ("", *_LINKS) or not fits[link.lower()]:
            raise AnswerRefused(Why.LINK, "reasons")
        codes.append(code.upper())
    if len(set(codes)) < len(codes):
        raise AnswerRefused(Why.REASON_TWICE, "reasons")
    if len(codes) > MOST_LINKS:
        raise AnswerRefused(Why.REASONS_MANY, "reasons")
    return tuple(codes)


def refuse_unfit(answer: Answer, today: date, officer_id: str = "") -> None:
    """Refuse what cannot have been said on the day it was entered, or not to whoever asked.

    Parameters
    ----------
    officer_id
        Who served the client, where that is known; empty otherwise.

    Raises
    ------
    AnswerRefused
        It does not fit.
    """
    if answer.interviewed_on > today:
        raise AnswerRefused(Why.FUTURE, "interviewed_on")
    own = answer.interviewer_role == OWN_OFFICER or (bool(officer_id) and answer.interviewer == officer_id)
    if own and ABOUT_STAFF.intersection(answer.reasons):
        raise AnswerRefused(Why.OWN_OFFICER, "interviewer_role")


def _agree(answer: Answer) -> None:
    """Refuse what does not go together."""
    if not answer.interviewer_role:
        raise AnswerRefused(Why.ROLE_NEEDED, "interviewer_role")
    if not answer.leaver_type:
        raise AnswerRefused(Why.TYPE_NEEDED, "leaver_type")
    if not answer.reasons:
        raise AnswerRefused(Why.REASON_NEEDED, "reasons")
    if PRIVATE.intersection(answer.reasons) and not answer.private_consent:
        raise AnswerRefused(Why.PRIVATE, "private_consent")
    if "UNK-0" in answer.reasons and len(answer.reasons) > 1:
        raise AnswerRefused(Why.NOT_SAID_AND_SAID, "reasons")
    if "OTH-9" in answer.reasons and not answer.story:
        raise AnswerRefused(Why.STORY_NEEDED, "story")
    if answer.left_on is not None and answer.left_on > answer.interviewed_on:
        raise AnswerRefused(Why.LEFT_LATER, "left_on")
    if answer.return_on is not None:
        furthest = answer.interviewed_on + timedelta(days=_FURTHEST_RETURN_DAYS)
        if answer.would_return == "no" or not answer.interviewed_on < answer.return_on <= furthest:
            raise AnswerRefused(Why.RETURN, "return_on")


def _own_id(said: Mapping[str, str]) -> str:
    """The id that was sent, or one that the same words always give."""
    if said["answer_id"]:
        return _id(said["answer_id"], "answer_id")
    words = "\n".join(f"{name}={said[name]}" for name in COLUMNS)
    return str(uuid5(NAMESPACE_OID, words.encode("utf-8", "backslashreplace").decode()))


def _id(text: str, column: str) -> str:
    try:
        return str(UUID(text)) if len(text) == 36 else _refused(Why.NO_ID, column)
    except ValueError:
        return _refused(Why.NO_ID, column)


def _refused(why: Why, column: str) -> str:
    raise AnswerRefused(why, column) from None


def _day(said: Mapping[str, str], column: str) -> date | None:
    if not said[column]:
        return None
    try:
        if len(said[column]) != 10:
            raise ValueError("not ten signs")
        return datetime.strptime(said[column], "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the owner's calendar
    except ValueError:
        raise AnswerRefused(Why.NOT_A_DATE, column) from None


def _yes(said: Mapping[str, str], column: str) -> bool | None:
    word = said[column].casefold()
    if word not in _YES | _NO | {""}:
        raise AnswerRefused(Why.YES_OR_NO, column)
    return None if not word else word in _YES


def _one_of(said: Mapping[str, str], column: str, words: tuple[str, ...]) -> str:
    """A word of a closed list, however it is capitalised."""
    found = {word.casefold(): str(word) for word in words}
    if said[column] and said[column].casefold() not in found:
        raise AnswerRefused(Why.WORD, column, ", ".join(words))
    return found.get(said[column].casefold(), "")


def _short(said: Mapping[str, str], column: str, longest: int) -> str:
    if len(said[column]) > longest or not printable(said[column]):
        raise AnswerRefused(Why.SIGNS, column)
    return said[column]


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text.casefold()):
        raise AnswerRefused(Why.LANGUAGE, "language")
    return text.casefold()


def _story(text: str, client_id: str) -> str:
    """What was told, on one line; whatever looks like a phone number or is her id is refused."""
    if len(text) > 4 * LONGEST_STORY:
        raise AnswerRefused(Why.STORY_LONG, "story")
    flat = unicodedata.normalize("NFC", " ".join(text.split()))
    if not printable(flat):
        raise AnswerRefused(Why.SIGNS, "story")
    if len(flat) > LONGEST_STORY:
        raise AnswerRefused(Why.STORY_LONG, "story")
    if _NUMBER.search(flat) or client_id in flat.split():
        raise AnswerRefused(Why.STORY_NAMES, "story")
    return flat
