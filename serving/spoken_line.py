"""A line spoken in one language: every text that paper, page and table show of it."""

from dataclasses import dataclass

from features.catalogue import FEATURES
from features.drivers import ACTIONS, Action
from serving.languages import Language
from serving.line import COMPLAINT_ALONE, REASONS_MISSING, Line


@dataclass(frozen=True)
class SpokenLine:
    """What is read of a line.

    Parameters
    ----------
    reasons
        Sentences, strongest first; one that says why there is none where there is none.
    why_now
        What changed since last week, or that nothing did; and `before`.
    news
        What changed since last week; empty where there is nothing new to tell.
    before
        Why this client comes before one more at risk; empty where she does not.
    name
        The client's name, or the id where no name is known.
    """

    line: Line
    name: str
    band: str
    reasons: tuple[str, ...]
    why_now: str
    news: str
    before: str
    action: str
    avoid: str
    last_contact: str
    loan: str
    loan_label: str
    meeting: str
    phone: str
    reach: str
    visitor: str
    flags: tuple[str, ...]


def spoken(line: Line, language: Language) -> SpokenLine:
    """A line in a language."""
    card, changed, before = line.card, _why_now(line, language), _before(line, language)
    return SpokenLine(
        line=line,
        name=card.name or line.client_id,
        band=band_in_words(line.band, language),
        reasons=tuple(language.say(FEATURES[said.feature], said.value) for said in line.reasons)
        or (_no_reason(line.reasons_note, language),),
        why_now="; ".join(part for part in (changed, before) if part),
        news="" if line.changes_note in ("unchanged", "no_last_week") else changed,
        before=before,
        action=language.text(ACTIONS[Action(line.action)]),
        avoid=language.text(line.avoid),
        last_contact=_last_contact(line, language),
        loan=_loan(line, language),
        loan_label=language.text("Loan ended") if card.state == "resting" else language.text("Loan ends"),
        meeting=language.day(line.meeting_on) if line.meeting_on else language.text("none this week"),
        phone=_phone(line, language),
        reach=_reach(line, language),
        visitor=_visitor(card.visitor, language),
        flags=_flags(line, language),
    )


def band_in_words(band: str, language: Language) -> str:
    """A band as people read it."""
    match band:
        case "high":
            return language.text("high")
        case "medium":
            return language.text("medium")
    return language.text("low")


def _no_reason(note: str, language: Language) -> str:
    if note == REASONS_MISSING:
        return language.text("The reasons could not be computed this week.")
    if note == COMPLAINT_ALONE:
        return language.text("Listed because a complaint is open.")
    return language.text("No single reason stands out; the picture as a whole does.")


def _why_now(line: Line, language: Language) -> str:
    match line.changes_note:
        case "new":
            return language.text("new among the clients at risk")
        case "unchanged":
            return language.text("no reason shown here has grown since last week")
        case "no_last_week":
            return language.text("last week's figures are not available")
        case "failed":
            return language.text("reasons could not be computed")
    return "; ".join(language.change(FEATURES[each.feature], each.new, each.old) for each in line.changes)


def _before(line: Line, language: Language) -> str:
    if not line.before_riskier:
        return ""
    return language.text(
        "the loan is still open: a visit can change more here than with some who are more at risk but whose loan has "
        "ended"
    )


def _last_contact(line: Line, language: Language) -> str:
    if line.last_contact_on is None:
        return language.text("none on record") if line.card.contacts_known else language.text("not known")
    kind, result = _kind(line.card.last_contact_kind, language), _result(line.last_contact_result, language)
    return ", ".join(part for part in (language.full_day(line.last_contact_on), kind, result) if part)


def _kind(kind: str, language: Language) -> str:
    match kind:
        case "visit":
            return language.text("visit")
        case "call":
            return language.text("call")
        case "message":
            return language.text("message")
        case "meeting":
            return language.text("at the meeting")
        case "survey":
            return language.text("survey")
    return ""


def _result(result: str, language: Language) -> str:
    match result:
        case "reached":
            return language.text("reached")
        case "not_reached":
            return language.text("not reached")
        case "wrong_number":
            return language.text("wrong number")
        case "refused":
            return language.text("did not want to talk")
        case "promised":
            return language.text("promised something")
    return ""


def _loan(line: Line, language: Language) -> str:
    if line.loan_ends_on is None:
        return language.text("not known")
    day = language.full_day(line.loan_ends_on)
    return day if line.card.cycle is None else language.text("{day} (no. {cycle})", day=day, cycle=line.card.cycle)


def _phone(line: Line, language: Language) -> str:
    match line.card.phone_works:
        case True:
            works = language.text("works")
        case False:
            works = language.text("does not work")
        case _:
            works = language.text("not known")
    return f"{line.card.phone} ({works})" if line.card.phone else works


def _reach(line: Line, language: Language) -> str:
    """How and when the client wants to be reached; empty where she has no wish of her own."""
    parts = []
    match line.card.reach_by:
        case "meeting":
            parts.append(language.text("at the meeting"))
        case "visit":
            parts.append(language.text("by visit"))
        case "call":
            parts.append(language.text("by phone"))
        case "message":
            parts.append(language.text("by message"))
    first, last = line.card.hours_from, line.card.hours_until
    if first and last:
        parts.append(language.text("{first} to {last}", first=language.hour(first), last=language.hour(last)))
    elif first:
        parts.append(language.text("not before {first}", first=language.hour(first)))
    elif last:
        parts.append(language.text("not after {last}", last=language.hour(last)))
    return ", ".join(parts)


def _visitor(visitor: str, language: Language) -> str:
    match visitor:
        case "woman":
            return language.text("wants to be visited by a woman")
        case "man":
            return language.text("wants to be visited by a man")
    return ""


def _flags(line: Line, language: Language) -> tuple[str, ...]:
    flags = []
    if line.carried_over:
        flags.append(language.text("carried over from last week"))
    if line.card.open_complaint:
        flags.append(language.text("open complaint"))
    if "conduct" in line.routed:
        flags.append(language.text("about the conduct of staff"))
    if "unreachable" in line.routed:
        flags.append(language.text("not reached so far"))
    if line.card.safe_to_call is False:
        flags.append(language.text("do not call"))
    return tuple(flags)
