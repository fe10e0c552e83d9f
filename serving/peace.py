"""Who on a list is to be left in peace today: also where the hold was entered after the list was drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, bindparam, or_, select

from serving.holds import Hold, Reach, as_spoken
from serving.languages import Language
from serving.line import Line, OfficerList
from serving.outcome_codes import CODES
from serving.settings import Settings
from serving.store.tables import holds, outcomes

_IN_FORCE = select(holds.c.kind, holds.c.reach, holds.c.target, holds.c.from_on).where(
    holds.c.from_on <= bindparam("today"),
    or_(holds.c.until_on.is_(None), holds.c.until_on >= bindparam("today")),
    or_(holds.c.lifted_on.is_(None), holds.c.lifted_on > bindparam("today")),
)
_CONTACTS = tuple(code.code for code in CODES.values() if code.contact)
_MANY = tuple(reach for reach in Reach if reach is not Reach.CLIENT)
# Two questions, each answered from an index: a large institution has tens of thousands of holds of one client.
_OF_ONE = _IN_FORCE.where(holds.c.target.in_(bindparam("clients", expanding=True)))
_OF_MANY = _IN_FORCE.where(holds.c.reach.in_(bindparam("reaches", expanding=True)))


@dataclass(frozen=True)
class Peace:
    """A hold as a card shows it: that it is one, never why.

    Parameters
    ----------
    from_on
        Its first day: what was found before may still be entered. None where anything may.
    """

    from_on: date | None
    sentence: str

    @property
    def last_day(self) -> str:
        """The newest day of which something may still be told, as a form has it; empty where there is none."""
        return "" if self.from_on is None else self.from_on.isoformat()


def at_peace(
    connection: Connection, page: OfficerList, today: date, language: Language, settings: Settings
) -> Mapping[str, Peace]:
    """Clients of a list who are to be left in peace today, by client_id, also by what came in since it was drawn.

    They are under a hold, or a contact for another list turned out to lie within the cool-off; a complaint is answered
    for all that. A list whose week is over tells nothing new of anybody: its clients may be another's by now.
    """
    if not page.lines or not page.current(today):
        return {}
    reached: dict[tuple[Reach, str], list[str]] = {}
    for line in page.lines:
        for reach, target in _found_by(line, page):
            reached.setdefault((reach, target), []).append(line.client_id)
    clients = [line.client_id for line in page.lines]
    of_one = connection.execute(_OF_ONE, {"today": today, "clients": clients}).all()
    of_many = connection.execute(_OF_MANY, {"today": today, "reaches": [each.value for each in _MANY]}).all()
    found: dict[str, Peace] = {}
    for row in sorted((*of_one, *of_many), key=lambda row: row.from_on):
        reach, target = Reach(row.reach), str(row.target)
        for client in reached.get((reach, as_spoken(target) if reach is Reach.VILLAGE else target), []):
            found.setdefault(client, Peace(row.from_on, _sentence(Hold(row.kind), language)))
    return _cooling(connection, page, today, language, settings.cool_off_days) | found


def _cooling(connection: Connection, page: OfficerList, today: date, language: Language, days: int) -> dict[str, Peace]:
    """Who was contacted for another list a short while ago."""
    asked = [line.client_id for line in page.lines if not line.card.open_complaint]
    made = select(outcomes.c.client_id, outcomes.c.happened_on).where(
        outcomes.c.client_id.in_(asked),
        outcomes.c.status == "accepted",
        outcomes.c.code.in_(_CONTACTS),
        outcomes.c.list_id != page.list_id,
        outcomes.c.happened_on > today - timedelta(days=days),
    )
    latest: dict[str, date] = {}
    for row in connection.execute(made):
        latest[row.client_id] = max(row.happened_on, latest.get(row.client_id, row.happened_on))
    return {client: Peace(None, _cool(language, day + timedelta(days=days))) for client, day in sorted(latest.items())}


def _found_by(line: Line, page: OfficerList) -> list[tuple[Reach, str]]:
    """What a hold that reaches a line may name. A list drawn before lines said so knows less of the client."""
    card = line.card
    named = (
        (Reach.CLIENT, line.client_id),
        (Reach.HOUSEHOLD, card.household_id),
        (Reach.GROUP, card.group_id or card.group),
        (Reach.VILLAGE, as_spoken(card.village)),
        (Reach.BRANCH, card.branch_id or page.branch_id),
    )
    return [(reach, target) for reach, target in named if target]


def _cool(language: Language, until: date) -> str:
    day = language.day(until)
    return language.text("This client was contacted a short while ago: do not visit or call before {day}.", day=day)


def _sentence(kind: Hold, language: Language) -> str:
    if kind is Hold.UNSAFE:
        return language.text("A contact could put this client in danger: do not visit, do not call.")
    return language.text("This client asks to be left in peace: do not visit, do not call.")
