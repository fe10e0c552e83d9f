"""All measures of a book on a date, as they may be shown: cut into periods and segments, small numbers hidden."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.book import Book, Known
from features.engines import quoted
from features.exit import ExitDefinition
from features.leaver_type import Cause
from features.measures import figures, suppression
from features.measures.comparing import differences
from features.measures.episodes import SAVES, Span, keep_episodes
from features.measures.flows import EVERYBODY, by_period, leaver_types, monthly
from features.measures.identity import Break, broken
from features.measures.lasting import survival
from features.measures.periods import By
from features.measures.segments import TARGET, Segment, keep_segments, known_segments
from features.measures.suppression import SMALLEST_SHOWN, Block, Hidden
from features.measures.target_client import TargetRule

Told = Callable[[str], None]
#: Leaver types under which fewer left than may be shown, taken together.
OTHER_WAYS = "other"


@dataclass(frozen=True)
class Measures:
    """What may be shown of a book.

    Parameters
    ----------
    everybody
        Counts and formulas of the whole institution, by month, quarter and year; as `figures.shown` gives them.
    segments
        The same by segment, final periods alone, with columns segment and title before.
    leaver_types
        segment-less counts of all who went by leaver type, final periods alone: value, period, by, out (NaN = hidden).
    breaks
        Why head counts do not add up, final periods alone: period, by, why, clients (NaN = hidden).
    survival
        cohort, curve (``still_there`` or a way to leave), days, value, low, high, clients; curves of small groups are
        left out.
    differences
        Exits per decision of a segment less those of all others in the newest final period: segment, value, period,
        deciders, exit, rest, difference, low, high, p (corrected by Holm for all rows).
    """

    as_of: date
    grace_days: int
    span: Span
    everybody: pd.DataFrame
    segments: pd.DataFrame
    leaver_types: pd.DataFrame
    breaks: pd.DataFrame
    survival: pd.DataFrame
    differences: pd.DataFrame


def measure(
    book: Book, as_of: date, definition: ExitDefinition, target: TargetRule | None = None, told: Told | None = None
) -> Measures:
    """Measure a book as known on a date.

    Parameters
    ----------
    target
        The MFI's own rule for target clients. What is hidden of all other segments does not depend on it.
    told
        Called with what is being done.

    Raises
    ------
    DataError
        No loan has ended yet, so that nothing can be measured.
    """
    say = told or (lambda _what: None)
    with book.known(as_of) as known:
        say("who came and who went")
        span = keep_episodes(known, definition)

        def cut(months: pd.DataFrame) -> pd.DataFrame:
            parts = [by_period(months, by, span, definition, as_of) for by in By]
            return figures.counted(pd.concat(parts, ignore_index=True))

        everybody = cut(monthly(known))
        say("segments")
        segments = known_segments(book, target)
        keep_segments(book, known, segments)
        tables = {each.name: suppression.final(cut(monthly(known, each.name))) for each in segments}
        for each in segments:
            if each.of_decisions:
                tables[each.name] = tables[each.name].drop(columns=[*_NOT_BY_LOAN])
        same = suppression.blocks(_together(known, segments))
        types = pd.concat([leaver_types(known, by, span, definition, as_of) for by in By], ignore_index=True)
        breaks = _breaks(known, suppression.final(everybody), definition)
        say("how long clients last")
        lasting = survival(known, span, definition)
    hide = _hidden(everybody, tables, same)
    return Measures(
        as_of=as_of,
        grace_days=definition.grace_days,
        span=span,
        everybody=figures.shown(everybody, EVERYBODY, hide),
        segments=_segments(segments, tables, hide),
        leaver_types=_types(suppression.final(types), hide, definition),
        breaks=_small_breaks(breaks, everybody, hide),
        survival=lasting,
        differences=differences(everybody, segments, tables, hide),
    )


_NOT_BY_LOAN = ("begin", "came", "out", "end", "besides", "paid_off", "loans", "follow_on")


def _together(known: Known, segments: tuple[Segment, ...]) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
    """Pairs of values of two segments that some client, or some decision, has."""
    answer: dict[tuple[str, str], list[tuple[str, str]]] = {}
    every = list(itertools.combinations(segments, 2))
    of_loans = [pair for pair in every if pair[0].of_decisions or pair[1].of_decisions]
    of_clients = [pair for pair in every if pair not in of_loans]
    for rows, pairs in (("people", of_clients), ("decided JOIN people USING (client_id)", of_loans)):
        if not pairs:
            continue
        columns = dict.fromkeys(each.name for pair in pairs for each in pair)
        sets = ", ".join(f"({quoted(one.name)}, {quoted(two.name)})" for one, two in pairs)
        # Every value is a text, so that of a row all but the columns of its pair are empty.
        found = known.frame(f"SELECT {', '.join(map(quoted, columns))} FROM {rows} GROUP BY GROUPING SETS ({sets})")
        for one, two in pairs:
            own = found[found[one.name].notna() & found[two.name].notna()]
            answer[one.name, two.name] = list(zip(own[one.name], own[two.name], strict=True))
    return answer


def _hidden(everybody: pd.DataFrame, tables: Mapping[str, pd.DataFrame], same: Mapping[str, list[Block]]) -> Hidden:
    """What may not be shown; the target rule comes last, so that nothing else depends on it."""
    lasting = {name: table for name, table in tables.items() if name != TARGET}
    hide = suppression.hidden(lasting, same)
    if TARGET in tables:
        hide = suppression.hidden(tables, same, frozen=hide)
    whole = figures.hidden_of_everybody(everybody)
    for (name, family, by), values in list(hide.items()):
        if whole[EVERYBODY, family, by]:
            hide[name, family, by] = values | frozenset(tables[name]["value"])
    return hide | whole


def _segments(segments: tuple[Segment, ...], tables: Mapping[str, pd.DataFrame], hide: Hidden) -> pd.DataFrame:
    parts = []
    for each in segments:
        part = figures.shown(tables[each.name], each.name, hide)
        part.insert(0, "title", each.title)
        part.insert(0, "segment", each.name)
        parts.append(part)
    return pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]


def _types(types: pd.DataFrame, hide: Hidden, definition: ExitDefinition) -> pd.DataFrame:
    """Leaver types, where both what went and what decided is shown: their sums are known then."""
    no_exits = {kind.value for kind, cause in definition.causes.items() if cause is Cause.NOT_AN_EXIT} | {SAVES}
    every = frozenset(types["value"])
    parted = [every & no_exits, every & {"WO"}, every - no_exits - {"WO"}]
    same = {"types": [Block(frozenset(part)) for part in parted if part]}
    found = suppression.hidden({"types": types}, same, {"ways": ("out",)})
    small = [
        str(value) in found["types", "ways", By(str(by))] or bool(hide[EVERYBODY, "besides", By(str(by))])
        for value, by in zip(types["value"], types["by"], strict=True)
    ]
    return types.assign(out=types["out"].astype(float).mask(pd.Series(small, index=types.index))).reset_index(drop=True)


def _breaks(known: Known, everybody: pd.DataFrame, definition: ExitDefinition) -> pd.DataFrame:
    """Clients who break the identity in each final period, every reason with a number."""
    frames = []
    for by in By:
        rows = everybody[everybody["by"] == by.value]
        if len(rows):
            found = broken(known, by, definition).assign(first=lambda table: pd.to_datetime(table["first"]))
            wide = found.pivot_table(index="first", columns="why", values="clients", aggfunc="sum")
            wide = wide.reindex(index=pd.to_datetime(rows["first"]), columns=[why.value for why in Break]).fillna(0)
            long = wide.set_axis(pd.Index(rows["period"], name="period")).rename_axis(columns=None).reset_index()
            frames.append(long.melt("period", var_name="why", value_name="clients").assign(by=by.value))
    columns = ["period", "by", "why", "clients"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _small_breaks(breaks: pd.DataFrame, everybody: pd.DataFrame, hide: Hidden) -> pd.DataFrame:
    """Reasons are shown where neither they nor what is left beside them is ever small at that length of period."""
    whole = everybody.set_index(["by", "period"])
    answer = breaks.assign(clients=breaks["clients"].astype(float))
    for (by, why), rows in breaks.groupby(["by", "why"]):
        counts = rows["clients"].to_numpy(dtype=float)
        beside = {Break.NO_EXIT: "besides", Break.BACK: "came", Break.EARLIER: "came"}.get(Break(str(why)))
        small = bool((counts < SMALLEST_SHOWN).any())
        if beside is not None:
            all_of_it = whole.loc[str(by)].loc[rows["period"], beside].to_numpy(dtype=float)
            small = small or bool((all_of_it - counts < SMALLEST_SHOWN).any())
            family = "besides" if beside == "besides" else "flows"
            small = small or bool(hide[EVERYBODY, family, By(str(by))])
        if small:
            answer.loc[rows.index, "clients"] = np.nan
    return answer
