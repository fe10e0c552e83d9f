"""The three proofs, over every feature there is: truncation, later rows, slow against fast."""

import pandas as pd
import pytest
import rich_books
import slow_engine
from hypothesis import given, settings
from hypothesis import strategies as st
from undone import undone

from features.book import Book
from features.catalogue import FEATURES, names
from features.exit import ExitDefinition, Rule
from features.snapshot import Snapshot, snapshot

DEFINITIONS = (
    ExitDefinition(),
    ExitDefinition(grace_days=400),
    ExitDefinition(rule=Rule.DORMANCY, active_days=200),
)

SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
CLIENTS = st.integers(min_value=1, max_value=14)
RULES = st.sampled_from(DEFINITIONS)
few = settings(max_examples=15, deadline=None, derandomize=True)


def taken(tables: dict[str, pd.DataFrame], as_of, rule: ExitDefinition) -> Snapshot:
    with Book.of(tables).known(as_of) as known:
        return snapshot(known, rule)


def differing(left: pd.DataFrame, right: pd.DataFrame) -> list[str]:
    """Features whose figures are not the same bits."""
    assert list(left.index) == list(right.index)
    return [name for name in names() if left[name].to_numpy().tobytes() != right[name].to_numpy().tobytes()]


@few
@given(SEEDS, CLIENTS, RULES)
def test_features_equal_those_of_a_book_copied_on_the_date(seed: int, clients: int, rule: ExitDefinition) -> None:
    tables, as_of = rich_books.draw(seed, clients)

    full = taken(tables, as_of, rule)
    copied = taken(undone(tables, as_of), as_of, rule)

    assert differing(full.table, copied.table) == []
    pd.testing.assert_frame_equal(full.population, copied.population)


@few
@given(SEEDS, CLIENTS, RULES, st.booleans())
def test_the_slow_engine_written_from_the_sentences_agrees(
    seed: int, clients: int, rule: ExitDefinition, lacking: bool
) -> None:
    tables, as_of = rich_books.draw(seed, clients, lacking=lacking)

    fast = taken(tables, as_of, rule).table
    slow = slow_engine.snapshot(tables, as_of, list(fast.index))

    pd.testing.assert_frame_equal(fast, slow, check_names=False, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_has_a_slow_form(name: str) -> None:
    assert callable(slow_engine.slow(name))
