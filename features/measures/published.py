"""All measures of a book on a date, as they may be shown: cut into periods and segments, small numbers hidden."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from features.book import Book, Known
from features.engines import quoted
from features.exit import ExitDefinition
from features.measures import figures
from features.measures.comparing import differences
from features.measures.episodes import Span, keep_episodes
from features.measures.flows import EVERYBODY, by_period, leaver_types, monthly
from features.measures.institution import breaks_shown, leaver_types_shown
from features.measures.lasting import survival
from features.measures.periods import By
from features.measures.segments import TARGET, Segment, keep_segments, known_segments
from features.measures.suppressed_periods import FAMILIES, Hidden, final, hidden, periods_hidden
from features.measures.suppression import Block, blocks
from features.measures.target_client import TargetRule

Told = Callable[[str], None]


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
        tables = {each.name: final(cut(monthly(known, each.name))) for each in segments}
        for each in segments:
            if each.of_decisions:
                tables[each.name] = tables[each.name].drop(columns=[*_NOT_BY_LOAN])
        same = blocks(together(known, segments))
        types = pd.concat([leaver_types(known, by, span, definition, as_of) for by in By], ignore_index=True)
        hide = hidden_of_tables(everybody, tables, same)
        types = leaver_types_shown(types, hide, definition)
        breaks = breaks_shown(known, everybody, types, hide, definition)
        say("how long clients last")
        quarters = final(everybody)[final(everybody)["by"] == By.QUARTER.value]["last"]
        settled = min(quarters.max() if len(quarters) else span.begins, span.settled)
        lasting = survival(known, replace(span, settled=settled), definition)
    return Measures(
        as_of=as_of,
        grace_days=definition.grace_days,
        span=span,
        everybody=figures.shown(everybody, EVERYBODY, hide),
        segments=_segments(segments, tables, hide),
        leaver_types=types,
        breaks=breaks,
        survival=lasting,
        differences=differences(everybody, segments, tables, hide),
    )


_NOT_BY_LOAN = ("begin", "came", "out", "end", "besides", "paid_off", "loans", "follow_on")


def together(known: Known, segments: tuple[Segment, ...]) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
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


def hidden_of_tables(
    everybody: pd.DataFrame, tables: Mapping[str, pd.DataFrame], same: Mapping[str, list[Block]]
) -> Hidden:
    """What may not be shown; the target rule comes last, so that nothing else depends on it.

    A book in which nobody ever went without a decision keeps no register of that: there is no count to hide then.
    """
    told = dict(FAMILIES)
    if not everybody["besides"].any():
        told["flows"] = tuple(cell for cell in FAMILIES["flows"] if cell != "besides")
    whole = hidden({EVERYBODY: final(everybody)}, families=told, summed=False)
    shut = {family: periods_hidden(whole, EVERYBODY, family) for family in told}
    hide = hidden({name: table for name, table in tables.items() if name != TARGET}, same, told, shut=shut)
    if TARGET in tables:
        hide = hidden(tables, same, told, frozen=hide, shut=shut)
    return whole | hide


def _segments(segments: tuple[Segment, ...], tables: Mapping[str, pd.DataFrame], hide: Hidden) -> pd.DataFrame:
    parts = []
    for each in segments:
        part = figures.shown(tables[each.name], each.name, hide)
        part.insert(0, "title", each.title)
        part.insert(0, "segment", each.name)
        parts.append(part)
    return pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]
