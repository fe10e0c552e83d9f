"""Lines as clients say they are right: what they corrected goes before what the list was drawn from."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from serving.corrections import Correction
from serving.line import Card, Line, OfficerList

_AS_IT_IS = frozenset({"name", "reach_by", "hours_from", "hours_until", "visitor", "language", "village"})


def corrected(page: OfficerList, found: Mapping[str, Iterable[Correction]]) -> OfficerList:
    """A list whose cards say what its clients say is right.

    Parameters
    ----------
    found
        client_id to her corrections, oldest first.
    """
    if not found:
        return page
    return replace(page, lines=tuple(_line(line, found.get(line.client_id, ())) for line in page.lines))


def in_words(found: Iterable[Correction]) -> tuple[str, ...]:
    """What a card has no place for, as the client said it."""
    return tuple(each.value for each in found if each.what not in _AS_IT_IS and each.what not in _CHANGES)


def _line(line: Line, found: Iterable[Correction]) -> Line:
    card = line.card
    for each in found:
        if each.what in _AS_IT_IS:
            card = Card(**asdict(card) | {each.what: each.value})
        elif each.what in _CHANGES:
            card = _CHANGES[each.what](card, each.value)
    return replace(line, card=card)


def _phone(card: Card, value: str) -> Card:
    return replace(card, phone=value, phone_works=True)


def _safe(card: Card, value: str) -> Card:
    safe = value == "yes"
    return replace(card, safe_to_call=safe, phone=card.phone if safe else "")


_CHANGES = {"phone": _phone, "safe_to_call": _safe}
