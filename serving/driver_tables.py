"""What is said of drivers beside the summary: exit rates by tenths, parts compared, change, groups, events.

Counts and means, never a client. Computed once the week's lists are out; what cannot be computed is a sentence in the
file and stops nothing.
"""

import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

from features.book import Book
from features.catalogue import FEATURES
from features.drivers import DRIVERS
from features.errors import DataError, ExitwatchError, StorageError
from features.measures.target_client import TargetRule
from models.learning import kept
from serving.earlier import features_on
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.score import Scores, Scoring, definition_of
from serving.whole import write_whole
from training.drivers import causes_alike, segments
from training.drivers.contributions import averages, of_explanations
from training.drivers.event_study import event_study
from training.drivers.events import officer_changes
from training.drivers.finding import Finding
from training.drivers.overview import explained, of_deciders
from training.drivers.shift import shift

#: File beside the scores.
FILE = "driver_tables.json"

DECILES, SEGMENTS, CHANGE, ALIKE, EVENTS = "deciles", "segments", "change", "alike", "events"
PARTS = (DECILES, SEGMENTS, CHANGE, ALIKE, EVENTS)
#: Findings of several names begin with their part: "deciles loans_taken", "segments area".
SHAPES = "shapes"
#: Change is told against so many days earlier.
BEFORE_DAYS = 91
#: Clients whose parts are compared at most; of more, so many are drawn by hash.
MOST_COMPARED = 200_000
#: Days on which officers changed that are looked at, the newest; `exitwatch events` looks at all.
MOST_EVENT_DAYS = 24
_DIGITS = 6
_SALT = "drivers"
#: Not for pages: figures of single officers are for their managers.
_NOT_KEPT = frozenset({"officer"})


@dataclass(frozen=True)
class DriverTables:
    """Findings as they are kept.

    Parameters
    ----------
    as_of
        Date of the scores.
    decided_from
        The date whose clients had to decide within the horizon: of them are the tenths.
    before
        The date that change is told against.
    missing
        Part to the sentence that says why it is not there.
    titles
        Segment to what it is called.
    plain
        Name to the plain values of a finding: shapes, change, alike, events, and of each feature and segment
        "deciles <feature>" and "segments <segment>".
    """

    as_of: date
    decided_from: date
    before: date
    missing: Mapping[str, str]
    titles: Mapping[str, str]
    plain: Mapping[str, Mapping[str, Any]]

    def names(self, part: str) -> tuple[str, ...]:
        """Features or segments of a part that has several."""
        return tuple(name.partition(" ")[2] for name in self.plain if name.startswith(f"{part} "))

    def finding(self, name: str) -> Finding | None:
        """One finding; None where it is not there."""
        if name not in self.plain:
            return None
        kept_as = self.plain[name]
        table = pd.DataFrame(kept_as["rows"], columns=kept_as["columns"])
        numeric = [column for column in table.columns if column not in _WORDS]
        return Finding(table.astype(dict.fromkeys(numeric, "float64")), str(kept_as["said"]))


def driver_tables(
    book: Book,
    scores: Scores,
    model: Scoring,
    home: Home,
    without: Collection[str] = frozenset(),
) -> DriverTables:
    """All that is said of drivers on the date of some scores.

    Parameters
    ----------
    without
        Clients of whom nothing is computed: they objected or were erased.
    """
    definition = definition_of(model)
    decided_from = scores.as_of - timedelta(days=model.horizon + definition.maturity_days)
    before = scores.as_of - timedelta(days=BEFORE_DAYS)
    target, missing = _target(home)
    titles = {name: title for name, title in segments.known_segments(book, target).items() if name not in _NOT_KEPT}

    @cache
    def here() -> tuple[pd.DataFrame, pd.DataFrame]:
        return explained(_somebody(scores.snapshot.table, scores.as_of), model)

    def tenths() -> dict[str, Finding]:
        found = of_deciders(book, decided_from, scores.as_of, model, definition, without)
        return {SHAPES: found.shapes} | {f"{DECILES} {name}": each for name, each in found.charts.items()}

    def alike() -> dict[str, Finding]:
        driver = pd.Series({name: FEATURES[name].driver for name in model.features})
        return {ALIKE: causes_alike.grouped(*here(), driver)}

    def moved() -> dict[str, Finding]:
        then = features_on(book, before, model, home, without)
        if then is None:
            raise DataError(f"the book begins after {before}, so there is nothing to compare with yet.")
        return {CHANGE: shift(explained(_somebody(then, before), model), here())}

    def followed() -> dict[str, Finding]:
        events = officer_changes(book, scores.as_of)
        return {EVENTS: event_study(book, scores.as_of, events, definition, MOST_EVENT_DAYS).finding}

    plain: dict[str, dict[str, Any]] = {}
    for part, compute in (
        (DECILES, tenths),
        (SEGMENTS, lambda: _compared(book, scores, titles, target)),
        (ALIKE, alike),
        (CHANGE, moved),
        (EVENTS, followed),
    ):
        found, why = _or_why_not(compute)
        plain |= {name: _plain(each) for name, each in found.items()}
        if why:
            missing[part] = why
    return DriverTables(scores.as_of, decided_from, before, missing, titles, plain)


def keep_tables(home: Home, tables: DriverTables) -> None:
    """Keep the tables beside the scores of their date. The same tables give the same bytes.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written.
    """
    content = {
        "as_of": tables.as_of.isoformat(),
        "decided_from": tables.decided_from.isoformat(),
        "before": tables.before.isoformat(),
        "missing": dict(tables.missing),
        "titles": dict(tables.titles),
        "findings": dict(tables.plain),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_whole(home.scores / tables.as_of.isoformat() / FILE, f"{text}\n".encode())


def read_tables(stored: KeptScores) -> DriverTables | None:
    """The tables kept beside some scores; None where there are none (yet).

    Raises
    ------
    StorageError
        They are damaged.
    """
    file = stored.folder / FILE
    if not file.exists():
        return None
    try:
        content = json.loads(file.read_bytes())
        as_of, decided_from, before = (date.fromisoformat(content[day]) for day in ("as_of", "decided_from", "before"))
        missing, titles, plain = (dict(content[name]) for name in ("missing", "titles", "findings"))
        return DriverTables(as_of, decided_from, before, missing, titles, plain)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise StorageError(f"{FILE} of {stored.folder.name} cannot be read; run `exitwatch weekly` again") from error


def _or_why_not(compute: Callable[[], dict[str, Finding]]) -> tuple[dict[str, Finding], str]:
    """What was found, or the sentence that says why nothing was: the lists are out, and stay so."""
    try:
        return compute(), ""
    except ExitwatchError as error:
        return {}, str(error)
    except (ArithmeticError, LookupError, ValueError) as error:  # the message of a foreign error may hold rows
        return {}, f"It could not be computed ({type(error).__name__}); the command exitwatch drivers says more."


def _target(home: Home) -> tuple[TargetRule | None, dict[str, str]]:
    try:
        return home.target(), {}
    except ExitwatchError as error:
        return None, {segments.TARGET: str(error)}


def _compared(book: Book, scores: Scores, titles: Mapping[str, str], target: TargetRule | None) -> dict[str, Finding]:
    """Drivers by the parts of each segment; not those that stand on no list: they would point at a few people."""
    if scores.explanations.failure is not None:
        raise DataError(f"no score could be explained: {scores.explanations.failure}.")
    everybody = _somebody(of_explanations(scores.explanations), scores.as_of)
    if len(everybody) > MOST_COMPARED:
        everybody = everybody[kept(everybody.index.to_numpy(dtype=object), MOST_COMPARED / len(everybody), _SALT)]
    named = everybody[[code for code in everybody.columns if DRIVERS[code].shown]]
    with book.known(scores.as_of) as known:
        return {
            f"{SEGMENTS} {name}": averages(named, segments.parts(book, known, scores.snapshot.population, name, target))
            for name in titles
        }


def _somebody(table: pd.DataFrame, day: date) -> pd.DataFrame:
    if table.empty:
        raise DataError(f"nobody was at risk on {day}.")
    return table


def _plain(finding: Finding) -> dict[str, Any]:
    rows = [[_cell(cell) for cell in row] for row in finding.table.itertuples(index=False, name=None)]
    return {"said": finding.said, "columns": list(map(str, finding.table.columns)), "rows": rows}


#: Columns of the tables that hold words.
_WORDS = frozenset({"feature", "driver", "shape", "bin", "part", "group", "features", "drivers", "period"})


def _cell(cell: object) -> object:
    if cell is None or isinstance(cell, str):
        return cell
    number = float(str(cell))
    return float(f"{number:.{_DIGITS}g}") if math.isfinite(number) else None
