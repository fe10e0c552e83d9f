"""One client: how she stands, why, and how she stood before."""

from collections.abc import Mapping

from fastapi import APIRouter

from features.errors import StorageError
from serving.access import Role, Scope
from serving.api.answers import ClientRisk, PastScore, SpokenReason
from serving.api.callers import ThePerson
from serving.api.errors import DOCUMENTED, not_found
from serving.api.numbers import finite, numbers, spoken
from serving.api.served import Served, TheServed
from serving.erasure import left_out
from serving.events import Event
from serving.issued import list_with
from serving.line import DESK
from serving.speaking import explain

router = APIRouter(prefix="/v1/clients", tags=["clients"], responses=DOCUMENTED)

_OTHER_MODEL = "The scores are from another model than the one in use; run `exitwatch weekly`."


@router.get("/{client_id:path}/risk")
def risk(client_id: str, shared: TheServed, asking: ThePerson) -> ClientRisk:
    """Risk of a client by the newest scores. Bands only, unless the token may see numbers.

    Who acts on lists sees how the clients on this week's lists stand, and nobody else: from the others' bands one could
    tell whom the lot left out. An officer and a manager see those of lists they may open, so that nobody is told whom
    the desk has. A client who does not exist, is not at risk, objected, is not yours or is not on such a list gets one
    and the same answer.
    """
    scope, kept = asking.scope, shared.scores()
    with shared.store.read() as connection:
        hidden = client_id in left_out(connection, [client_id], shared.today())
        hidden |= not (scope.sees_numbers or _on_a_list(scope, list_with(connection, client_id)))
    person, row = (None, None) if kept is None else (kept.person(client_id), kept.scores_of(client_id))
    if kept is None or person is None or row is None or hidden or not _sees(scope, person):
        shared.record(asking, Event.CLIENT_REFUSED, client=client_id)
        raise not_found()
    champion = shared.in_use()
    same = champion.version == kept.model_version
    why = None
    reasons: list[SpokenReason] = []
    missing: str | None = _OTHER_MODEL
    if same:
        by_officer = not scope.sees_complaints
        why, found = kept.told_once(
            (client_id, by_officer, champion.version),
            lambda: explain(champion.model, kept.features_of(client_id), shared.settings, by_officer=by_officer),
        )
        reasons, missing = spoken(found[client_id]), why.failure
    shared.record(asking, Event.CLIENT_VIEWED, client=client_id, numbers=scope.sees_numbers)
    return ClientRisk(
        client_id=client_id,
        as_of=kept.as_of,
        model_version=kept.model_version,
        band=str(row["band"]),
        reasons=reasons,
        reasons_missing=missing,
        numbers=numbers(row, champion.model.horizon if same else None, why) if scope.sees_numbers else None,
        history=_history(shared, scope, client_id),
    )


def _sees(scope: Scope, person: Mapping[str, object]) -> bool:
    officer, branch = person["officer_id"], person["branch_id"]
    return scope.sees_client(None if officer is None else str(officer), None if branch is None else str(branch))


def _on_a_list(scope: Scope, of: tuple[str, str] | None) -> bool:
    if of is None or scope.role is Role.DESK:
        return of is not None
    return scope.sees_list(*of, is_desk=of[0] == DESK)


def _history(shared: Served, scope: Scope, client_id: str) -> list[PastScore]:
    past = []
    for kept in shared.scores_before(shared.settings.history_weeks):
        try:
            row = kept.past_of(client_id)
        except StorageError:
            continue
        if row is not None:
            figure = finite(row["risk"]) if scope.sees_numbers else None
            past.append(PastScore(as_of=kept.as_of, band=str(row["band"]), risk=figure))
    return past
