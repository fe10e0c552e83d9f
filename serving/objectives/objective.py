"""Objectives of the file objectives.toml, each held against what makes one SMART, with a sentence for what lacks.

Specific: a name, a known indicator, a segment, an owner. Measurable: a baseline with its day, and a target. Attainable:
the target is better than the baseline, possible, and it is said by what means. Relevant: the goal it serves, and
whether it measures a process or a result. Time-bound: a date after the baseline's.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from features.errors import UsageError
from features.indicator import Better, Indicator
from features.indicators import INDICATORS
from serving.given import printable
from serving.objectives.segment import Segment

FILE = "objectives.toml"
KINDS = ("process", "result")
_KEYS = (
    *("name", "indicator", "segment", "baseline", "baseline_on", "target", "by", "owner", "goal", "kind", "means"),
    "period_months",
)
_LONGEST = 300
_LONGEST_YEARS = 10
_LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Objective:
    """One objective.

    Parameters
    ----------
    goal
        What it is for.
    kind
        process or result.
    means
        By what it is to be reached.
    period_months
        Over how many months the indicator is taken.
    """

    name: str
    indicator: Indicator
    segment: Segment
    baseline: float
    baseline_on: date
    target: float
    by: date
    owner: str
    goal: str
    kind: str
    means: str
    period_months: int = 12

    def expected(self, on: date) -> float:
        """Where it should stand on a day, on the straight line from the baseline to the target."""
        gone = (on - self.baseline_on).days / (self.by - self.baseline_on).days
        return self.baseline + (self.target - self.baseline) * min(max(gone, 0.0), 1.0)

    def at_least(self, value: float, mark: float) -> bool:
        """Whether a value is as good as a mark, in the direction that is better."""
        better = value - mark if self.indicator.better is Better.UP else mark - value
        return better >= -1e-9


@dataclass(frozen=True)
class Fault:
    """What an objective lacks.

    Parameters
    ----------
    place
        Its number in the file.
    letter
        S, M, A, R or T.
    """

    place: int
    letter: str
    sentence: str


@dataclass(frozen=True)
class Read:
    """What a file of objectives holds: those that are SMART, and what the others lack."""

    objectives: tuple[Objective, ...]
    faults: tuple[Fault, ...]


def read_objectives(file: Path) -> Read:
    """Objectives of a file.

    Raises
    ------
    UsageError
        There is no such file, or it is not a file of objectives at all.
    """
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"{file.name} is larger than any list of objectives")
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no {file.name}; docs/objectives.md shows how to write one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        raise UsageError(f"{file.name} cannot be read as TOML in UTF-8; docs/objectives.md shows an example") from None
    rows = content.get("objective")
    if set(content) != {"objective"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{file.name} needs tables named [[objective]] and nothing else")
    found, faults = [], []
    for place, row in enumerate(rows, 1):
        wrong = [Fault(place, letter, sentence) for letter, sentence in _faults(row)]
        faults += wrong
        if not wrong:
            found.append(_objective(row))
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [Fault(names.index(name) + 1, "S", f"two objectives are named {name!r}; rename one") for name in twice]
    return Read(tuple(found), tuple(faults))


def _faults(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each letter with what lacks."""
    for check in (_specific, _measurable, _attainable, _relevant, _time_bound):
        yield from check(row)


def _specific(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in row:
        if key not in _KEYS:
            yield "S", f"{key!r} is not part of an objective; there are {', '.join(_KEYS)}"
    for key in ("name", "owner"):
        if not _is_text(row.get(key)):
            yield "S", f"write a {key}: " + ("what is to be reached" if key == "name" else "who answers for it")
    if row.get("indicator") not in INDICATORS:
        yield "S", f"name an indicator that is known: {', '.join(INDICATORS)}"
    try:
        _segment(row)
    except UsageError as error:
        yield "S", str(error)


def _measurable(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("baseline", "target"):
        if not _is_number(row.get(key)):
            yield (
                "M",
                f"write the {key} as a number"
                + ("; `exitwatch objectives baseline` finds one from the book" if key == "baseline" else ""),
            )
    if not _is_day(row.get("baseline_on")):
        yield "M", "write baseline_on: the day the baseline was measured, as 2024-06-30"
    months = row.get("period_months", 12)
    if not isinstance(months, int) or isinstance(months, bool) or not 1 <= months <= 60:
        yield "M", "period_months is a whole number from 1 to 60"


def _attainable(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_text(row.get("means")):
        yield "A", "write means: by what it is to be reached"
    indicator = INDICATORS.get(str(row.get("indicator")))
    if indicator is None or not all(_is_number(row.get(key)) for key in ("baseline", "target")):
        return
    baseline, target = float(row["baseline"]), float(row["target"])
    if indicator.unit == "share" and not (0 <= baseline <= 1 and 0 <= target <= 1):
        yield "A", f"{indicator.code} is a share: write 0.8 for 80 in 100"
    elif baseline < 0 or target < 0:
        yield "A", f"{indicator.code} is never below 0"
    elif (target <= baseline) if indicator.better is Better.UP else (target >= baseline):
        way = "above" if indicator.better is Better.UP else "below"
        yield "A", f"the target of {indicator.code} has to be {way} the baseline"


def _relevant(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_text(row.get("goal")):
        yield "R", "write goal: what clients or the institution have of it"
    if row.get("kind") not in KINDS:
        yield "R", f"kind is {' or '.join(KINDS)}"


def _time_bound(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not _is_day(row.get("by")):
        yield "T", "write by: the day by which it is to be reached, as 2025-12-31"
        return
    begun = row.get("baseline_on")
    if _is_day(begun) and not 0 < (row["by"] - begun).days <= 366 * _LONGEST_YEARS:
        yield "T", f"by lies after baseline_on, and at most {_LONGEST_YEARS} years"


def _objective(row: Mapping[str, Any]) -> Objective:
    texts = {key: str(row[key]).strip() for key in ("name", "owner", "goal", "kind", "means")}
    return Objective(
        indicator=INDICATORS[row["indicator"]],
        segment=_segment(row),
        baseline=float(row["baseline"]),
        baseline_on=row["baseline_on"],
        target=float(row["target"]),
        by=row["by"],
        period_months=int(row.get("period_months", 12)),
        **texts,
    )


def _segment(row: Mapping[str, Any]) -> Segment:
    given = row.get("segment", {})
    if not isinstance(given, dict):
        raise UsageError('write a segment as { area = "rural" }, or leave it out for everybody')
    return Segment.of(given)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST and printable(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
