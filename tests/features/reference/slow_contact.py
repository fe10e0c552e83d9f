"""Family contact, from the catalogue's sentences."""

from collections import Counter
from types import SimpleNamespace

from slow_world import World, share


def failed(contact: SimpleNamespace) -> bool:
    return contact.result in ("not_reached", "wrong_number")


def held(w: World, c: str) -> list[SimpleNamespace]:
    return [k for k in w.contacts(c) if k.kind != "message" and not failed(k)]


def outgoing(w: World, c: str) -> list[SimpleNamespace]:
    return [k for k in w.contacts(c) if k.direction != "in"]


def days_since_contact(w: World, c: str) -> float | None:
    return min((w.ago(k.happened_on) for k in held(w, c)), default=None)


def days_since_visit(w: World, c: str) -> float | None:
    return min((w.ago(k.happened_on) for k in held(w, c) if k.kind in ("visit", "meeting")), default=None)


def contacts_91d(w: World, c: str) -> float | None:
    return sum(w.ago(k.happened_on) < 91 for k in held(w, c))


def contacts_change(w: World, c: str) -> float | None:
    return contacts_91d(w, c) - sum(91 <= w.ago(k.happened_on) < 182 for k in held(w, c))


def contacts_refused_365d(w: World, c: str) -> float | None:
    return sum(k.result == "refused" and w.ago(k.happened_on) < 365 for k in w.contacts(c))


def failed_contacts_91d(w: World, c: str) -> float | None:
    return sum(failed(k) and w.ago(k.happened_on) < 91 for k in outgoing(w, c))


def failed_contact_share_182d(w: World, c: str) -> float | None:
    tried = [k for k in outgoing(w, c) if k.kind != "message" and w.ago(k.happened_on) < 182]
    return share(sum(map(failed, tried)), len(tried))


def failed_contacts_in_a_row(w: World, c: str) -> float | None:
    last = days_since_contact(w, c)
    return sum(failed(k) and (last is None or w.ago(k.happened_on) < last) for k in outgoing(w, c))


def wrong_numbers_365d(w: World, c: str) -> float | None:
    return sum(k.result == "wrong_number" and w.ago(k.happened_on) < 365 for k in w.contacts(c))


def incoming_contacts_91d(w: World, c: str) -> float | None:
    return sum(k.direction == "in" and w.ago(k.happened_on) < 91 for k in w.contacts(c))


def questions_repeated_182d(w: World, c: str) -> float | None:
    topics = Counter(k.topic for k in w.contacts(c) if k.direction == "in" and k.topic and w.ago(k.happened_on) < 182)
    return max(topics.values(), default=0)
