"""A random sample of leavers: how many are needed, and who they are. The same seed and leavers give the same sample.

Strata are branch by leaver type or loan cycle. Within a stratum leavers stand in the order of the day they left and
every so many-th is taken from a random start, so that the months of the year are in the sample as they are among
leavers, and everybody of a stratum has the same chance.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import ceil
from statistics import NormalDist
from typing import Any

import numpy as np

from features.errors import UsageError

#: By what leavers can be put into strata, beside the branch.
STRATA = ("branch", "leaver_type", "cycle")
#: From this loan on, cycles are one stratum.
_LAST_CYCLE = 4


@dataclass(frozen=True)
class Leaver:
    """One client who left in the period.

    Parameters
    ----------
    cycle
        Which loan was the last.
    officer_id
        Who serves her now; empty where not known.
    """

    client_id: str
    left_on: date
    leaver_type: str
    cycle: int
    branch_id: str = ""
    officer_id: str = ""

    def stratum(self, by: Sequence[str]) -> str:
        """The stratum she belongs to, in words.

        >>> Leaver("c", date(2024, 1, 2), "VOL", 6, "b1").stratum(("branch", "cycle"))
        'branch b1, cycle 4 or later'
        """
        cycle = f"{_LAST_CYCLE} or later" if self.cycle >= _LAST_CYCLE else str(self.cycle)
        words = {"branch": self.branch_id or "unknown", "leaver_type": self.leaver_type, "cycle": cycle}
        return ", ".join(f"{name} {words[name]}" for name in by)


@dataclass(frozen=True)
class Chosen:
    """One client of a draw."""

    client_id: str
    stratum: str
    officer_id: str
    left_on: date
    leaver_type: str


@dataclass(frozen=True)
class Design:
    """How a sample is drawn; written down before anybody is asked.

    Parameters
    ----------
    margin
        How far a share may be off, such as 0.07, at the worst share of one half.
    confidence
        With which certainty.
    response
        The share of those drawn who are expected to be found and to agree.
    by
        Strata, of `STRATA`.
    """

    from_on: date
    until_on: date
    margin: float = 0.07
    confidence: float = 0.95
    response: float = 0.6
    by: tuple[str, ...] = ("branch", "leaver_type")
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.01 <= self.margin <= 0.5:
            raise UsageError(f"margin={self.margin} is not between 0.01 and 0.5; 0.07 is 7 in 100 either way")
        if not 0.5 <= self.confidence <= 0.999:
            raise UsageError(f"confidence={self.confidence} is not between 0.5 and 0.999; 0.95 is usual")
        if not 0.05 <= self.response <= 1:
            raise UsageError(f"response={self.response} is not between 0.05 and 1")
        if self.from_on > self.until_on:
            raise UsageError("the period ends before it begins; the two dates may be swapped")
        if not self.by or len(set(self.by)) < len(self.by) or not set(self.by) <= set(STRATA):
            raise UsageError(f"strata are one or more of {', '.join(STRATA)}, each once")

    def plan(self, leavers: Sequence[Leaver], chosen: Sequence[Chosen]) -> dict[str, Any]:
        """The plan as it is written down: the design, and the size of each stratum and month."""
        there = Counter(leaver.stratum(self.by) for leaver in leavers)
        taken = Counter(each.stratum for each in chosen)
        months = Counter(f"{each.left_on:%Y-%m}" for each in chosen)
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}
        return plain | {
            "by": list(self.by),
            "leavers": len(leavers),
            "strata": {name: {"leavers": there[name], "drawn": taken[name]} for name in sorted(there)},
            "months": dict(sorted(months.items())),
        }


def size(leavers: int, margin: float, confidence: float) -> int:
    """How many answers are needed so that any share is known to within the margin (Cochran, for a finite number).

    >>> size(10_000, 0.05, 0.95), size(100, 0.05, 0.95), size(0, 0.05, 0.95)
    (370, 80, 0)
    """
    if leavers == 0:
        return 0
    wanted = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2 * 0.25 / margin**2
    return min(leavers, ceil(wanted / (1 + (wanted - 1) / leavers)))


def allocate(total: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """Share a number among strata by their size, whole numbers, and one at least for each where there are enough.

    >>> allocate(10, {"a": 80, "b": 19, "c": 1})
    {'a': 7, 'b': 2, 'c': 1}
    """
    there = sum(sizes.values())
    total = min(total, there)
    least = {name: int(total >= len(sizes) and size > 0) for name, size in sizes.items()}
    left = total - sum(least.values())
    room = {name: size - least[name] for name, size in sizes.items()}
    open_places = sum(room.values())
    ideal = {name: left * room[name] / open_places if open_places else 0.0 for name in sizes}
    given = {name: least[name] + int(ideal[name]) for name in sizes}
    rest = sorted(sizes, key=lambda name: (int(ideal[name]) - ideal[name], name))
    for name in rest[: total - sum(given.values())]:
        given[name] += 1
    return given


def draw(leavers: Sequence[Leaver], design: Design) -> list[Chosen]:
    """Who is drawn, in an order that is random too.

    Examples
    --------
    >>> leavers = [Leaver(f"c{n}", date(2024, 1 + n % 6, 1), "VOL", 1, "b1") for n in range(60)]
    >>> design = Design(date(2024, 1, 1), date(2024, 6, 30), margin=0.2, response=1)
    >>> len(draw(leavers, design))
    18
    """
    strata: dict[str, list[Leaver]] = {}
    for leaver in sorted(leavers, key=lambda each: (each.left_on, each.client_id)):
        strata.setdefault(leaver.stratum(design.by), []).append(leaver)
    needed = ceil(size(len(leavers), design.margin, design.confidence) / design.response)
    sizes = allocate(needed, {name: len(strata[name]) for name in sorted(strata)})
    rng = np.random.default_rng(design.seed)
    chosen = []
    for name in sorted(strata):
        start, step = rng.random(), len(strata[name]) / max(sizes[name], 1)
        last = len(strata[name]) - 1
        chosen += [_chosen(strata[name][min(int((start + n) * step), last)], name) for n in range(sizes[name])]
    return [chosen[place] for place in rng.permutation(len(chosen))]


def draw_again(answered: Sequence[Chosen], share: float, seed: int) -> list[Chosen]:
    """A random part of those who answered, to be asked a second time by somebody else.

    Raises
    ------
    UsageError
        The share is none, or nobody has answered.
    """
    if not 0 < share <= 1:
        raise UsageError(f"share={share} is not above 0 and at most 1; 0.1 asks one in ten again")
    if not answered:
        raise UsageError("nobody of that sample has answered yet; import the first interviews before asking again")
    ordered = sorted(answered, key=lambda each: each.client_id)
    places = np.random.default_rng(seed).permutation(len(ordered))[: ceil(share * len(ordered))]
    return [ordered[place] for place in places]


def _chosen(leaver: Leaver, stratum: str) -> Chosen:
    return Chosen(leaver.client_id, stratum, leaver.officer_id, leaver.left_on, leaver.leaver_type)
