"""Did more clients leave after something happened to them than among others like them to whom nothing happened?

For every event there is a day. Exposed are the clients of the unit with a loan open on that day, as known on its eve;
compared with them are clients of other units, with a loan open on the same day, to which nothing happened from a year
before to half a year after. Both are alike in what they are matched on, when their loan is planned to end above all.
What is compared is whether they left when it ended. Half a year earlier the same is done as if the event had been then:
that shows whether the two differed already. What an analyst reads is an association unless the sentence says more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.book import Book, Known
from features.errors import DataError, MissingColumn
from features.exit import ExitDefinition, Rule
from features.intervals import holm
from training.drivers.events import Event, Events, Kind, touched
from training.drivers.finding import ASSOCIATION, Finding, per_cent
from training.drivers.loan_decisions import decided, open_on
from training.drivers.matched import Difference, difference, matched
from training.drivers.shares import SMALLEST_CELL

#: Days of a period, and how many periods are shown before the event and after it.
PERIOD_DAYS, PERIODS = 91, 2
#: Days before the event in which nothing may have happened to anybody who is compared.
QUIET_DAYS = 364
#: Fewer units than this cannot stand for units in general; clients are then taken one by one, and the sentence says so.
FEWEST_UNITS = 5

#: What clients are matched on, besides the event's day and the third of a period in which the loan is planned to end.
MATCHED_ON: Mapping[Kind, tuple[str, ...]] = {
    Kind.OFFICER: ("branch", "lending", "cycle", "tenure"),
    Kind.PRODUCT: ("branch", "cycle", "tenure"),
    Kind.BRANCH: ("lending", "cycle", "tenure"),
}

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class EventStudy:
    """What followed an event.

    Attributes
    ----------
    finding
        One row per period and one for all periods before and after: period (-2, -1, 1, 2, before, after), from_day,
        to_day (planned end of the loan, days from the event), exposed, others, exposed_rate, others_rate, difference,
        low, high, p. Rows with fewer than 20 exposed or others have no figures.
    rows
        The matched clients, for whoever wants to look closer: event, client_id, exposed, period, ended_on, left, unit.
    differed_before
        Whether some period before the event shows a difference, corrected for their number.
    """

    finding: Finding
    rows: pd.DataFrame
    differed_before: bool

    def of(self, period: str) -> pd.Series:
        """One row of the table."""
        table = self.finding.table
        return table[table["period"] == period].iloc[0]

    @property
    def claims(self) -> bool:
        """Whether exits after the event differ by more than chance, and did not before it."""
        after = self.of(AFTER)
        return bool(after["p"] < 0.05) and not self.differed_before


def event_study(
    book: Book, as_of: date, events: Events, definition: ExitDefinition, most_days: int | None = None
) -> EventStudy:
    """Exits around events, beside those of clients like the exposed.

    Parameters
    ----------
    as_of
        The day we stand on: events whose half year and grace period are not over by then are left out.
    definition
        When a client counts as having left; the decision-point rule.
    most_days
        Look at the events of so many days at most, the newest; at all of them where absent.

    Raises
    ------
    DataError
        The exit rule has no decision points, no event is old enough, or nobody can be compared.
    MissingColumn
        The book does not say when loans are planned to end.
    """
    if definition.rule is not Rule.DECISION_POINT:
        raise DataError("an event study needs decision points; this book's exit rule is dormancy, which has none")
    if not book.has("loans.due_on"):
        raise MissingColumn("table 'loans' has no column 'due_on', so nobody knows when a loan was to end; supply it")
    first = book.span()[0]
    whole = timedelta(days=PERIOD_DAYS * PERIODS)
    last = as_of - whole - timedelta(days=definition.grace_days + definition.closing_lag_days)
    usable = [
        event
        for event in events.events
        if first + timedelta(days=QUIET_DAYS) <= event.happened_on <= last
        and event.unit not in touched(events.events, event.happened_on - timedelta(days=QUIET_DAYS), event.happened_on)
    ]
    if not usable:
        raise DataError(
            f"{len(events.events)} events are known, and none of them has a quiet year before it inside the book and "
            f"happened by {last}, so that what followed is final; nothing can be compared"
        )
    days = sorted({event.happened_on for event in usable})
    looked_at = days if most_days is None else days[-most_days:]
    older = sum(event.happened_on < looked_at[0] for event in usable)
    usable = usable[older:]
    with book.known(as_of) as later:
        parts = [
            _around(book, later, events, day, [e.unit for e in usable if e.happened_on == day], definition)
            for day in looked_at
        ]
    rows = pd.concat(parts, ignore_index=True)
    on = ["event", "period", "third", *MATCHED_ON[events.kind]]
    kept = rows[matched(rows, on)].reset_index(drop=True) if len(rows) else rows
    if kept.empty or not (kept["period"] > 0).any():
        raise DataError("no client to whom it happened has another one like her to be compared with")
    units = kept.loc[kept["exposed"], "unit"].nunique()
    cluster = "unit" if units >= FEWEST_UNITS else "client_id"
    table = _table(kept, on, cluster)
    shown = _without_few(table)
    early = holm(table.loc[table["period"].isin([str(-n) for n in range(1, PERIODS + 1)]), "p"].to_numpy(dtype=float))
    differed = bool((early < 0.05).any())
    alone = int((rows["exposed"] & (rows["period"] > 0)).sum() - (kept["exposed"] & (kept["period"] > 0)).sum())
    said = _said(shown, events, usable, alone, by_client=cluster == "client_id", differed=differed)
    if older:
        said += f" {older:,} older events were not looked at."
    columns = ["event", "client_id", "exposed", "period", "ended_on", "left", "unit"]
    return EventStudy(Finding(shown, said), kept[columns], differed)


def _around(
    book: Book, later: Known, events: Events, day: date, units: list[str], definition: ExitDefinition
) -> pd.DataFrame:
    """Decisions of the exposed and of those to whom nothing happened, before and after one day."""
    length = timedelta(days=PERIOD_DAYS * PERIODS)
    quiet = timedelta(days=QUIET_DAYS)
    moved = touched(events.events, day - quiet, day + length)
    parts = []
    for start, shift in ((day - length, -PERIODS), (day, 1)):
        here = open_on(book, start)
        here["unit"] = here[events.kind.value]
        planned = (pd.to_datetime(here["until"]) - pd.Timestamp(start)).dt.days
        here["exposed"] = here["unit"].isin(units)
        fresh = pd.to_datetime(here["served_since"]) > pd.Timestamp(day - quiet)
        free = here["unit"].notna() & ~here["unit"].isin(moved)
        use = (here["exposed"] | free) & (planned >= 0) & (planned < length.days)
        if events.kind is Kind.OFFICER:
            use &= ~fresh
        here, planned = here[use].reset_index(drop=True), planned[use].reset_index(drop=True)
        here["event"] = day.isoformat()
        here["period"] = planned // PERIOD_DAYS + shift
        here["third"] = planned * 3 // PERIOD_DAYS
        here["cycle"] = np.select([here["loans"] <= 1, here["loans"] <= 2, here["loans"] <= 4], ["1", "2", "3-4"], "5+")
        here["tenure"] = np.select([here["tenure_days"] < 365, here["tenure_days"] < 1095], ["<1", "1-3"], "3+")
        found = decided(later, here, start, definition)
        ended = (pd.to_datetime(found["ended_on"]) - pd.Timestamp(start)).dt.days
        final = found[(ended >= 0) & (ended < length.days) & found["how"].isin(["stayed", "choice"])]
        joined = here.merge(final, on="client_id", validate="one_to_one")
        joined["left"] = joined["how"] == "choice"
        parts.append(joined)
    return pd.concat(parts, ignore_index=True)


def _table(rows: pd.DataFrame, on: list[str], cluster: str) -> pd.DataFrame:
    numbers = [*range(-PERIODS, 0), *range(1, PERIODS + 1)]
    spans = [(str(n), [n]) for n in numbers] + [(BEFORE, numbers[:PERIODS]), (AFTER, numbers[PERIODS:])]
    table = []
    for name, inside in spans:
        found = difference(rows[rows["period"].isin(inside)], on, cluster)
        starts = [(n if n < 0 else n - 1) * PERIOD_DAYS for n in inside]
        span = {"period": name, "from_day": min(starts), "to_day": max(starts) + PERIOD_DAYS}
        table.append(span | _figures(found))
    return pd.DataFrame(table)


def _without_few(table: pd.DataFrame) -> pd.DataFrame:
    """Without figures of spans in which few left or few stayed, nor of a quarter that would follow from the other."""
    few = pd.Series(data=False, index=table.index)
    for side in ("exposed", "others"):
        left = table[side] * table[f"{side}_rate"]
        few |= ~(np.minimum(left, table[side] - left) >= SMALLEST_CELL)
    for sign in (-1, 1):
        quarters = table["period"].isin([str(sign * n) for n in range(1, PERIODS + 1)])
        few |= quarters & bool(few[quarters].any())
    figures = [name for name in table.columns if name not in ("period", "from_day", "to_day")]
    return table.assign(**{name: table[name].mask(few) for name in figures})


def _figures(found: Difference) -> dict[str, float]:
    names = ("exposed", "others", "exposed_rate", "others_rate", "difference", "low", "high", "p")
    shown = min(found.exposed, found.others) >= SMALLEST_CELL
    return {name: float(getattr(found, name)) if shown else float("nan") for name in names}


def _said(
    table: pd.DataFrame, events: Events, usable: list[Event], alone: int, *, by_client: bool, differed: bool
) -> str:
    after = table[table["period"] == AFTER].iloc[0]
    if np.isnan(after["difference"]):
        return "Fewer than 20 clients to whom it happened, or like them, had to decide: too few to say what followed."
    what = "1 event" if len(usable) == 1 else f"{len(usable)} events"
    sure = "no more than chance" if not after["p"] < 0.05 else "more than chance"
    parts = [
        f"After {what}, {per_cent(after['exposed_rate'])} of {after['exposed']:,.0f} clients to whom it happened left "
        f"when their loan ended, and {per_cent(after['others_rate'])} of others like them: a difference of "
        f"{100 * after['difference']:+.1f} points ({100 * after['low']:+.1f} to {100 * after['high']:+.1f}), {sure}.",
        "They differed already before it, so that nothing can be laid to the event."
        if differed
        else "In the half year before they did not differ by more than chance.",
    ]
    if alone:
        parts.append(f"{alone:,} to whom it happened had nobody like them and are not counted.")
    if by_client:
        parts.append(
            f"It happened to fewer than {FEWEST_UNITS} of the {events.kind.value} units, so that whatever else "
            "happened to them at the same time is in the difference, and the interval is that of clients alone."
        )
    if events.kind is Kind.OFFICER and events.alone:
        parts.append(
            f"{events.alone:,} changes of single clients are no events: a client may be given another officer because "
            "she left."
        )
    parts.append(ASSOCIATION)
    return " ".join(parts)
