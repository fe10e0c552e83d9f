"""Features of a date computed once for a book, where what is tested is what is done with them.

Computing them takes most of the time of a weekly run over a few clients, and the very same book and day come back in
test after test. Whatever is about the features themselves, or about the same bytes from another order of rows, does
without this.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from features import snapshot as features
from features.book import Known
from features.exit import ExitDefinition, keep_at_risk
from features.facts import Facts
from features.schema import TABLES
from features.snapshot import Snapshot
from serving import earlier, score

_READ = " UNION ALL ".join(
    f"SELECT '{name}' AS name, count(*) AS rows, sum(CAST(hash(each) AS HUGEINT)) AS content FROM {name} AS each"
    for name in TABLES
)
_KEPT: dict[object, Snapshot] = {}


def remembered(known: Known, definition: ExitDefinition, others: Facts | None = None) -> Snapshot:
    """As `features.snapshot.snapshot`; of rows that were seen before it is what was found then."""
    if others is not None:
        return features.snapshot(known, definition, others)
    content = tuple(map(tuple, known.frame(_READ).astype("str").sort_values("name").to_numpy()))
    present = tuple(sorted((name, tuple(sorted(columns))) for name, columns in known.present.items()))
    key = (known.as_of, repr(definition), present, content)
    if key not in _KEPT:
        _KEPT[key] = features.snapshot(known, definition)
        return _KEPT[key]
    # The caller may read it besides.
    keep_at_risk(known, definition)
    return _KEPT[key]


@contextmanager
def keeping_snapshots() -> Iterator[None]:
    """Scores, and the features of an earlier date, are computed from what is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (score, earlier):
            patch.setattr(module, "snapshot", remembered)
        yield
