"""Samples as they were drawn: stored before anybody is asked, handed out in peace, and never drawn anew."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select, update

from features.errors import UsageError
from serving import audit
from serving.access import Actor
from serving.events import Event
from serving.store.tables import NOBODY, survey_sampled, survey_samples
from serving.survey.sampling import Chosen

#: Of these nothing is kept, not even that they were drawn: the place in the sample alone.
NAMELESS = frozenset({"erased", "objection"})
#: Peace that ends by itself; whoever is drawn may be asked when it is over.
PASSES = frozenset({"bereavement", "disaster"})


@dataclass(frozen=True)
class Sample:
    """A sample that was drawn.

    Parameters
    ----------
    again_of
        The sample whose clients are asked a second time; empty for a first.
    plan
        By which rules it was drawn: period, strata with sizes, margin, confidence and seed.
    digest
        SHA-256 over the clients in their order.
    """

    sample_id: str
    again_of: str
    plan: Mapping[str, Any]
    digest: str
    drawn_by: str
    drawn_on: date


@dataclass(frozen=True)
class Drawn:
    """One client of a sample; `peace` says why she must not be asked."""

    sample_id: str
    place: int
    client_id: str
    stratum: str
    officer_id: str
    left_on: date
    leaver_type: str
    handed_on: date | None
    peace: str


def digest_of(chosen: Sequence[Chosen]) -> str:
    """SHA-256 over the clients of a draw, in their order."""
    return sha256("\n".join(each.client_id for each in chosen).encode()).hexdigest()


def keep(
    connection: Connection,
    sample_id: str,
    plan: Mapping[str, Any],
    chosen: Sequence[Chosen],
    in_peace: Mapping[str, str],
    by: Actor,
    at: datetime,
    today: date,
    again_of: str = "",
) -> Sample:
    """Write a sample down, with its plan.

    Parameters
    ----------
    connection
        Of `Store.write`.
    in_peace
        Client to why she must not be asked. Of who objected or was erased nothing but the place is kept.

    Raises
    ------
    UsageError
        There is a sample of that name that was drawn otherwise.
    """
    before = sample(connection, sample_id)
    digest = digest_of(chosen)
    if before is not None:
        if before.digest == digest and dict(before.plan) == dict(plan):
            return before
        raise UsageError(f"there is a sample {sample_id!r} that was drawn otherwise; a sample is never drawn anew")
    connection.execute(
        insert(survey_samples).values(
            sample_id=sample_id,
            again_of=again_of or None,
            plan=dict(plan),
            digest=digest,
            drawn_by=by.name,
            drawn_at=at,
            drawn_on=today,
        )
    )
    rows = [_row(sample_id, place, each, in_peace.get(each.client_id, "")) for place, each in enumerate(chosen, 1)]
    if rows:
        connection.execute(insert(survey_sampled), rows)
    counted = {"clients": len(rows), "in_peace": sum(bool(row["peace"]) for row in rows)}
    audit.record(connection, at, by.name, by.role, Event.SAMPLE_DRAWN, sample_id, **counted)
    return Sample(sample_id, again_of, plan, digest, by.name, today)


def sample(connection: Connection, sample_id: str) -> Sample | None:
    """A sample by its name."""
    row = connection.execute(select(survey_samples).where(survey_samples.c.sample_id == sample_id)).first()
    return None if row is None else _sample(row)


def samples(connection: Connection) -> list[Sample]:
    """Every sample, oldest first."""
    rows = connection.execute(select(survey_samples).order_by(survey_samples.c.drawn_at, survey_samples.c.sample_id))
    return [_sample(row) for row in rows]


def drawn(connection: Connection, sample_id: str) -> list[Drawn]:
    """Everybody of a sample, in the order of the draw; who is nobody any more has no id."""
    chosen = select(survey_sampled).where(survey_sampled.c.sample_id == sample_id).order_by(survey_sampled.c.place)
    return [Drawn(**dict(row)) for row in connection.execute(chosen).mappings()]


def drawn_client(connection: Connection, sample_id: str, client_id: str) -> Drawn | None:
    """Her place in a sample; None if she is not in it."""
    chosen = select(survey_sampled).where(
        survey_sampled.c.sample_id == sample_id, survey_sampled.c.client_id == client_id
    )
    row = connection.execute(chosen).mappings().first()
    return None if row is None else Drawn(**dict(row))


def of_client(connection: Connection, client_id: str) -> list[Drawn]:
    """Every sample a client stands in."""
    chosen = select(survey_sampled).where(survey_sampled.c.client_id == client_id)
    ordered = chosen.order_by(survey_sampled.c.sample_id, survey_sampled.c.place)
    return [Drawn(**dict(row)) for row in connection.execute(ordered).mappings()]


def hand_out(
    connection: Connection,
    sample_id: str,
    in_peace: Mapping[str, str],
    answered: Collection[str],
    by: Actor,
    at: datetime,
    today: date,
) -> list[Drawn]:
    """Who is to be asked now. Whoever must be left in peace is not among them, and is counted with the reason.

    Parameters
    ----------
    connection
        Of `Store.write`.
    in_peace
        Client to why she must not be asked, as of today.
    answered
        Clients who were asked already.

    Raises
    ------
    UsageError
        There is no such sample.
    """
    if sample(connection, sample_id) is None:
        raise UsageError(f"there is no sample {sample_id!r}; `exitwatch survey sample --list` names those there are")
    handed = []
    for each in drawn(connection, sample_id):
        if each.client_id.startswith(NOBODY) or each.client_id in answered:
            continue
        why = in_peace.get(each.client_id, "")
        peace = why or ("" if each.peace in PASSES else each.peace)
        change: dict[str, Any] = {"peace": peace}
        if peace in NAMELESS:
            change["client_id"] = _nameless(sample_id, each.place)
        if not peace:
            change["handed_on"] = each.handed_on or today
            handed.append(each)
        of = (survey_sampled.c.sample_id == sample_id) & (survey_sampled.c.place == each.place)
        connection.execute(update(survey_sampled).where(of).values(change))
    told = {"clients": len(handed), "in_peace": sum(peace_counts(connection, sample_id).values())}
    audit.record(connection, at, by.name, by.role, Event.SAMPLE_EXPORTED, sample_id, **told)
    return handed


def peace_counts(connection: Connection, sample_id: str) -> dict[str, int]:
    """How many of a sample are left in peace, and why."""
    return dict(sorted(Counter(each.peace for each in drawn(connection, sample_id) if each.peace).items()))


def _row(sample_id: str, place: int, each: Chosen, peace: str) -> dict[str, Any]:
    return {
        "sample_id": sample_id,
        "place": place,
        "client_id": _nameless(sample_id, place) if peace in NAMELESS else each.client_id,
        "stratum": each.stratum,
        "officer_id": "" if peace in NAMELESS else each.officer_id,
        "left_on": each.left_on,
        "leaver_type": each.leaver_type,
        "peace": peace,
    }


def _nameless(sample_id: str, place: int) -> str:
    return f"{NOBODY}{sample_id}-{place}"


def _sample(row: Any) -> Sample:
    return Sample(row.sample_id, row.again_of or "", row.plan, row.digest, row.drawn_by, row.drawn_on)
