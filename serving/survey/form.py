"""The form of an exit interview: what is asked, in which closed words it is answered, and what does not fit.

Consent comes first: without it nothing is kept but that the client refused. Reasons are an ordered chain, as leaving is
seldom one thing: the first link is the root, the last is what happened last before leaving, those between contributed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from features.leaver_type import LeaverType
from serving.given import printable
from serving.outcome_codes import REASONS
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.said import as_day, as_id, as_language, as_story, as_yes, one_of, own_id, short
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
_LONGEST_ID, _LONGEST_NAME = 200, 120
#: A leaver who comes back later than that is a new client.
_FURTHEST_RETURN_DAYS = 1_826
_LINKS = ("root", "contributing", "last")


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
        client_id, day = said["client_id"], as_day(said, "interviewed_on")
        if not client_id or len(client_id) > _LONGEST_ID or not printable(client_id):
            raise AnswerRefused(Why.CLIENT, "client_id")
        if day is None:
            raise AnswerRefused(Why.NOT_A_DATE, "interviewed_on")
        consent = as_yes(said, "consent")
        if consent is None:
            raise AnswerRefused(Why.CONSENT_UNSAID, "consent")
        asked = cls(
            answer_id=own_id(said),
            client_id=client_id,
            interviewed_on=day,
            consent=consent,
            interviewer=short(said, "interviewer", _LONGEST_NAME),
            interviewer_role=one_of(said, "interviewer_role", tuple(ASKED_BY)),
            sample_id=short(said, "sample_id", 40),
            replaces=as_id(said["replaces"], "replaces") if said["replaces"] else None,
        )
        if not consent:
            return asked
        answer = replace(
            asked,
            leaver_type=one_of(said, "leaver_type", tuple(LeaverType)),
            left_on=as_day(said, "left_on"),
            reasons=chain(said["reasons"]),
            private_consent=as_yes(said, "private_consent") or False,
            would_return=one_of(said, "would_return", OPINIONS),
            return_on=as_day(said, "return_on"),
            would_recommend=one_of(said, "would_recommend", OPINIONS),
            kept_by=one_of(said, "kept_by", tuple(KEPT_BY)),
            since=one_of(said, "since", SINCE),
            language=as_language(said["language"]),
            place=one_of(said, "place", PLACES),
            story=as_story(said["story"], client_id),
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
