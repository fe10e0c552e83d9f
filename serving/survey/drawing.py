"""Samples drawn from a book, handed out as a form to fill in, and drawn again to compare."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from features.book import Book
from features.errors import DataError, UsageError
from serving import audit
from serving.access import Actor
from serving.events import Event
from serving.survey import kept, samples
from serving.survey.frame import frame, in_peace
from serving.survey.samples import Drawn, Sample
from serving.survey.sampling import Chosen, Design, draw, draw_again
from serving.survey.words import COLUMNS

_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
#: Of the form that is handed out: what is known of each client, then what is asked.
_GIVEN = ("sample_id", "client_id", "left_on")


@dataclass(frozen=True)
class Made:
    """A sample, and what is said of it."""

    sample: Sample
    told: tuple[str, ...]


def draw_first(
    connection: Connection, book: Book, as_of: date, name: str, design: Design, by: Actor, at: datetime, today: date
) -> Made:
    """Draw a sample and write it down; one that is there already is left as it is.

    Parameters
    ----------
    connection
        Of `Store.write`.

    Raises
    ------
    UsageError
        The name cannot be one, or belongs to a sample of another design.
    DataError
        Nobody is known to have left in the period.
    """
    _refuse_name(name)
    before = samples.sample(connection, name)
    if before is not None:
        _refuse_other(before, design)
        return Made(before, _told(connection, before))
    leavers = frame(book, as_of, design)
    if not leavers:
        raise DataError(
            f"nobody is known to have left between {design.from_on} and {design.until_on}; the grace period of the "
            "last loan must be over. Choose an earlier period, or a later --as-of."
        )
    chosen = draw(leavers, design)
    peace = in_peace(connection, book, as_of, (each.client_id for each in chosen), today)
    plan = design.plan(leavers, chosen) | {"as_of": as_of.isoformat()}
    made = samples.keep(connection, name, plan, chosen, peace, by, at, today)
    return Made(made, _told(connection, made))


def draw_second(
    connection: Connection,
    book: Book,
    name: str,
    again_of: str,
    share: float,
    seed: int,
    by: Actor,
    at: datetime,
    today: date,
) -> Made:
    """Draw a random part of those who answered, to be asked again by somebody else.

    Raises
    ------
    UsageError
        There is no first sample of that name, or nobody of it has answered.
    """
    _refuse_name(name)
    before = samples.sample(connection, name)
    if before is not None:
        return Made(before, _told(connection, before))
    first = samples.sample(connection, again_of)
    if first is None or first.again_of:
        raise UsageError(
            f"there is no first sample {again_of!r}; `exitwatch survey sample --list` names those there are"
        )
    said = {each.answer.client_id for each in kept.of_sample(connection, again_of) if each.answer.consent}
    answered = [
        Chosen(each.client_id, each.stratum, each.officer_id, each.left_on, each.leaver_type)
        for each in samples.drawn(connection, again_of)
        if each.client_id in said
    ]
    chosen = draw_again(answered, share, seed)
    peace = in_peace(connection, book, today, (each.client_id for each in chosen), today)
    plan = {"share": share, "seed": seed, "answered": len(answered)}
    made = samples.keep(connection, name, plan, chosen, peace, by, at, today, again_of)
    return Made(made, _told(connection, made))


def replay(connection: Connection, book: Book, as_of: date, name: str, design: Design, by: Actor, at: datetime) -> None:
    """Draw a sample again from the book and compare it with the one that was written down.

    Raises
    ------
    UsageError
        There is no such sample, or it was drawn by another design.
    DataError
        Other clients come out: the book is another than it was.
    """
    before = samples.sample(connection, name)
    if before is None:
        raise UsageError(f"there is no sample {name!r}; `exitwatch survey sample --list` names those there are")
    _refuse_other(before, design)
    same = samples.digest_of(draw(frame(book, as_of, design), design)) == before.digest
    audit.record(connection, at, by.name, by.role, Event.SAMPLE_REPLAYED, name, same=same)
    if not same:
        raise DataError(
            f"sample {name!r} does not come out again: the book is another than on {before.drawn_on}, when it was "
            "drawn. Draw from that day's copy of the book."
        )


def handed(connection: Connection, book: Book, name: str, by: Actor, at: datetime, today: date) -> list[Drawn]:
    """Who of a sample is to be asked now."""
    clients = [each.client_id for each in samples.drawn(connection, name)]
    answered = {each.answer.client_id for each in kept.of_sample(connection, name)}
    return samples.hand_out(
        connection, name, in_peace(connection, book, today, clients, today), answered, by, at, today
    )


def as_form(asked: Sequence[Drawn]) -> bytes:
    """A CSV file for interviewers, which `exitwatch survey import` reads when it is filled in."""
    sink = io.StringIO()
    rows = csv.DictWriter(sink, COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for each in asked:
        rows.writerow({name: str(getattr(each, name)) for name in _GIVEN})
    return sink.getvalue().encode()


def _told(connection: Connection, made: Sample) -> tuple[str, ...]:
    drawn = samples.drawn(connection, made.sample_id)
    peace = samples.peace_counts(connection, made.sample_id)
    told = [f"{made.sample_id}: {len(drawn)} clients, written down on {made.drawn_on}, SHA-256 {made.digest[:12]}"]
    if "leavers" in made.plan:
        told.append(f"drawn from {made.plan['leavers']:,} leavers in {len(made.plan['strata'])} strata")
        told.append("by month of leaving: " + ", ".join(f"{month} {n}" for month, n in made.plan["months"].items()))
    if peace:
        told.append("left in peace and not handed out: " + ", ".join(f"{why} {n}" for why, n in peace.items()))
    return tuple(told)


def _refuse_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "a sample's name has 1 to 40 letters, figures, dots and dashes, and begins with a letter or figure"
        )


def _refuse_other(before: Sample, design: Design) -> None:
    """Refuse a design other than the one a sample was drawn by."""
    wanted = design.plan([], [])
    other = [
        key for key in wanted if key not in ("leavers", "strata", "months") and before.plan.get(key) != wanted[key]
    ]
    if other:
        raise UsageError(
            f"sample {before.sample_id!r} was drawn with another {', '.join(sorted(other))}; a sample is never drawn "
            "anew. Give this one another name."
        )
