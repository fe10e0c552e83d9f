"""Whom each officer is asked to see in a week: rules first, then rank, then what each line says."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.book import Book, Known
from serving import standing
from serving.benefit import before_riskier
from serving.considered import Considered
from serving.experiment.halting import Halted
from serving.experiment.kept import Lottery
from serving.holds import Held
from serving.home import week_of
from serving.line import (
    COMPLAINT_ALONE,
    DESK,
    NO_REASON,
    Card,
    Line,
    OfficerList,
    Speak,
    Words,
    check_letters,
)
from serving.people import people as people_of
from serving.protections import Advice
from serving.rules import choose
from serving.score import Scores
from serving.settings import Settings


def draw(
    known: Known,
    book: Book,
    scores: Scores,
    settings: Settings,
    speak: Speak,
    last_week: pd.DataFrame | None = None,
    lottery: Lottery | None = None,
    held: Sequence[Held] = (),
    seen: Mapping[str, str] = MappingProxyType({}),
    stopped: frozenset[str] = frozenset(),
) -> list[OfficerList]:
    """Lists of one week.

    Parameters
    ----------
    known
        The book on the scores' date; `book` gives the clients' attributes of today.
    speak
        Says why, for the clients chosen.
    last_week
        Lines of last week's lists, as `serving.rules.choose` takes them.
    lottery
        Draws who is left out of the lists, so that their effect can be measured; None leaves nobody out.
    held
        Holds in force on the scores' date.
    seen
        Clients of an earlier draw of the week, as `serving.rules.choose` takes them.
    stopped
        Bands whose lists stopped.

    Returns
    -------
    One list per officer with at least one line, by officer_id, the desk's last.
    """
    people = people_of(book, scores.as_of)
    stands = standing.rules(known, settings)
    in_need = partial(standing.in_need, known, settings)
    experiment = None if lottery is None else lottery.experiment(in_need)
    halted = Halted(stopped, in_need)
    choice = choose(scores, people, stands, settings, held, last_week, experiment, seen, halted)
    week = week_of(scores.as_of)
    considered = Considered.of(choice, known, people, settings, speak)
    if lottery is not None:
        lottery.log(choice.turns.assign(action=considered.actions(choice.turns["client_id"])))
    facts = choice.listed.merge(considered.details, left_on="client_id", right_index=True, how="left").merge(
        people.reset_index(), on="client_id", how="left"
    )
    groups: dict[str, dict[Hashable, object]] = {
        str(g["group_id"]): g for g in book.reference("groups").to_dict("records")
    }
    contacts_known = known.has("contacts")
    drawn: dict[str, list[Line]] = {}
    for row in facts.to_dict("records"):
        owner = str(row["list_of"])
        client = str(row["client_id"])
        line = _line(
            row,
            considered.words.get(client, Words()),
            considered.advice[client],
            groups.get(str(row["group_id"]), {}),
            contacts_known=contacts_known,
        )
        drawn.setdefault(owner, []).append(line)
    risk = dict(zip(scores.table["client_id"], scores.table["risk"], strict=True))
    drawn = {
        owner: _told_what_it_passes(lines, risk, settings) if scores.helped is None else lines
        for owner, lines in drawn.items()
    }
    officers, branches = book.reference("officers"), book.reference("branches")
    heads = _heads(officers, branches, people)
    return [
        _page(week, owner, *heads(owner), scores.as_of, drawn[owner], settings)
        for owner in sorted(drawn, key=lambda owner: (owner == DESK, owner))
    ]


def in_order_of_the_week(lines: Sequence[Line]) -> list[Line]:
    """Lines by meeting day and group, those without a meeting last, and numbered so: a list rides on the meetings."""
    ordered = sorted(
        lines, key=lambda line: (line.meeting_on is None, line.meeting_on or date.max, line.card.group, line.rank)
    )
    return [replace(line, place=place) for place, line in enumerate(ordered, 1)]


def list_id(week: str, owner: str) -> str:
    """Name of a list, fit for a file name, a link and to be typed in from paper.

    >>> list_id("2024-W27", "O12"), list_id("2024-W27", "../o 7")
    ('2024-W27-O12', '2024-W27-o-7-c35824a5')
    """
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", owner).strip("-")[:40]
    if plain != owner:
        plain = f"{plain}-{sha256(owner.encode()).hexdigest()[:8]}".lstrip("-")
    return f"{week}-{plain}"


def _line(
    row: Mapping[Hashable, object],
    words: Words,
    advice: Advice,
    group: Mapping[Hashable, object],
    *,
    contacts_known: bool,
) -> Line:
    group_id = _text(row["group_id"])
    alone = bool(row["complaint"]) and words.reasons_note == NO_REASON
    # A number that may not be called stands nowhere.
    safe = _flag(row["safe_to_call"]) if row["may_call"] else False
    return Line(
        client_id=str(row["client_id"]),
        place=0,
        rank=int(str(row["rank"])),
        band=str(row["band"]),
        reasons=words.reasons,
        reasons_note=COMPLAINT_ALONE if alone else words.reasons_note,
        changes=words.changes,
        changes_note=words.changes_note,
        action=advice.action.value,
        avoid=advice.avoid,
        last_contact_on=_day(row["last_contact_on"]),
        last_contact_result=_text(row["last_contact_result"]),
        loan_ends_on=_day(row["loan_ends_on"]),
        meeting_on=_day(row["meeting_on"]),
        carried_over=bool(row["carried_over"]),
        routed=tuple(str(row["routed"]).split()),
        card=Card(
            name=_text(row.get("name")),
            phone=_text(row.get("phone")) if safe is not False else "",
            group=_text(group.get("name")) or group_id,
            village=_text(row["village"]),
            phone_works=_flag(row["phone_ok"]),
            language=_text(row["language"]),
            reach_by=_text(row.get("reach_by")),
            hours_from=_text(row["call_from"]),
            hours_until=_text(row["call_until"]),
            safe_to_call=safe,
            visitor=_text(row.get("visitor")),
            cycle=None if (cycle := _number(row["cycle"])) is None else int(cycle),
            state=str(row["state"]),
            last_contact_kind=_text(row["last_contact_kind"]),
            contacts_known=contacts_known,
            open_complaint=bool(row["complaint"]),
            group_id=group_id,
            household_id=_text(row.get("household_id")),
            branch_id=_text(row.get("branch_id")),
        ),
    )


def _told_what_it_passes(lines: Sequence[Line], risk: Mapping[str, float], settings: Settings) -> list[Line]:
    """Lines that say whether they come before one more at risk; of those listed for a complaint nothing is said.

    Only lines of the list itself are looked at, so that nobody can tell from it who was left out.
    """
    asked = [line for line in lines if not line.card.open_complaint]
    passing = before_riskier(
        np.array([line.rank for line in asked], dtype=np.int64),
        np.array([risk[line.client_id] for line in asked], dtype=np.float64),
        np.array([line.card.state == "resting" for line in asked], dtype=bool),
        settings,
    )
    said = {line.client_id for line, passes in zip(asked, passing, strict=True) if passes}
    return [replace(line, before_riskier=line.client_id in said) for line in lines]


def _heads(
    officers: pd.DataFrame, branches: pd.DataFrame, people: pd.DataFrame
) -> Callable[[str], tuple[str, str, str]]:
    """From an officer to name, branch and branch's name; without a register the clients' branch is the officer's."""
    named = officers.set_index("officer_id")
    branch_names = branches.set_index("branch_id")["name"]
    usual = (
        people.dropna(subset=["officer_id", "branch_id"])
        .groupby("officer_id")["branch_id"]
        .agg(lambda b: b.mode().iloc[0])
    )

    def head(owner: str) -> tuple[str, str, str]:
        if owner == DESK:
            return "Retention desk", "", ""
        name = _text(named["name"].get(owner)) or owner
        branch = _text(named["branch_id"].get(owner)) or _text(usual.get(owner))
        return name, branch, _text(branch_names.get(branch)) or branch

    return head


def _page(
    week: str, owner: str, name: str, branch: str, branch_name: str, as_of: date, drawn: list[Line], settings: Settings
) -> OfficerList:
    # The desk calls: its list is in order of need, not of meetings.
    ordered = [replace(line, place=line.rank) for line in drawn] if owner == DESK else in_order_of_the_week(drawn)
    number = list_id(week, owner)
    return OfficerList(
        list_id=number,
        officer_id=owner,
        officer_name=name,
        branch_id=branch,
        branch_name=branch_name,
        week=week,
        as_of=as_of,
        language=settings.branch_languages.get(branch, settings.language),
        check=check_letters(number, [line.client_id for line in ordered]),
        lines=tuple(ordered),
    )


def _flag(value: object) -> bool | None:
    return None if value is None or pd.isna(value) else bool(value)  # type: ignore[call-overload]


def _text(value: object) -> str:
    return "" if value is None or value != value or value is pd.NaT or value is pd.NA else str(value)


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]


def _day(value: object) -> date | None:
    return None if value is None or value is pd.NaT or value != value else pd.Timestamp(str(value)).date()
