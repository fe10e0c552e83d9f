"""Whom each officer is asked to see in a week: rules first, then rank, then what each line says."""

import re
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

import numpy as np
import pandas as pd

from features.book import Book, Known
from serving import standing
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
from serving.protections import Advice, Protection, advise
from serving.score import BANDS, Scores
from serving.settings import Settings


def draw(
    known: Known,
    book: Book,
    scores: Scores,
    settings: Settings,
    speak: Speak,
    last_week: Collection[str] = frozenset(),
    held_out: Collection[str] = frozenset(),
) -> list[OfficerList]:
    """Lists of one week.

    Parameters
    ----------
    known
        The book on the scores' date; `book` gives the clients' attributes of today.
    speak
        Says why, for the clients chosen.
    last_week
        Clients on last week's lists.
    held_out
        Clients who would be listed and are not, so that the effect of contact can be measured. They are left out after
        the rules and keep their officer's place empty.

    Returns
    -------
    One list per officer with at least one line, by officer_id, the desk's last.
    """
    people = _people(book, scores.as_of)
    chosen = choose(scores, people, standing.rules(known, settings), settings, held_out)
    shown = standing.details(known, chosen["client_id"])
    week = week_of(scores.as_of)
    for_desk = chosen["list_of"] == DESK
    said = {
        True: speak(chosen.loc[for_desk, "client_id"].tolist(), for_desk=True),
        False: speak(chosen.loc[~for_desk, "client_id"].tolist(), for_desk=False),
    }
    facts = chosen.merge(shown, left_on="client_id", right_index=True, how="left").merge(
        people.reset_index(), on="client_id", how="left"
    )
    groups: dict[str, dict[Hashable, object]] = {
        str(g["group_id"]): g for g in book.reference("groups").to_dict("records")
    }
    contacts_known = known.has("contacts")
    drawn: dict[str, list[Line]] = {}
    for row in facts.to_dict("records"):
        owner = str(row["list_of"])
        words = said[owner == DESK].get(str(row["client_id"]), Words())
        line = _line(
            row,
            words,
            groups.get(str(row["group_id"]), {}),
            scores.as_of,
            settings,
            carried=row["client_id"] in last_week,
            contacts_known=contacts_known,
        )
        drawn.setdefault(owner, []).append(line)
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


def choose(
    scores: Scores,
    people: pd.DataFrame,
    rules: pd.DataFrame,
    settings: Settings,
    held_out: Collection[str] = frozenset(),
) -> pd.DataFrame:
    """Whom to list, on whose list, in which order.

    Returns
    -------
    DataFrame of client_id, list_of, rank, band, state, complaint, about_staff, ordered by list and rank. Nobody is in
    it whom a rule protects: opted out, in the cool-off, asked often enough, or gone; nor, unless a complaint is open,
    who has rested for longer than `Settings.rest_days`.
    """
    frame = scores.table[["client_id", "band", "margin"]].copy()
    stands: pd.DataFrame = scores.snapshot.population.set_index("client_id").reindex(frame["client_id"])
    frame["state"] = stands["state"].to_numpy()
    rests = (pd.Timestamp(scores.as_of) - pd.to_datetime(stands["rests_since"])).dt.days.to_numpy()
    frame = frame.join(people[["officer_id", "officer_serves", "contact_opt_out"]], on="client_id").join(
        rules, on="client_id"
    )
    worst = BANDS.index(settings.lowest_band)
    barred = (
        frame["contact_opt_out"].fillna(value=False).astype(bool)
        | frame["cooling"].astype(bool)
        | frame["asked_enough"].astype(bool)
        | frame["gone"].astype(bool)
    )
    frame["complaint"] = frame["complaint_since"].notna()
    in_reach = frame["complaint"] | ~(rests > settings.rest_days)
    frame = frame[~barred & in_reach & frame["band"].isin(BANDS[: worst + 1])].copy()
    served = frame["officer_serves"].astype(bool) & ~frame["complaint"]
    frame["list_of"] = frame["officer_id"].astype("object").where(served, DESK)
    frame = frame.sort_values(
        ["list_of", "complaint", "margin", "client_id"], ascending=[True, False, False, True], kind="stable"
    )
    place = frame[~frame["complaint"]].groupby("list_of").cumcount().reindex(frame.index, fill_value=-1)
    room = np.where(frame["list_of"] == DESK, settings.desk_length, settings.list_length)
    frame = frame[(place < room) & ~frame["client_id"].isin(list(held_out))]
    return frame.assign(rank=frame.groupby("list_of").cumcount() + 1)[
        ["client_id", "list_of", "rank", "band", "state", "complaint", "about_staff"]
    ].reset_index(drop=True)


def list_id(week: str, owner: str) -> str:
    """Name of a list, fit for a file name, a link and to be typed in from paper.

    >>> list_id("2024-W27", "O12"), list_id("2024-W27", "../o 7")
    ('2024-W27-O12', '2024-W27-o-7-c35824a5')
    """
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", owner).strip("-")[:40]
    if plain != owner:
        plain = f"{plain}-{sha256(owner.encode()).hexdigest()[:8]}".lstrip("-")
    return f"{week}-{plain}"


def _people(book: Book, as_of: date) -> pd.DataFrame:
    """Today's attributes, names and wishes, and whether the officer named there is in service."""
    people = book.current_clients().set_index("client_id")
    people = people.join(book.reference("directory").set_index("client_id"))
    officers = book.reference("officers")
    people["officer_id"] = people["officer_id"].astype("str")
    named = people["officer_id"].notna() & (people["officer_id"].str.strip().str.casefold() != DESK)
    if "officers" in book.present:
        left = pd.to_datetime(officers["to_on"]) < pd.Timestamp(as_of)
        named &= people["officer_id"].isin(officers.loc[~left, "officer_id"])
    people["officer_serves"] = named
    return people


def _line(
    row: Mapping[Hashable, object],
    words: Words,
    group: Mapping[Hashable, object],
    as_of: date,
    settings: Settings,
    *,
    carried: bool,
    contacts_known: bool,
) -> Line:
    advice = _advice(row, tuple(said.driver for said in words.reasons), settings)
    group_id, weekday = _text(row["group_id"]), _number(row["meeting_weekday"])
    alone = bool(row["complaint"]) and words.reasons_note == NO_REASON
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
        meeting_on=standing.meeting_day(as_of, _number(group.get("meeting_weekday")) if weekday is None else weekday),
        carried_over=carried,
        routed=tuple(str(row["routed"]).split()) if row.get("routed") else (),
        card=Card(
            name=_text(row.get("name")),
            phone=_text(row.get("phone")),
            group=_text(group.get("name")) or group_id,
            village=_text(row["village"]),
            phone_works=_flag(row["phone_ok"]),
            language=_text(row["language"]),
            reach_by=_text(row.get("reach_by")),
            hours_from=_text(row.get("hours_from")),
            hours_until=_text(row.get("hours_until")),
            safe_to_call=_flag(row.get("safe_to_call")),
            visitor=_text(row.get("visitor")),
            cycle=None if (cycle := _number(row["cycle"])) is None else int(cycle),
            state=str(row["state"]),
            last_contact_kind=_text(row["last_contact_kind"]),
            contacts_known=contacts_known,
            open_complaint=bool(row["complaint"]),
        ),
    )


def _advice(row: Mapping[Hashable, object], drivers: tuple[str, ...], settings: Settings) -> Advice:
    late, unknown = _number(row["days_late"]) or 0, bool(row["lateness_unknown"])
    in_arrears = True if late >= settings.arrears_days else None if unknown else False
    open_loans = _number(row["open_loans"]) or 0
    burdened = open_loans >= settings.many_loans or (open_loans > 0 and "OVD-1" in drivers)
    return advise(
        drivers,
        Protection(
            complaint=bool(row["complaint"]),
            in_arrears=in_arrears,
            over_indebted=burdened,
            about_staff=bool(row["about_staff"]),
        ),
    )


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
