"""Answers entered: kept once, never changed, and written down in the audit log."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, update

from serving import audit
from serving.access import Actor
from serving.erasure import left_out
from serving.events import Event
from serving.store.tables import survey_answers
from serving.survey import kept
from serving.survey.form import Answer, refuse_unfit
from serving.survey.kept import Kept
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.samples import Drawn, Sample, drawn_client, sample
from serving.survey.words import WHISTLE_BLOWN

#: Whoever is asked again after so long, outside a sample, is asked about another leaving.
_ONE_LEAVING_DAYS = 180


class Became(StrEnum):
    """What became of an answer that was sent."""

    KEPT = "kept"
    REFUSAL = "refusal"
    SAME = "same"


@dataclass(frozen=True)
class Recorded:
    """What became of it, and the id it is kept under."""

    became: Became
    answer_id: str


def record(connection: Connection, answer: Answer, by: Actor, channel: str, at: datetime, today: date) -> Recorded:
    """Keep an answer, once. Without consent the refusal alone is kept.

    Parameters
    ----------
    connection
        Of `Store.write`.
    channel
        api, file or page.
    at, today
        Now, and the day it is on the MFI's calendar.

    Raises
    ------
    AnswerRefused
        It does not fit; nothing was kept.
    """
    known = kept.one(connection, answer.answer_id)
    drawn, of = _drawn(connection, answer)
    if drawn is not None and answer.left_on is None and answer.consent:
        answer = replace(answer, left_on=drawn.left_on)
    if known is not None:
        if known.answer != answer:
            raise AnswerRefused(Why.ID_TAKEN, "answer_id")
        return Recorded(Became.SAME, answer.answer_id)
    refuse_unfit(answer, today, "" if drawn is None else drawn.officer_id)
    # Whoever objected or was erased is never told of by a message of ours as anything but a client to leave in peace.
    if left_out(connection, [answer.client_id], today) or (drawn is not None and drawn.peace):
        raise AnswerRefused(Why.IN_PEACE, "client_id")
    if of is not None:
        _refuse_before(answer, of)
        _refuse_same_interviewer(connection, answer, of)
    _replace(connection, answer, today)
    row = {field.name: getattr(answer, field.name) for field in fields(answer)} | {"reasons": ";".join(answer.reasons)}
    told = {"entered_by": by.name, "entered_role": by.role, "channel": channel, "recorded_at": at, "recorded_on": today}
    connection.execute(insert(survey_answers).values(**row, **told))
    became = Became.KEPT if answer.consent else Became.REFUSAL
    subject = audit.pseudonym(connection, answer.client_id)
    whose = by.name, by.role, Event.SURVEY_ANSWERED, subject
    audit.record(connection, at, *whose, sample=answer.sample_id, channel=channel, consent=answer.consent)
    if WHISTLE_BLOWN in answer.reasons:
        audit.record(connection, at, by.name, by.role, Event.WHISTLE_BLOWN, answer.answer_id)
    return Recorded(became, answer.answer_id)


def _drawn(connection: Connection, answer: Answer) -> tuple[Drawn | None, Sample | None]:
    """Her place in the sample the answer names, and that sample."""
    if not answer.sample_id:
        return None, None
    of = sample(connection, answer.sample_id)
    if of is None:
        raise AnswerRefused(Why.UNKNOWN_SAMPLE, "sample_id")
    drawn = drawn_client(connection, answer.sample_id, answer.client_id)
    if drawn is None:
        raise AnswerRefused(Why.NOT_SAMPLED, "sample_id")
    return drawn, of


def _refuse_before(answer: Answer, of: Sample) -> None:
    if answer.interviewed_on < of.drawn_on:
        raise AnswerRefused(Why.BEFORE_PLAN, "interviewed_on")


def _refuse_same_interviewer(connection: Connection, answer: Answer, of: Sample) -> None:
    """A second interview is another person's, or it shows nothing."""
    if not of.again_of:
        return
    first = [each for each in kept.standing(connection, answer.client_id, of.again_of) if each.answer.consent]
    if not first:
        raise AnswerRefused(Why.NOT_ASKED_YET, "client_id")
    names = answer.interviewer.casefold(), first[0].answer.interviewer.casefold()
    if not all(names):
        raise AnswerRefused(Why.INTERVIEWER_NEEDED, "interviewer")
    if names[0] == names[1]:
        raise AnswerRefused(Why.SAME_INTERVIEWER, "interviewer")


def _replace(connection: Connection, answer: Answer, today: date) -> None:
    """Let the answer this one corrects hold no longer; refuse a second answer that corrects none."""
    holding = [each for each in kept.standing(connection, answer.client_id, answer.sample_id) if _alike(each, answer)]
    if answer.replaces is None:
        if holding:
            raise AnswerRefused(Why.ANSWERED, "client_id")
        return
    if answer.replaces not in {each.answer.answer_id for each in holding}:
        raise AnswerRefused(Why.NOTHING_TO_REPLACE, "replaces")
    of = survey_answers.c.answer_id == answer.replaces
    connection.execute(update(survey_answers).where(of).values(replaced_on=today))


def _alike(each: Kept, answer: Answer) -> bool:
    """Whether both are about the same leaving."""
    apart = abs(each.answer.interviewed_on - answer.interviewed_on)
    return bool(answer.sample_id) or each.answer.answer_id == answer.replaces or apart <= timedelta(_ONE_LEAVING_DAYS)
