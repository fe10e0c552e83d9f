"""How the curve over horizons is learnt: three kinds, on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import RecipeError
from models.boosting import Boosting, Forest, grow
from models.rows import Flags, Rows

#: The input that says by when.
HORIZON = "horizon_days"


class Kind(StrEnum):
    """What one row of the learner is.

    ``incidence``: (client, as_of, horizon), left by choice within it. Whoever was written off or pushed out counts as
    not having left by choice (cumulative incidence); a date enters for a horizon once its outcome is known for all.
    ``hazard``: (client, as_of, period), left in it, given nothing happened before.
    ``single``: (client, as_of), left by choice within one horizon; one classifier for each horizon, on the dates that
    have matured for it.
    """

    INCIDENCE = "incidence"
    HAZARD = "hazard"
    SINGLE = "single"


@dataclass(frozen=True)
class Learning:
    """What is learnt and how.

    Parameters
    ----------
    kind
        See `Kind`.
    boosting
        How trees are grown.
    max_rows
        Rows (client, as_of, horizon) at most; beyond it the horizons other than the main one are thinned by client.
    """

    kind: Kind = Kind.SINGLE
    boosting: Boosting = field(default_factory=Boosting)
    max_rows: int = 1_000_000

    def __post_init__(self) -> None:
        if not 100 <= self.max_rows <= 100_000_000:
            raise RecipeError(f"max_rows={self.max_rows!r} is not between 100 and 100000000")


def learnable(rows: Rows, horizon: int) -> bool:
    """Whether some clients left by choice within the horizon and some did not, as far as it is known."""
    place = rows.at(horizon)
    known = rows.choice[rows.matured[:, place], place]
    return bool(known.any() and not known.all())


def choice_forests(
    rows: Rows, settings: Learning, horizon: int, trained: Sequence[int], seed: int, *, falling: bool, threads: int
) -> tuple[Forest | None, Forest | None, dict[int, Forest]]:
    """The forest whose margin is explained; the one that reads the horizon; those of the other horizons."""
    if settings.kind is Kind.HAZARD:
        return None, _hazard(rows, settings, trained, seed, falling=falling, threads=threads), {}
    if settings.kind is Kind.INCIDENCE:
        main, curve = _incidence(rows, settings, horizon, trained, seed, falling=falling, threads=threads)
        return main, curve, {}
    grown = {days: _classifier(rows, settings, days, seed, threads) for days in trained}
    return grown.pop(horizon), None, grown


def _classifier(rows: Rows, settings: Learning, days: int, seed: int, threads: int) -> Forest:
    place = rows.at(days)
    known = rows.take(rows.matured[:, place])
    values, left = known.X.to_numpy(), known.choice[:, place]
    return grow(values, left, known.weight, rows.features, settings.boosting, seed, threads=threads)


def forced_forest(
    rows: Rows, settings: Learning, horizon: int, seed: int, least: int, threads: int
) -> tuple[Forest | None, float]:
    """The forest for forced exits by the main horizon, or None where they are too few; and their share."""
    place = rows.at(horizon)
    learner = rows.take(rows.matured[:, place])
    event = learner.forced[:, place]
    rate = float(event.mean()) if len(event) else 0.0
    if int(event.sum()) < least:
        return None, rate
    # Forced exits are few and told by few features: a third of the trees is enough.
    small = replace(settings.boosting, rounds=max(1, settings.boosting.rounds // 3), seeds=1)
    values = learner.X.to_numpy()
    return grow(values, event, learner.weight, rows.features, small, seed, threads=threads), rate


def _incidence(
    rows: Rows, settings: Learning, horizon: int, trained: Sequence[int], seed: int, *, falling: bool, threads: int
) -> tuple[Forest, Forest]:
    chosen = _thinned(rows, settings.max_rows, horizon, trained, seed)
    values = rows.X.to_numpy()
    blocks = [np.column_stack([values[which], np.full(len(which), float(days))]) for days, which in chosen.items()]
    event = np.concatenate([rows.choice[which, rows.at(days)] for days, which in chosen.items()])
    weight = np.concatenate([rows.weight[which] for which in chosen.values()])
    curve = grow(
        blocks,
        event,
        weight,
        (*rows.features, HORIZON),
        settings.boosting,
        seed,
        monotone={HORIZON: -1 if falling else 1},
        threads=threads,
    )
    return curve.at(float(horizon), values[chosen[horizon]], threads), curve


def _hazard(
    rows: Rows, settings: Learning, trained: Sequence[int], seed: int, *, falling: bool, threads: int
) -> Forest:
    """Decision point: leaving in the period, given neither kind of exit before. Dormancy: staying silent through it.

    Under the dormancy rule the event is a new loan, so the chance learnt is that of a loan in the period given none
    before.
    """
    values = rows.X.to_numpy()
    gone = np.zeros(len(rows), dtype=bool)
    blocks, events, weights = [], [], []
    for days in trained:
        place = rows.at(days)
        there = rows.matured[:, place] & ~gone
        event = rows.choice[:, place] if not falling else ~rows.choice[:, place]
        blocks.append(np.column_stack([values[there], np.full(int(there.sum()), float(days))]))
        events.append(event[there])
        weights.append(rows.weight[there])
        gone = gone | event | rows.forced[:, place]
    return grow(
        blocks,
        np.concatenate(events),
        np.concatenate(weights),
        (*rows.features, HORIZON),
        settings.boosting,
        seed,
        threads=threads,
    )


def _thinned(
    rows: Rows, max_rows: int, horizon: int, trained: Sequence[int], seed: int
) -> dict[int, NDArray[np.int64]]:
    known = {days: np.flatnonzero(rows.matured[:, rows.at(days)]) for days in trained}
    others = sum(len(which) for days, which in known.items() if days != horizon)
    share = (max_rows - len(known[horizon])) / others if others else 1.0
    if share >= 1.0:
        return known
    return {
        days: which if days == horizon else which[kept(rows.client_id[which], max(share, 0.02), f"{seed}:{days}")]
        for days, which in known.items()
    }


def kept(client_id: NDArray[np.object_], share: float, salt: str) -> Flags:
    """Whether each client falls into a share of all clients drawn by hash: the same draw wherever she appears."""
    key = f"{salt:_<16}"[:16]
    drawn = pd.util.hash_array(client_id.astype(object), hash_key=key, categorize=True)
    flags: Flags = drawn.astype(np.float64) < share * 2.0**64
    return flags
