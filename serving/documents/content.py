"""What a list says, in one language and in order: paper, page and workbook all show this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType

from serving.languages import Language
from serving.line import Line, OfficerList
from serving.outcome_codes import DESK, KEPT_BACK, KINDS, OFFICER, codes_for, reasons_for
from serving.settings import Settings
from serving.spoken_line import SpokenLine, spoken

#: Code and meaning.
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One line as it is read.

    Parameters
    ----------
    village, speaks
        Empty where it is not known.
    reasons
        Sentences, strongest first.
    facts
        Label and value: phone, how to reach, loan, last contact.
    tags
        What must not be overlooked: carried over, do not call, a wish about the visitor.
    """

    line: Line
    spoken: SpokenLine
    village: str
    speaks: str
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """Lines of one meeting: its day and its group. Both are empty on the desk's list, which rides on no meeting."""

    day: str
    group: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Keys:
    """Codes and their meaning, in the order of the legend."""

    kinds: Key
    codes: Key
    reasons: Key


@dataclass(frozen=True)
class Content:
    """A list in words.

    Parameters
    ----------
    who
        Officer and branch.
    span, first, last
        The week it holds for, in words and as days.
    list_id
        With its check letters.
    labels
        Words that stand on every list, by what they stand at.
    keys
        Keys of the reply boxes: how the client was met, what was found, her own reasons.
    """

    page: OfficerList
    language: Language
    title: str
    who: str
    institution: str
    span: str
    first: date
    last: date
    list_id: str
    rule: str
    sections: tuple[Section, ...]
    labels: Mapping[str, str]
    keys: Keys
    valid: str
    drawn: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All lines, in the order of the list."""
        return tuple(entry for section in self.sections for entry in section.entries)


def content(page: OfficerList, language: Language, settings: Settings) -> Content:
    """Everything a list says."""
    first, last = days(page.as_of)
    return Content(
        page=page,
        language=language,
        title=title(page, language),
        who=", ".join(part for part in (page.officer_name, page.branch_name) if part),
        institution=settings.institution,
        span=span(page.as_of, language),
        first=first,
        last=last,
        list_id=page.printed_id,
        rule=rule(language, settings),
        sections=_sections(page, language),
        labels=labels(language),
        keys=keys(DESK if page.is_desk else OFFICER, language),
        valid=language.text(
            "Valid until {day}; the next list takes its place. Shred the paper after entry.", day=language.day(last)
        ),
        drawn=_drawn(page, language),
    )


def keys(role: str, language: Language) -> Keys:
    """What somebody of a role may write into the reply boxes; what is kept back is entered nowhere but on the page."""
    return Keys(
        kinds=tuple((kind.letter, language.text(kind.name)) for kind in KINDS.values()),
        codes=tuple((code.code, language.text(code.name)) for code in codes_for(role)),
        reasons=tuple(
            (reason.code, language.text(reason.name)) for reason in reasons_for(role) if reason.code not in KEPT_BACK
        ),
    )


def days(as_of: date) -> tuple[date, date]:
    """First and last day a list holds for."""
    return as_of + timedelta(days=1), as_of + timedelta(days=7)


def span(as_of: date, language: Language) -> str:
    """Those days in words."""
    first, last = days(as_of)
    return language.text("{first} to {last}", first=language.day(first), last=f"{language.day(last)} {last.year}")


def title(page: OfficerList, language: Language) -> str:
    """What the list is."""
    return language.text("Calls for the retention desk") if page.is_desk else language.text("Clients to see this week")


def rule(language: Language, settings: Settings) -> str:
    """What every contact keeps to."""
    return " ".join(
        (
            language.text("A conversation, not a sale: whether to stay is the client's own choice."),
            language.text(
                "Contact between {first} and {last}, with the client alone, and best at the meeting.",
                first=language.hour(settings.contact_from),
                last=language.hour(settings.contact_until),
            ),
            language.text("The reasons are what the data shows, not why it is so."),
        )
    )


def allowed(line: Line, page: OfficerList) -> Line:
    """The line as this list may show it: that a complaint is open is for the desk to know, never for an officer."""
    if page.is_desk:
        return line
    return replace(line, routed=(), card=replace(line.card, open_complaint=False))


def labels(language: Language) -> Mapping[str, str]:
    """Words that stand on every list."""
    return MappingProxyType(
        {
            "list": language.text("List"),
            "page": language.text("Page {page} of {pages}", page="{page}", pages="{pages}"),
            "shows": language.text("What the data shows"),
            "new": language.text("New this week"),
            "do": language.text("Do"),
            "avoid": language.text("Avoid"),
            "reached": language.text("reached"),
            "not_reached": language.text("not reached"),
            "wrong_number": language.text("wrong number"),
            "wrong_line": language.text("line is wrong"),
            "kind": language.text("how"),
            "code": language.text("code"),
            "promised": language.text("comes on"),
            "own_reason": language.text("own reason"),
            "do_not_contact": language.text("do not contact again"),
            "kinds": language.text("How"),
            "codes": language.text("Codes"),
            "reasons": language.text("Client's own reasons"),
        }
    )


def _drawn(page: OfficerList, language: Language) -> str:
    lines = language.plural("{n} line", "{n} lines", len(page.lines))
    return f"{lines}, {language.text('drawn on what was known on {day}', day=language.full_day(page.as_of))}"


def _sections(page: OfficerList, language: Language) -> tuple[Section, ...]:
    lines = sorted(page.lines, key=lambda line: line.place)
    if page.is_desk:
        return (Section("", "", tuple(_entry(line, page, language) for line in lines)),) if lines else ()
    found = []
    for (meeting_on, group), met in groupby(lines, _met):
        day = language.text("No meeting this week") if meeting_on is None else language.day(meeting_on)
        found.append(Section(day, group, tuple(_entry(line, page, language) for line in met)))
    return tuple(found)


def _met(line: Line) -> tuple[date | None, str]:
    return line.meeting_on, line.card.group if line.meeting_on else ""


def _entry(line: Line, page: OfficerList, language: Language) -> Entry:
    said = spoken(allowed(line, page), language)
    card = line.card
    facts = (
        (language.text("Phone"), said.phone),
        (language.text("Reach"), said.reach),
        (said.loan_label, said.loan),
        (language.text("Last contact"), said.last_contact),
        (language.text("Why before others"), said.before),
    )
    return Entry(
        line=line,
        spoken=said,
        village=card.village,
        speaks=language.text("speaks {language}", language=card.language) if card.language else "",
        reasons=tuple(reason[:1].upper() + reason[1:] for reason in said.reasons),
        facts=tuple((label, value) for label, value in facts if value),
        tags=tuple(tag for tag in (*said.flags, said.visitor) if tag),
    )
