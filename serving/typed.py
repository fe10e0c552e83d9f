"""Lines of a list typed in again, from paper or a filled-in file: found by the number printed at each."""

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from serving.given import Given, OutcomeRefused, Why
from serving.line import OfficerList
from serving.outcome_codes import KINDS

_LETTERS = {kind.letter: kind.kind for kind in KINDS.values()}
_NO_ID = str(UUID(int=0))


def typed_in(page: OfficerList, place: int, *, kind: str, outcome_id: str = "", **told: Any) -> Given:
    """What was written at a line.

    Parameters
    ----------
    place
        Number printed at the line.
    kind
        A kind of contact or its letter.
    outcome_id
        Without one, an id is made of the list and of what was written, so that the same line typed in twice is kept
        once.
    told
        As `Given.of` takes it.

    Raises
    ------
    OutcomeRefused
        There is no such line, or what was written cannot be read or does not go together.
    """
    client = next((line.client_id for line in page.lines if line.place == place), None)
    if client is None:
        raise OutcomeRefused(Why.NOT_FOUND)
    kind = _LETTERS.get(kind.strip().upper(), kind.strip())
    given = Given.of(outcome_id=outcome_id or _NO_ID, client_id=client, kind=kind, **told)
    return given if outcome_id else replace(given, outcome_id=_id_of(page, given))


def _id_of(page: OfficerList, given: Given) -> str:
    said = (
        page.printed_id,
        given.client_id,
        given.happened_on.isoformat(),
        given.kind,
        given.code.code,
        *given.reasons,
        "" if given.promised_on is None else given.promised_on.isoformat(),
        str(given.do_not_contact),
        str(given.wrong),
        given.override,
        given.note,
        given.based_on or "",
    )
    return str(uuid5(NAMESPACE_OID, "\n".join(said)))
