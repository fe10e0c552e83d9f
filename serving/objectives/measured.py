"""What is measured for objectives: from the book, or as it was uploaded; and a baseline where there is none."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from sqlalchemy import Connection

from features.book import Book
from features.indicator import Indicator, Source, Value
from features.indicators import INDICATORS, compute
from features.measures.target_client import TargetRule
from serving.months import months_before
from serving.objectives.objective import Objective
from serving.objectives.segment import Segment
from serving.objectives.status import Standing, standing
from serving.objectives.values import FROM_THE_BOOK, Figure, figures_of
from serving.survey.pooling import FEWEST
from serving.survey.sampling import size

_QUARTERS = 4
_LONGEST_RULE = 120
_MARGIN, _CONFIDENCE = 0.07, 0.95


@dataclass(frozen=True)
class Baseline:
    """What a baseline can be taken from.

    Parameters
    ----------
    quarters
        The last four, oldest first.
    year
        All four together; what is proposed as the baseline.
    to_ask
        Where nothing was ever measured: how many clients a small random sample needs; None otherwise.
    """

    indicator: Indicator
    segment: Segment
    quarters: tuple[Figure, ...]
    year: Figure | None
    to_ask: int | None = None


@dataclass(frozen=True)
class Course:
    """An objective on a day, with every figure since its baseline: oldest first, one for each end of a period."""

    standing: Standing
    figures: tuple[Figure, ...]


def from_book(
    book: Book,
    indicator: Indicator,
    segment: Segment,
    as_of: date,
    from_on: date,
    until_on: date,
    rule: TargetRule | None = None,
) -> Figure:
    """A computed indicator of a period; not told where few clients of a segment are counted, or few are beside them.

    Parameters
    ----------
    rule
        Who is a target client; the figure says by which rule it was computed.
    """

    def of(part: Segment) -> Value:
        return compute(book, indicator.code, as_of, from_on, until_on, part.clients(book, rule))

    value = of(segment)
    if segment.attributes and indicator.of_clients:
        wider = [Segment(rest) for rest in combinations(segment.attributes, len(segment.attributes) - 1)]
        enough = _enough(indicator, value)
        if not enough or not all(_enough(indicator, of(each), value) for each in {*wider, Segment()}):
            value = Value(None)
    by_rule = f"; target clients: {rule.name[:_LONGEST_RULE]}" if rule is not None and segment.by_rule else ""
    return Figure(indicator.code, segment.text, from_on, until_on, value, f"{FROM_THE_BOOK}{by_rule}", "exitwatch")


def _enough(indicator: Indicator, value: Value, less: Value | None = None) -> bool:
    """Whether `FEWEST` are counted, and of a share as many with it and without; or nobody, beside a part."""
    counts = _counts(indicator, value)
    if less is not None:
        counts = [whole - part for whole, part in zip(counts, _counts(indicator, less), strict=True)]
        if not any(counts):
            return True
    return all(count >= FEWEST for count in counts)


def _counts(indicator: Indicator, value: Value) -> list[int]:
    if indicator.unit != "share" or value.low is None or value.value is None:
        return [value.counted]
    hits = round(value.value * value.counted)
    return [value.counted, hits, value.counted - hits]


def measure(book: Book, objectives: tuple[Objective, ...], as_of: date, rule: TargetRule | None = None) -> list[Figure]:
    """Figures of the objectives whose indicator is computed, over the newest period that is fully known."""
    found = []
    for each in objectives:
        if each.indicator.source is Source.COMPUTED:
            until = as_of - timedelta(days=each.indicator.lag_days)
            from_on = months_before(until, each.period_months) + timedelta(days=1)
            found.append(from_book(book, each.indicator, each.segment, as_of, from_on, until, rule))
    return found


def stand(connection: Connection, objectives: tuple[Objective, ...], on: date) -> list[Standing]:
    """Where objectives stand on a day, by the newest figure that is stored for each."""
    return [course(connection, each, on).standing for each in objectives]


def course(connection: Connection, objective: Objective, on: date) -> Course:
    """An objective from its baseline to a day."""
    newest_first = figures_of(connection, objective.indicator.code, objective.segment.text, on)
    usable = [figure for figure in newest_first if figure.until_on >= objective.baseline_on]
    # Of periods that end on the same day the longest comes first, and counts.
    by_day = {figure.until_on: figure for figure in reversed(usable)}
    figures = tuple(by_day[day] for day in sorted(by_day))
    return Course(standing(objective, figures[-1].value if figures else Value(None), on), figures)


def build_baseline(
    connection: Connection, book: Book, code: str, segment: Segment, as_of: date, rule: TargetRule | None = None
) -> Baseline:
    """A baseline from what there is: the last four quarters, else a small sample to be asked."""
    indicator = INDICATORS[code]
    if indicator.source is Source.COMPUTED:
        ends = _quarter_ends(as_of - timedelta(days=indicator.lag_days))
        told = [from_book(book, indicator, segment, as_of, _begin(end), end, rule) for end in ends]
        year = from_book(book, indicator, segment, as_of, _begin(ends[0]), ends[-1], rule)
        return Baseline(indicator, segment, tuple(told), year)
    stored = figures_of(connection, code, segment.text, as_of)[:_QUARTERS][::-1]
    if stored:
        return Baseline(indicator, segment, tuple(stored), replace(stored[-1]))
    clients = segment.clients(book, rule)
    there = len(book.current_clients()) if clients is None else len(clients)
    return Baseline(indicator, segment, (), None, size(there, _MARGIN, _CONFIDENCE))


def _quarter_ends(until: date) -> list[date]:
    """Last days of the last four quarters that are over, oldest first.

    >>> [day.isoformat() for day in _quarter_ends(date(2024, 7, 15))]
    ['2023-09-30', '2023-12-31', '2024-03-31', '2024-06-30']
    """
    next_day = until + timedelta(days=1)
    newest = date(next_day.year, 3 * ((next_day.month - 1) // 3) + 1, 1)
    return [months_before(newest, 3 * back) - timedelta(days=1) for back in range(_QUARTERS - 1, -1, -1)]


def _begin(end: date) -> date:
    return months_before(end + timedelta(days=1), 3)
