"""Somebody holds all that was given out and calculates: how many counts under 20 does a solver find?

Against the rule in force none, against weaker ones many. `docs/results.md` holds what came out.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings, simulate
from features.exit import ExitDefinition
from features.leaver_type import Cause
from features.measures import figures
from features.measures.episodes import SAVES, keep_episodes
from features.measures.flows import EVERYBODY, by_period, leaver_types, monthly
from features.measures.periods import By
from features.measures.published import measure, together
from features.measures.segments import keep_segments, known_segments
from features.measures.suppressed_periods import final
from features.measures.suppression import Block, blocks
from tests.features.measures.attacker import DECIDED, PARTS, TYPES, WENT, Attacker, derived, small_counts
from tests.features.measures.test_given_away import (
    DAYS,
    Tables,
    always_or_never,
    attack,
    drawn,
    given_out,
    on,
    small_ones_alone,
    with_rule,
)
from tests.studies import results

pytestmark = [pytest.mark.study, pytest.mark.timeout(4 * 3600)]

WORLDS, TRIED = 60, 40
RULE = ExitDefinition()


def test_no_count_under_20_is_given_away_in_any_of_many_worlds() -> None:
    found: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    small = 0
    for seed in range(WORLDS):
        rng = np.random.default_rng(seed)
        tables, same = drawn(seed, int(rng.choice([400, 900, 2_500, 6_000])), int(rng.integers(2, 7)))
        small += len(small_counts({name: table for name, table in tables.items() if name != TYPES}))
        weeks = [on(tables, day) for day in DAYS]
        rules = {
            "the rule in force": [given_out(week, same) for week in weeks],
            "areas are not known to be made of branches": [given_out(week, {}) for week in weeks],
            "a value is shown at one length always or never": [with_rule(w, always_or_never(w)) for w in weeks],
            "small counts alone are hidden": [with_rule(week, small_ones_alone(week)) for week in weeks],
        }
        for rule, published in rules.items():
            told = attack(tables, same, *published, most_tried=TRIED)
            found[rule] += len(told)
            exact[rule] += sum(each.exactly for each in told)
    rows = [[rule, f"{found[rule]:,}", f"{exact[rule]:,}"] for rule in rules]
    results.write(
        "suppression",
        "Counts under 20 that can be told from the tables",
        f"`make studies` (`tests/studies/test_suppression.py`): {WORLDS} drawn institutions of 400 to 6,000 clients, "
        f"everything given out on {len(DAYS)} dates held together. Of {small:,} counts under 20 at most {TRIED} an "
        "institution were attacked with an integer program. Told means that the largest number that fits all tables "
        "is under 20; exactly, that only one fits.\n\n"
        + results.table(["what is hidden", "told to be under 20", "exactly"], rows),
    )
    assert found["the rule in force"] == 0
    assert all(exact[rule] for rule in rules if rule != "the rule in force")


@pytest.mark.parametrize(("clients", "seed"), [(1_500, 1), (5_000, 2), (15_000, 3)])
def test_nor_in_a_simulated_institution_of_which_everything_is_measured(
    tmp_path: Path, clients: int, seed: int
) -> None:
    settings = SimulationSettings(clients=clients, weeks=130, seed=seed)
    simulate(tmp_path / "book", settings)
    book = open_book(tmp_path / "book")
    as_of = settings.end_on
    truth, same = counted(book, as_of)
    measures = measure(book, as_of, RULE)

    published = dict(iter(measures.segments.groupby("segment"))) | {EVERYBODY: measures.everybody}

    assert attacked(truth, same, published, measures.leaver_types) == []


def counted(book: Book, as_of: date) -> tuple[Tables, dict[str, list[Block]]]:
    """All final counts, and what is the same clients."""
    with book.known(as_of) as known:
        span = keep_episodes(known, RULE)
        segments = known_segments(book)
        keep_segments(book, known, segments)

        def cut(name: str | None) -> pd.DataFrame:
            parts = [by_period(monthly(known, name), by, span, RULE, as_of) for by in By]
            return final(figures.counted(pd.concat(parts, ignore_index=True)))

        tables = {EVERYBODY: cut(None)} | {each.name: cut(each.name) for each in segments}
        for each in segments:
            if each.of_decisions:
                tables[each.name] = tables[each.name][["value", "period", "by", "first", "last", "deciders", *DECIDED]]
        types = final(pd.concat([leaver_types(known, by, span, RULE, as_of) for by in By], ignore_index=True))
        return tables | {TYPES: types.rename(columns={"out": "went"})}, blocks(together(known, segments))


def attacked(truth: Tables, same: dict[str, list[Block]], published: Tables, types: pd.DataFrame) -> list[object]:
    """What is told, one segment at a time beside the whole institution and what has the same clients."""
    found: list[object] = []
    no_exits = [kind.value for kind, cause in RULE.causes.items() if cause is Cause.NOT_AN_EXIT]
    for name in truth:
        if name == EVERYBODY:
            continue
        others = {block.other for block in same.get(name, ()) if block.other}
        near = {EVERYBODY, name} | {other for other in others if len(set(truth[other]["value"])) < 40}
        asked = {each: truth[each] for each in near if len(set(truth[each]["value"])) < 80}
        if name not in asked:
            continue
        parts = {each: WENT if each == TYPES else PARTS if "came" in truth[each] else DECIDED for each in asked}
        months = pd.DatetimeIndex(sorted({pd.Timestamp(day) for day in truth[EVERYBODY]["first"]}))
        values = {each: sorted(set(table["value"].astype(str))) for each, table in asked.items()}
        attacker = Attacker(values, parts, months)
        for each in asked:
            if each == TYPES:
                attacker.read(TYPES, types.rename(columns={"out": "went"}), WENT)
                attacker.types_add_up(["WO", SAVES, *no_exits])
            else:
                attacker.read(each, published[each], [count for count in figures.COUNTS if count in published[each]])
        attacker.add_up(same)
        found += derived(attacker, {name: truth[name], EVERYBODY: truth[EVERYBODY]}, TRIED)
    return found
