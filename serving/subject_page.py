"""What is kept about a client, as one page in her language: plain words, and nothing that needs a network."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from serving.documents.page import style
from serving.experiment.lot import Arm
from serving.holds import Hold
from serving.languages import Language
from serving.line import DESK
from serving.outcome_codes import CODES, KINDS, NO_CONTACT, OVERRIDES, REASONS

_TEMPLATES = Path(__file__).with_name("templates")

#: Who did something, by role.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "officer": "Credit officer",
        "manager": "Branch manager",
        "desk": "Retention desk",
        "analyst": "Analyst",
        "dpo": "Data-protection officer",
        "admin": "Administrator",
        "operator": "Whoever runs the server",
        "credit": "Credit-decision system",
    }
)
#: What was done with her record, by the event of the audit log.
DONE: Mapping[str, str] = MappingProxyType(
    {
        "client_viewed": "looked at how you stand",
        "lists_viewed": "read a list you stand on",
        "figures_viewed": "looked at the week of your branch",
        "list_viewed": "read a list you stand on",
        "list_exported": "printed or saved a list you stand on",
        "list_replayed": "made an old list again that you stand on",
        "outcome_recorded": "wrote down what was found at a visit or call",
        "outcome_viewed": "read what was found at a visit or call",
        "outcome_settled": "decided between two entries about you",
        "line_handed_over": "gave your line to a branch",
        "line_taken_back": "took your line back from a branch",
        "handover_done": "dealt with your line",
        "survey_answered": "wrote down what you said about leaving",
        "hold_placed": "left you in peace for a time",
        "hold_lifted": "ended a time of peace",
        "subject_exported": "gave you what is kept about you",
        "correction_made": "wrote down what you said is wrong",
        "objection_made": "wrote down that you object",
        "erasure_refused": "could not erase yet what is kept about you",
        "client_erased": "erased what was kept about you",
    }
)
_ELSE = "did something else with your record"
#: Why somebody is left in peace.
PEACE: Mapping[Hold, str] = MappingProxyType(
    {
        Hold.OBJECTION: "You objected: nothing is computed about you",
        Hold.OPT_OUT: "You want to stand on no list",
        Hold.DO_NOT_CONTACT: "You do not want to be contacted",
        Hold.BEREAVEMENT: "A death in the family",
        Hold.DISASTER: "A flood, a fire or another disaster",
        Hold.UNSAFE: "A contact would not be safe",
    }
)
#: What may be corrected, and the particulars shown, by the column.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "name": "Name",
        "phone": "Phone",
        "reach_by": "How you want to be reached",
        "hours_from": "Not before",
        "hours_until": "Not after",
        "safe_to_call": "Whether a call is safe",
        "visitor": "Who may visit you",
        "language": "Language",
        "village": "Village",
        "group_id": "Group",
        "meeting_weekday": "Day of the meeting",
        "joined_on": "Client since",
        "branch_id": "Branch",
        "other": "Something else",
    }
)
#: How and by whom she wants to be met, by the value of the book.
WISHES: Mapping[str, str] = MappingProxyType(
    {
        "meeting": "at the meeting",
        "visit": "by visit",
        "call": "by phone",
        "message": "by message",
        "woman": "a woman",
        "man": "a man",
        "anyone": "anyone",
    }
)
_MONDAY_TO_SUNDAY = tuple("1234567")
_BANDS: Mapping[str, str] = MappingProxyType({"high": "high", "medium": "medium", "low": "low"})

MESSAGES: tuple[str, ...] = (
    *ROLES.values(),
    *DONE.values(),
    _ELSE,
    *PEACE.values(),
    *LABELS.values(),
    *WISHES.values(),
)


def as_subject_page(kept: Mapping[str, Any], client_id: str, institution: str, day: date, language: Language) -> str:
    """The page for a client.

    Parameters
    ----------
    kept
        What `serving.subject_access.gathered` gave.
    day
        The day it is made.
    """
    return (
        _pages(language)
        .get_template("subject.html")
        .render(
            client_id=client_id,
            institution=institution,
            day=day,
            attributes=_attributes(kept["attributes"], language),
            scores=[_score(row, language) for row in reversed(kept["scores"])],
            lists=_in_force(kept["lists"], language),
            found=[_outcome(row, language) for row in kept["found"]],
            peace=[_hold(row, language) for row in kept["peace"]],
            corrections=[
                (language.text(LABELS[row["what"]]), row["value"], _day(row["entered_at"]))
                for row in kept["corrections"]
            ],
            asked=[_answer(row, language) for row in kept["asked"]],
            drawn=sorted({_day(str(row["left_on"])) for row in kept["sampled"]}),
            lots=[
                {"left_out": row["arm"] == Arm.HELD_OUT, "from": _day(row["from_on"]), "until": _day(row["until_on"])}
                for row in kept["lots"]
            ],
            seen=[_look(row, language) for row in reversed(kept["seen"])],
            months=kept["kept_months"],
            law=kept["law"],
            style=style(),
        )
        + "\n"
    )


@cache
def _pages(language: Language) -> Environment:
    loader = FileSystemLoader(_TEMPLATES)
    return language.speak_in(Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True))


def _attributes(tables: Mapping[str, Mapping[str, Any]] | None, language: Language) -> list[tuple[str, str]]:
    read = {name: value for table in (tables or {}).values() for name, value in table.items()}
    return [(language.text(label), _said(name, read[name], language)) for name, label in LABELS.items() if name in read]


def _score(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    chance = row.get("risk_91d")
    return {
        "day": _day(row["as_of"]),
        "band": language.text(_BANDS[row["band"]]) if row.get("band") in _BANDS else "",
        "chance": "" if chance is None else language.text("{n} in 100", n=language.number(100 * float(chance))),
        "why": row["why"],
    }


def _in_force(lists: list[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    """The last draw of each week's list, the newest week first."""
    newest = {(row["week"], row["list_id"]): row for row in sorted(lists, key=lambda row: row["revision"])}
    return [
        {**row, "day": _day(row["as_of"]), "whose": language.text(ROLES["desk" if _of_desk(row) else "officer"])}
        for _, row in sorted(newest.items(), reverse=True)
    ]


def _of_desk(row: Mapping[str, Any]) -> bool:
    return bool(row["list_id"] == f"{row['week']}-{DESK}")


def _outcome(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    kind, code = str(row["kind"]), CODES.get(str(row["code"]))
    promised = row["promised_on"]
    reasons = [language.text(REASONS[each].name) for each in row["reasons"] if each in REASONS]
    override = str(row["override"])
    if override in OVERRIDES:
        reasons.append(language.text(OVERRIDES[override]))
    return {
        "day": _day(row["happened_on"]),
        "kind": "" if kind == NO_CONTACT or kind not in KINDS else language.text(KINDS[kind].name),
        "what": "" if code is None else language.text(code.name),
        "reasons": reasons,
        "promised": None if promised is None else _day(promised),
        "note": row["note"],
    }


def _answer(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {
        "day": _day(row["interviewed_on"]),
        "reasons": [language.text(REASONS[each].name) for each in row["reasons"] if each in REASONS],
        "story": row["story"],
        "consent": row["consent"],
    }


def _hold(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    ends = [_day(row[name]) for name in ("until_on", "lifted_on") if row[name] is not None]
    return {
        "what": language.text(PEACE[Hold(row["kind"])]),
        "from": _day(row["from_on"]),
        "until": min(ends) if ends else None,
    }


def _look(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    role = ROLES.get(str(row["role"]))
    return {
        "day": _day(row["at"]),
        "who": str(row["role"]) if role is None else language.text(role),
        "what": language.text(DONE.get(str(row["event"]), _ELSE)),
    }


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def _said(name: str, value: object, language: Language) -> str:
    """A value of the book as people say it."""
    text = str(value)
    if name == "joined_on":
        return language.full_day(_day(text))
    if name == "meeting_weekday" and text in _MONDAY_TO_SUNDAY:
        return language.weekday(date(2024, 1, int(text)))  # a month that begins on a Monday
    if name in ("reach_by", "visitor") and text in WISHES:
        return language.text(WISHES[text])
    return {"True": "✓", "False": "✗"}.get(text, text)
