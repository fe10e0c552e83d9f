"""How the curve over horizons is learnt: three kinds, on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import RecipeError
from models.boosting import Boosting, Forest, grow
from models.calibration import sigmoid
from models.rows import Flags, Floats, Rows

#: The input that says by when.
HORIZON = "horizon_days"


class Kind(StrEnum):
    """What one row of the learner is.

    ``incidence``: (client, as_of, horizon), left by choice within it. Whoever was written off or pushed out counts as
    not having left by choice (cumulative incidence); a date enters for a horizon once its outcome is known for all.
    ``hazard``: (client, as_of, period), left in it, given nothing happened before. Its margin is no sum of trees.
    ``taught``: as ``single``, but the main horizon's classifier also learns from dates not matured for it: what is not
    known yet is replaced by how likely a hazard finds it, given what has happened so far.
    ``single``: (client, as_of), left by choice within one horizon; one classifier for each horizon, on the dates that
    have matured for it.
    """

    INCIDENCE = "incidence"
    HAZARD = "hazard"
    SINGLE = "single"
    TAUGHT = "taught"


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

    kind: Kind = Kind.TAUGHT
    boosting: Boosting = field(default_factory=Boosting)
    max_rows: int = 1_000_000

    def __post_init__(self) -> None:
        if not 100 <= self.max_rows <= 100_000_000:
            raise RecipeError(f"max_rows={self.max_rows!r} is not between 100 and 100000000")


def learnable(rows: Rows, horizon: int) -> bool:
    """Whether some clients left by choice within the horizon and some did not, as far as it is known."""
    place = rows.at(horizon)
    known = rows.choice[rows.told(place), place]
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
    others = [days for days in trained if days != horizon]
    grown = {days: _classifier(rows, settings, days, seed, threads) for days in others}
    if settings.kind is Kind.TAUGHT:
        return _taught(rows, settings, horizon, seed, falling=falling, threads=threads), None, grown
    return _classifier(rows, settings, horizon, seed, threads), None, grown


def _classifier(rows: Rows, settings: Learning, days: int, seed: int, threads: int) -> Forest:
    place = rows.at(days)
    known = rows.take(rows.told(place))
    values, left = known.X.to_numpy(), known.choice[:, place]
    return grow(values, left, known.counted(place), rows.features, settings.boosting, seed, threads=threads)


def _taught(rows: Rows, settings: Learning, horizon: int, seed: int, *, falling: bool, threads: int) -> Forest:
    """The classifier of one horizon, from what is known of every date and a hazard's guess at the rest."""
    ends = [days for days in rows.horizons if days <= horizon and learnable(rows, days)]
    seen = rows.take(rows.matured[:, rows.at(ends[0])])
    hazard = _hazard(
        seen, replace(settings, boosting=_teacher(settings.boosting)), ends, seed, falling=falling, threads=threads
    )
    values = seen.X.to_numpy()
    free, left = np.ones(len(seen)), np.zeros(len(seen))
    # Chance of still being free, and of having left by choice, from the last day known onwards.
    gone = np.zeros(len(seen), dtype=bool)
    outcome = np.zeros(len(seen))
    for days in ends:
        place = seen.at(days)
        known = seen.matured[:, place]
        event = seen.choice[:, place] != falling
        chance = sigmoid(hazard.margin(np.column_stack([values, np.full(len(values), float(days))]), threads))
        left = np.where(known, 0.0, left + free * chance)
        free = np.where(known, 1.0, free * (1.0 - chance))
        ends_it = event | seen.forced[:, place] if falling else event
        outcome = np.where(known & ~gone & ends_it, 1.0, outcome)
        gone = np.where(known, event | seen.forced[:, place], gone)
    soft = np.where(gone, outcome, left)
    target = np.clip(1.0 - soft if falling else soft, 0.0, 1.0)
    weight = _as_far_as_known(seen, ends)
    there = weight > 0
    return grow(values[there], target[there], weight[there], seen.features, settings.boosting, seed, threads=threads)


def _as_far_as_known(rows: Rows, ends: Sequence[int]) -> Floats:
    """Weight of each row by the last horizon whose outcome is final; 0 where a list led to a visit before that."""
    if rows.alone is None:
        return rows.weight
    places = np.array([rows.at(days) for days in ends])
    last = places[rows.matured[:, places].sum(axis=1) - 1]
    answer: Floats = rows.weight * rows.alone[np.arange(len(rows)), last]
    return answer


def _teacher(boosting: Boosting) -> Boosting:
    """A third of the trees at thrice the rate: the guess only fills gaps, from as many rows as there are periods."""
    rate = min(1.0, 3 * boosting.learning_rate)
    return replace(boosting, rounds=max(1, boosting.rounds // 3), learning_rate=rate, seeds=1)


def forced_forest(
    rows: Rows, settings: Learning, horizon: int, seed: int, least: int, threads: int
) -> tuple[Forest | None, float]:
    """The forest for forced exits by the main horizon, or None where they are too few; and their share."""
    place = rows.at(horizon)
    learner = rows.take(rows.told(place))
    event = learner.forced[:, place]
    rate = float(np.average(event, weights=_alone(learner, place))) if len(event) else 0.0
    if int(event.sum()) < least:
        return None, rate
    # Forced exits are few and told by few features: a third of the trees is enough.
    small = replace(settings.boosting, rounds=max(1, settings.boosting.rounds // 3), seeds=1)
    values = learner.X.to_numpy()
    return grow(values, event, learner.counted(place), rows.features, small, seed, threads=threads), rate


def _alone(rows: Rows, place: int) -> Floats:
    return np.ones(len(rows)) if rows.alone is None else rows.alone[:, place]


def _incidence(
    rows: Rows, settings: Learning, horizon: int, trained: Sequence[int], seed: int, *, falling: bool, threads: int
) -> tuple[Forest, Forest]:
    chosen = _thinned(rows, settings.max_rows, horizon, trained, seed)
    values = rows.X.to_numpy()
    blocks = [np.column_stack([values[which], np.full(len(which), float(days))]) for days, which in chosen.items()]
    event = np.concatenate([rows.choice[which, rows.at(days)] for days, which in chosen.items()])
    weight = np.concatenate([rows.counted(rows.at(days))[which] for days, which in chosen.items()])
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
        there = rows.told(place) & ~gone
        event = rows.choice[:, place] if not falling else ~rows.choice[:, place]
        blocks.append(np.column_stack([values[there], np.full(int(there.sum()), float(days))]))
        events.append(event[there])
        weights.append(rows.counted(place)[there])
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
    known = {days: np.flatnonzero(rows.told(rows.at(days))) for days in trained}
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
