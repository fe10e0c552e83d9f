"""A list as a page shows it: the same content as on paper, and what has become of each line."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.contact_times import calling_days, calling_hours
from serving.corrected import in_words
from serving.corrections import Correction
from serving.documents.content import Content, Entry, content
from serving.languages import Language
from serving.line import Line, OfficerList
from serving.pages.state import Moment, State
from serving.pages.told import Told, told
from serving.peace import Peace
from serving.settings import Settings

#: Complaints about staff stay with the desk, whatever branch they come from.
NOT_FOR_BRANCHES = "conduct"


@dataclass(frozen=True)
class Call:
    """A number that may be called.

    Parameters
    ----------
    days
        Days on which it may be called, as ISO dates: those of the list's week that are no holiday.
    later
        Why it is no link at this hour; empty while it is one.
    """

    number: str
    shown: str
    first: str
    last: str
    days: tuple[str, ...]
    later: str


@dataclass(frozen=True)
class Row:
    """One card.

    Parameters
    ----------
    told
        The outcome that holds.
    waiting
        Outcomes that wait for a person's decision.
    usual_kind
        How the client is most likely met.
    corrected
        That something on the card is as the client put it right; empty where nothing is.
    search
        What a search looks through.
    """

    entry: Entry
    where: tuple[str, ...]
    told: Told | None
    waiting: tuple[Told, ...]
    peace: Peace | None
    call: Call | None
    usual_kind: str
    search: str
    routed: tuple[str, ...]
    corrected: str

    @property
    def place(self) -> int:
        """Number on the list."""
        return self.entry.line.place

    @property
    def client_id(self) -> str:
        """Whose card it is."""
        return self.entry.line.client_id

    @property
    def goes_to_branches(self) -> bool:
        """Whether the desk may hand it over."""
        return NOT_FOR_BRANCHES not in self.entry.line.routed


@dataclass(frozen=True)
class Meeting:
    """Cards of one meeting; a day and a group as they are read."""

    day: str
    group: str
    lines: tuple[Row, ...]


@dataclass(frozen=True)
class Earlier:
    """What was entered for a line that the list has no more, since its week was drawn again."""

    name: str
    client_id: str
    told: Told | None
    waiting: tuple[Told, ...]


@dataclass(frozen=True)
class Show:
    """What a card offers besides.

    Parameters
    ----------
    enters
        Whether what was found may be entered.
    anytime
        Whether it is read at another time than now, as what a phone keeps is.
    csrf
        Empty in what a phone keeps.
    """

    list_id: str
    check: str
    enters: bool
    desk: bool
    csrf: str
    anytime: bool = False


@dataclass(frozen=True)
class ListView:
    """A whole list as a page shows it."""

    title: str
    who: str
    institution: str
    span: str
    list_id: str
    rule: str
    drawn: str
    valid: str
    stale: str
    sections: tuple[Meeting, ...]
    earlier: tuple[Earlier, ...]
    done: int
    total: int
    show: Show


def list_view(state: State, language: Language, settings: Settings, moment: Moment, show: Show) -> ListView:
    """Everything a page shows of a list.

    Parameters
    ----------
    moment
        When a call would be made: decides what may be called.
    """
    page, peace, right, held, waiting = state.page, state.peace, state.right, state.held, state.waiting
    said = content(page, language, settings)

    def row(entry: Entry) -> Row:
        client = entry.line.client_id
        where = _where(entry)
        return Row(
            entry=entry,
            where=where,
            told=told(held[client], language) if client in held else None,
            waiting=tuple(told(outcome, language) for outcome in waiting.get(client, ())),
            peace=peace.get(client),
            call=None if client in peace else _call(entry, page, language, settings, moment),
            usual_kind="call" if page.is_desk else "meeting" if entry.line.meeting_on else "visit",
            search=" ".join((entry.spoken.name, client, entry.line.card.group, entry.village, entry.line.card.phone)),
            routed=tuple(filter(None, (_routed(why, language) for why in entry.line.routed))),
            corrected=_corrected(right.get(client, ()), language),
        )

    if page.is_desk:
        sections = _by_reason([row(entry) for entry in said.entries], language)
    else:
        sections = tuple(Meeting(s.day, s.group, tuple(row(entry) for entry in s.entries)) for s in said.sections)
    return ListView(
        title=said.title,
        who=language.text("Retention desk") if page.is_desk else said.who,
        institution=said.institution,
        span=said.span,
        list_id=said.list_id,
        rule=said.rule,
        drawn=said.drawn,
        valid=said.valid,
        stale=_stale(said, moment, language),
        sections=sections,
        earlier=tuple(_earlier(line, state, language) for line in state.earlier),
        done=sum(line.client_id in held for line in page.lines),
        total=len(page.lines),
        show=show,
    )


def hours_now(page: OfficerList, settings: Settings, moment: Moment) -> tuple[bool | None, ...]:
    """Of each line whether it is too early to call (True), too late (False), or neither: what changes by the hour."""
    answer: list[bool | None] = []
    for line in page.lines:
        first, last = calling_hours(settings, line.card.hours_from, line.card.hours_until) or ("", "")
        answer.append(True if moment.clock < first else False if moment.clock >= last else None)
    return tuple(answer)


def _by_reason(rows: list[Row], language: Language) -> tuple[Meeting, ...]:
    """The desk's lines by why they are its own: complaints first, the rest in the order of the list."""
    titles = {
        "complaint": language.text("Open complaints"),
        "conduct": language.text("Complaints about the conduct of staff"),
        "unreachable": language.text("Not reached by their officer"),
        "no_officer": language.text("Without an officer"),
        "": language.text("Others"),
    }
    found: dict[str, list[Row]] = {why: [] for why in titles}
    for each in rows:
        routed = each.entry.line.routed
        why = "conduct" if "conduct" in routed else next((why for why in titles if why in routed), "")
        found[why].append(each)
    return tuple(Meeting(titles[why], "", tuple(those)) for why, those in found.items() if those)


def _earlier(line: Line, state: State, language: Language) -> Earlier:
    client = line.client_id
    held, waiting = state.held.get(client), state.waiting.get(client, ())
    return Earlier(
        name=line.card.name or client,
        client_id=client if line.card.name else "",
        told=None if held is None else told(held, language),
        waiting=tuple(told(outcome, language) for outcome in waiting),
    )


def _where(entry: Entry) -> tuple[str, ...]:
    line, card = entry.line, entry.line.card
    number = line.client_id if card.name else ""
    return tuple(part for part in (number, card.group, entry.village, entry.speaks) if part)


def _call(entry: Entry, page: OfficerList, language: Language, settings: Settings, moment: Moment) -> Call | None:
    """The client's number, if it works and a call is safe."""
    card = entry.line.card
    if not card.phone or not card.phone_works or card.safe_to_call is False:
        return None
    hours = calling_hours(settings, card.hours_from, card.hours_until)
    if hours is None:
        return None
    first, last = hours
    shown = language.text("{first} to {last}", first=language.hour(first), last=language.hour(last))
    days = calling_days(settings, (card.branch_id, page.branch_id), page.as_of)
    later = ""
    if moment.today not in days:
        later = language.text("{phone}, not today", phone=card.phone)
    elif moment.clock < first:
        later = language.text("{phone}, not before {hour}", phone=card.phone, hour=language.hour(first))
    elif moment.clock >= last:
        later = language.text("{phone}, no more today", phone=card.phone)
    number = "".join(sign for sign in card.phone if sign in "+0123456789")
    return Call(number, f"{card.phone} ({shown})", first, last, tuple(day.isoformat() for day in days), later)


def _routed(why: str, language: Language) -> str:
    """What the heading over a card does not say yet."""
    if why == NOT_FOR_BRANCHES:
        return language.text("The branch is not to see this line.")
    return ""


def _corrected(found: Sequence[Correction], language: Language) -> str:
    """That a card was put right, and what it has no place for."""
    if not found:
        return ""
    return " ".join((language.text("Put right by the client."), *in_words(found)))


def _stale(said: Content, moment: Moment, language: Language) -> str:
    if moment.today <= said.last:
        return ""
    return language.text("This list was for an earlier week: visit and call nobody by it any more.")
