"""Answers of the exit survey as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from serving.store.tables import NOBODY, survey_answers
from serving.survey.form import Answer
from serving.survey.words import WHISTLE_BLOWN

_OWN = tuple(field.name for field in fields(Answer))


@dataclass(frozen=True)
class Kept:
    """A stored answer.

    Parameters
    ----------
    recorded_on
        The day it was entered: since then it is known.
    replaced_on
        The day another took its place; None while it holds.
    """

    answer: Answer
    entered_by: str
    channel: str
    recorded_on: date
    replaced_on: date | None

    @property
    def left_on(self) -> date:
        """When the client left, as far as anybody said; else the day of the interview."""
        return self.answer.left_on or self.answer.interviewed_on


def one(connection: Connection, answer_id: str) -> Kept | None:
    """An answer by its id."""
    return next(iter(_where(connection, survey_answers.c.answer_id == answer_id)), None)


def of_client(connection: Connection, client_id: str) -> list[Kept]:
    """Everything a client ever answered, oldest first, whether it holds or not."""
    return _where(connection, survey_answers.c.client_id == client_id)


def standing(connection: Connection, client_id: str, sample_id: str) -> list[Kept]:
    """Answers of a client that hold, of one sample or of none, newest first."""
    found = _where(
        connection,
        survey_answers.c.client_id == client_id,
        survey_answers.c.sample_id == sample_id,
        survey_answers.c.replaced_on.is_(None),
    )
    return found[::-1]


def of_sample(connection: Connection, sample_id: str) -> list[Kept]:
    """Answers and refusals of a sample that hold, in the order of entry, but for those of clients erased since."""
    return _entered(
        connection,
        survey_answers.c.sample_id == sample_id,
        survey_answers.c.replaced_on.is_(None),
        survey_answers.c.client_id.not_like(f"{NOBODY}%"),
    )


def between(connection: Connection, from_on: date, until_on: date) -> list[Kept]:
    """Answers and refusals that hold, of interviews between two days, whoever was asked; second interviews too.

    In the order of entry.
    """
    return _entered(
        connection,
        survey_answers.c.interviewed_on.between(from_on, until_on),
        survey_answers.c.replaced_on.is_(None),
        survey_answers.c.client_id.not_like(f"{NOBODY}%"),
    )


def of_year(connection: Connection, year: int) -> list[Kept]:
    """As `between`, for a calendar year."""
    return between(connection, date(year, 1, 1), date(year, 12, 31))


def whistles(connection: Connection) -> list[Kept]:
    """Answers that tell of fraud or bribes, newest first: for whoever follows them up, and for nobody else."""
    asked = survey_answers.c.reasons.contains(WHISTLE_BLOWN), survey_answers.c.replaced_on.is_(None)
    return _where(connection, *asked)[::-1]


_ENTRY = survey_answers.c.recorded_at, survey_answers.c.answer_id


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Kept]:
    chosen = select(survey_answers).where(*conditions).order_by(survey_answers.c.interviewed_on, *_ENTRY)
    return [_kept(row) for row in connection.execute(chosen)]


def _entered(connection: Connection, *conditions: ColumnElement[bool]) -> list[Kept]:
    chosen = select(survey_answers).where(*conditions).order_by(*_ENTRY)
    return [_kept(row) for row in connection.execute(chosen)]


def _kept(row: Row[Any]) -> Kept:
    plain = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
    reasons: Sequence[str] = plain["reasons"].split(";") if plain["reasons"] else ()
    answer = Answer(**{name: plain[name] for name in _OWN} | {"reasons": tuple(reasons)})
    return Kept(answer, plain["entered_by"], plain["channel"], plain["recorded_on"], plain["replaced_on"])
