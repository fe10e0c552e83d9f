"""Whether what the data showed before a client left is what she says drove her away.

What the model said is read from the scores kept of the newest day before she left, else from her line on a list. A hit
is one of the model's three drivers anywhere in her chain. Chance is what the hits would be if the model's drivers of
one client were held against the chain of another: their mean over all such pairs. The interval draws clients anew.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from features.drivers import DRIVERS
from features.errors import UsageError
from serving import issued
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.outcome_codes import KEPT_BACK
from serving.survey import kept, samples
from serving.survey.kept import Kept
from serving.survey.pooling import FEWEST, may_be_told, pooled

_DRIVERS = ("driver_1", "driver_2", "driver_3")
_DRAWS = 2_000


@dataclass(frozen=True)
class Told:
    """One client: what the data showed before she left, strongest first, and what she said, root first."""

    client_id: str
    model: tuple[str, ...]
    chain: tuple[str, ...]

    @property
    def hit(self) -> bool:
        """Whether any of the model's drivers is in her chain."""
        return not set(self.model).isdisjoint(self.chain)


@dataclass(frozen=True)
class Cell:
    """How many clients of whom the model said the one first and who said the other first."""

    model: str
    survey: str
    clients: int


@dataclass(frozen=True)
class AgainstChance:
    """How often the model's drivers are in the client's chain.

    Parameters
    ----------
    hits, chance
        Share with a hit, and the share that chance alone would give.
    gain, low, high
        Hits beyond chance, with the 95 % interval.
    by_chance
        How often chance alone gives as many hits (permutation test).
    """

    hits: float
    chance: float
    gain: float
    low: float
    high: float
    by_chance: float


@dataclass(frozen=True)
class ModelAgreement:
    """What model and survey have in common.

    Parameters
    ----------
    clients
        Who answered and of whom something was said before.
    unsaid
        How many answered of whom nothing was said before; None where they are some, and fewer than `FEWEST`.
    against_chance
        How often the two agree; None where that would tell of fewer than `FEWEST` clients who are hit, or are not.
    traceable
        Share of chains with a reason that data could show at all; None where it would tell of few.
    cells
        Model against survey, first codes; none of fewer than `FEWEST` clients.
    together
        Clients in cells that are too small to be told.
    """

    clients: int
    unsaid: int | None
    against_chance: AgainstChance | None
    traceable: float | None
    cells: tuple[Cell, ...]
    together: int


def compare(told: Sequence[Told], unsaid: int = 0, seed: int = 1) -> ModelAgreement:
    """Hold what the model said against what clients said.

    Raises
    ------
    UsageError
        There are fewer than `FEWEST` clients to compare.
    """
    n = len(told)
    if n < FEWEST:
        raise UsageError(
            f"of {n} clients both is known, what the data showed and what they said; with fewer than {FEWEST} nothing "
            "is told. Go on asking, and keep scores for longer than it takes until clients are asked."
        )
    firsts = Counter(f"{each.model[0]} {each.chain[0]}" for each in told)
    parts = pooled(firsts)
    hit, traced = sum(each.hit for each in told), sum(any(map(_traceable, each.chain)) for each in told)
    return ModelAgreement(
        clients=n,
        unsaid=unsaid if may_be_told(unsaid, unsaid) else None,
        against_chance=_against_chance(told, seed) if may_be_told(hit, n) else None,
        traceable=traced / n if may_be_told(traced, n) else None,
        cells=tuple(Cell(name.split(" ")[0], name.split(" ")[1], firsts[name]) for name in parts.shown),
        together=sum(firsts[name] for name in parts.together),
    )


def _against_chance(told: Sequence[Told], seed: int) -> AgainstChance:
    grid, n = _grid(told), len(told)
    own = np.diagonal(grid)
    hits, chance = float(own.mean()), _chance(grid)
    rng = np.random.default_rng(seed)
    gains = []
    for _ in range(_DRAWS):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        gains.append(float(times @ own) / n - float(times @ grid @ times) / n**2)
    low, high = np.quantile(gains, [0.025, 0.975])
    shuffled = [float(grid[np.arange(n), rng.permutation(n)].mean()) for _ in range(_DRAWS)]
    as_many = sum(share >= hits - 1e-12 for share in shuffled)
    return AgainstChance(hits, chance, hits - chance, float(low), float(high), (as_many + 1) / (_DRAWS + 1))


def said_before(connection: Connection, home: Home, sample_id: str = "") -> tuple[list[Told], int]:
    """Who answered, with what was said of them before they left; and of how many nothing was.

    Parameters
    ----------
    sample_id
        One sample; empty for everybody.
    """
    again = {each.sample_id for each in samples.samples(connection) if each.again_of}
    answered = kept.of_sample(connection, sample_id) if sample_id else kept.between(connection, date.min, date.max)
    told, unsaid = [], 0
    days, scores = home.scored_dates(), dict[date, KeptScores]()
    for each in answered:
        if not each.answer.consent or each.answer.sample_id in again:
            continue
        codes = _by_scores(home, days, scores, each) or _by_lists(connection, each)
        if codes:
            told.append(Told(each.answer.client_id, codes, each.answer.reasons))
        else:
            unsaid += 1
    return told, unsaid


def _by_scores(home: Home, days: Sequence[date], held: dict[date, KeptScores], each: Kept) -> tuple[str, ...]:
    """Drivers of the newest scores before she left, as far as they are kept; nothing older than half a year."""
    before = [day for day in days if each.left_on - timedelta(days=182) <= day < each.left_on]
    for day in reversed(before):
        row = held.setdefault(day, KeptScores(home.scores / day.isoformat())).scores_of(each.answer.client_id)
        if row is not None:
            return tuple(str(row[name]) for name in _DRIVERS if row.get(name) is not None)
    return ()


def _by_lists(connection: Connection, each: Kept) -> tuple[str, ...]:
    """Drivers of her newest line before she left."""
    lines = [
        (drawn.as_of, drawn.revision, line)
        for drawn, _, line in issued.where_listed(connection, each.answer.client_id)
        if each.left_on - timedelta(days=182) <= drawn.as_of < each.left_on
    ]
    if not lines:
        return ()
    newest = max(lines, key=lambda found: found[:2])[2]
    return tuple(reason.driver for reason in newest.reasons)


def _grid(told: Sequence[Told]) -> NDArray[np.float64]:
    """Whether the model's drivers of a client (row) hit the chain of a client (column)."""
    codes = {code: place for place, code in enumerate(DRIVERS)}
    model, chain = np.zeros((len(told), len(codes))), np.zeros((len(told), len(codes)))
    for row, each in enumerate(told):
        model[row, [codes[code] for code in each.model if code in codes]] = 1
        chain[row, [codes[code] for code in each.chain if code in codes]] = 1
    return np.asarray(model @ chain.T > 0, dtype=np.float64)


def _chance(grid: NDArray[np.float64]) -> float:
    """Mean hit of one client's drivers with any client's chain: what permutations give on average."""
    return float(grid.mean())


def _traceable(code: str) -> bool:
    return DRIVERS[code].traced and code not in KEPT_BACK
