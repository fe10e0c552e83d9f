"""Scores on request, from raw history and through the same features as the batch."""

import asyncio

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from features.errors import DataError
from serving.access import Person
from serving.api.answers import OneScore, ScoreAnswer, ScoreRequest
from serving.api.callers import NumbersPerson
from serving.api.errors import DOCUMENTED, Refused
from serving.api.numbers import numbers, spoken
from serving.api.served import Served, TheServed
from serving.erasure import left_out
from serving.events import Event
from serving.posted import Context, score_posted
from serving.speaking import explain

router = APIRouter(prefix="/v1", tags=["scoring"], responses=DOCUMENTED)


@router.post("/score")
async def score(asked: ScoreRequest, shared: TheServed, asking: NumbersPerson) -> ScoreAnswer:
    """Score one client or many from their raw history.

    Of who objected or was erased nothing is computed; `left_out` names them, so that whoever sent them can delete them.
    """
    _within_limits(asked, shared)
    try:
        async with asyncio.timeout(shared.settings.request_seconds), shared.room:
            return await run_in_threadpool(_scored, asked, shared, asking)
    except TimeoutError as error:
        raise Refused(503, "too_slow", "scoring took too long", "Send fewer clients or rows at a time.") from error


def _within_limits(asked: ScoreRequest, shared: Served) -> None:
    rows, clients = sum(map(len, asked.tables.values())), len(asked.tables.get("clients", ()))
    most = shared.settings
    if rows > most.request_rows or clients > most.request_clients:
        raise Refused(
            413,
            "too_large",
            f"the request has {rows} rows about {clients} clients; "
            f"at most {most.request_rows} rows and {most.request_clients} clients are scored at a time",
            "Send fewer clients at a time.",
        )


def _scored(asked: ScoreRequest, shared: Served, asking: Person) -> ScoreAnswer:
    champion = shared.in_use()
    kept = shared.scores(asked.as_of) if asked.context is Context.STORED else None
    if asked.context is Context.STORED and kept is None:
        dates = shared.home.scored_dates()
        have = f"the newest is {dates[-1]}" if dates else "there are none yet"
        raise DataError(f"as_of={asked.as_of} has no stored scores; {have}. Use that date, or context 'none'.")
    sent = [row.get("client_id") for row in asked.tables.get("clients", ())]
    with shared.store.read() as connection:
        without = left_out(connection, (client for client in sent if isinstance(client, str)), shared.today())
    model, version = champion.model, champion.version
    posted = score_posted(asked.tables, asked.as_of, kept, model, version, shared.settings, without)
    X = posted.scores.snapshot.table
    why, reasons = explain(champion.model, X, shared.settings, by_officer=False)
    rows = posted.scores.table.to_dict("records")
    shared.metrics.scored.inc(len(rows))
    shared.record(asking, Event.CLIENTS_SCORED, clients=len(rows), context=str(asked.context))
    return ScoreAnswer(
        as_of=asked.as_of,
        model_version=champion.version,
        context=asked.context,
        scores=[
            OneScore(
                client_id=str(row["client_id"]),
                band=str(row["band"]),
                numbers=numbers({str(k): v for k, v in row.items()}, champion.model.horizon, why, place),
                reasons=spoken(reasons[str(row["client_id"])]),
                reasons_missing=why.failure,
            )
            for place, row in enumerate(rows)
        ],
        not_at_risk=list(posted.not_at_risk),
        left_out=list(posted.left_out),
    )
