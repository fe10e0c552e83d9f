"""Who came, who went and who could decide, by month, quarter and year.

The identity every table keeps: clients at the begin + came - out = clients at the end. It holds because a client is
counted in from her first loan to the day her last one ended, rests within the grace period included; a client who comes
back after an exit comes in again.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from features.book import Known
from features.engines import quoted
from features.exit import ExitDefinition
from features.measures.episodes import Span
from features.measures.periods import By, Period, periods

#: The whole institution, where a table is cut into segments otherwise.
EVERYBODY = "everybody"
#: Counts of a period, in the order of the tables.
STOCKS = ("begin", "end")
MOVES = ("came", "out", "deciders", "renewed", "gone", "open", "paid_off", "loans")

# What is counted, of which rows, in which month.
_COUNTED = {
    "came": ("episodes", "began_on", "true"),
    "out": ("episodes", "left_on", "left_on IS NOT NULL"),
    "deciders": ("decisions", "ended_on", "fate <> 'open'"),
    "renewed": ("decisions", "ended_on", "fate = 'renewed'"),
    "gone": ("decisions", "ended_on", "fate = 'gone'"),
    "open": ("decisions", "ended_on", "fate = 'open'"),
    "paid_off": ("loans", "closed_on", "closed_on IS NOT NULL AND coalesce(closed_how, '') <> 'written_off'"),
    "loans": ("loans", "disbursed_on", "true"),
}
_OF_DECISIONS = ("deciders", "renewed", "gone", "open")


def keep_moves(known: Known, segments: Sequence[str], *, of_decisions: bool = False) -> None:
    """Store counts by month and all segments at once, so that each segment is summed from few rows.

    Parameters
    ----------
    segments
        Columns of the stored table ``people`` (client_id and one column per segment) or, with `of_decisions`, of
        ``decided`` (client_id, spell, ...). Those with many values belong into a call of their own.
    """
    labels = ", ".join(f"labels.{quoted(segment)}" for segment in segments)
    joined = (
        "JOIN decided AS labels ON counted.client_id = labels.client_id AND counted.spell = labels.spell"
        if of_decisions
        else "JOIN people AS labels ON counted.client_id = labels.client_id"
    )
    table = _sum_of(segments[0])
    known.keep(table, _counts(labels, joined, _OF_DECISIONS if of_decisions else MOVES))
    for segment in segments[1:]:
        known.keep(_sum_of(segment), f"SELECT {quoted(segment)}, month, what, sum(n) AS n FROM {table} GROUP BY ALL")


def monthly(known: Known, segment: str | None = None) -> pd.DataFrame:
    """Counts by month. `features.measures.episodes.keep_episodes` must have run for this date.

    Parameters
    ----------
    segment
        One of those `keep_moves` was called with; None for everybody.

    Returns
    -------
    DataFrame of whole numbers indexed by value (text) and month (first day), one column per entry of `MOVES`
    """
    if segment is None:
        rows = known.frame(_counts(f"'{EVERYBODY}' AS value", "", MOVES))
    else:
        rows = known.frame(
            f"SELECT {quoted(segment)} AS value, month, what, CAST(sum(n) AS BIGINT) AS n "
            f"FROM {_sum_of(segment)} GROUP BY ALL"
        )
    wide = rows.pivot_table(index=["value", "month"], columns="what", values="n", aggfunc="sum", fill_value=0)
    return wide.reindex(columns=list(MOVES), fill_value=0).fillna(0).astype("int64").rename_axis(columns=None)


def _sum_of(segment: str) -> str:
    return quoted(f"moves_by_{segment}")


def _counts(labels: str, joined: str, asked: Sequence[str]) -> str:
    parts = []
    for name in asked:
        table, day, where = _COUNTED[name]
        lent = " AND coalesce(closed_how, '') <> 'cancelled'" if table == "loans" else ""
        parts.append(
            f"SELECT {labels}, CAST(date_trunc('month', {day}) AS DATE) AS month, '{name}' AS what, "
            f"count(*) AS n FROM {table} AS counted {joined} WHERE {where}{lent} GROUP BY ALL"
        )
    return " UNION ALL ".join(parts)


def by_period(months: pd.DataFrame, by: By, span: Span, definition: ExitDefinition, as_of: date) -> pd.DataFrame:
    """Counts of complete periods, with the clients at their begin and end.

    Parameters
    ----------
    months
        As `monthly` gives them.

    Returns
    -------
    DataFrame of value, period, by, first, last, maturity (text), final_from, begin, came, out, end, deciders, renewed,
    gone, open, paid_off, loans, follow_on (loans that do not begin an episode); one row per value and period, also
    where nothing happened
    """
    asked = list(periods(by, span.begins, as_of))
    names = sorted({str(value) for value in months.index.get_level_values("value")})
    days = pd.DatetimeIndex(months.index.get_level_values("month"))
    number = np.asarray(days.year * 12 + days.month - 1, dtype=np.int64)
    first = int(number.min()) if len(number) else 0
    counts = np.zeros((len(names), int(number.max()) - first + 1 if len(number) else 1, len(MOVES)), dtype=np.int64)
    place = np.searchsorted(names, months.index.get_level_values("value").astype(str))
    np.add.at(counts, (place, number - first), months[list(MOVES)].to_numpy())
    # until[:, m] counts all months before m.
    until = np.concatenate([np.zeros((len(names), 1, len(MOVES)), dtype=np.int64), counts.cumsum(axis=1)], axis=1)
    frames = []
    for period in asked:
        start, end = (
            int(np.clip(day.year * 12 + day.month - 1 + more - first, 0, until.shape[1] - 1))
            for day, more in ((period.first, 0), (period.last, 1))
        )
        moved = pd.DataFrame(until[:, end] - until[:, start], columns=list(MOVES))
        moved["begin"], moved["end"] = (until[:, at, 0] - until[:, at, 1] for at in (start, end))
        moved["value"] = names
        for what, said in _said(period, span, definition, as_of).items():
            moved[what] = said
        frames.append(moved)
    columns = ["value", *_SAID, "begin", "came", "out", "end", *MOVES[2:]]
    if not frames:
        return pd.DataFrame(columns=[*columns, "follow_on"])
    table = pd.concat(frames, ignore_index=True)[columns].sort_values(["value", "first"], ignore_index=True)
    return table.assign(follow_on=table["loans"] - table["came"])


_SAID = ("period", "by", "first", "last", "maturity", "final_from")


def _said(period: Period, span: Span, definition: ExitDefinition, as_of: date) -> dict[str, str | date]:
    return {
        "period": period.label,
        "by": period.by.value,
        "first": period.first,
        "last": period.last,
        "maturity": period.maturity(span, definition.grace_days, as_of).value,
        "final_from": period.final_from(span, definition.grace_days),
    }


def leaver_types(known: Known, by: By, span: Span, definition: ExitDefinition, as_of: date) -> pd.DataFrame:
    """All who went, by leaver type: `LeaverType` codes and ``SAVES``; died, transferred and merged are no exits.

    Returns
    -------
    DataFrame of value (the code), period, by, first, last, maturity, final_from, out
    """
    rows = known.frame(
        "SELECT leaver_type AS value, CAST(date_trunc('month', left_on) AS DATE) AS month, count(*) AS out "
        "FROM episodes WHERE left_on IS NOT NULL GROUP BY ALL"
    )
    months = rows.set_index(["value", "month"]).reindex(columns=list(MOVES), fill_value=0)
    table = by_period(months, by, span, definition, as_of)
    return table[["value", *_SAID, "out"]]
