"""Whether two interviews of the same client say the same: Cohen's kappa and Krippendorff's alpha, with intervals.

Both are 1 where the two always say the same and 0 where they do so no more often than by chance. Kappa (Cohen 1960)
takes chance from what each of the two says; alpha (Krippendorff 1970, nominal) from what both say together, and
corrects for few pairs. Where everybody says one thing there is no chance to compare with, and neither can be told.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from features.errors import UsageError
from serving.survey import kept, samples
from serving.survey.form import Answer
from serving.survey.pooling import FEWEST, may_be_told

Pairs = Sequence[tuple[str, str]]
_DRAWS = 2_000
_FEWEST_TOLD = 0.5

#: What is compared between a first interview and a second.
COMPARED: dict[str, Callable[[Answer], str]] = {
    "root reason": lambda answer: answer.root,
    "last link": lambda answer: answer.last,
    "leaver type": lambda answer: answer.leaver_type,
    "would return": lambda answer: answer.would_return,
    "would recommend": lambda answer: answer.would_recommend,
}


@dataclass(frozen=True)
class Measured:
    """One measure of agreement and its 95 % interval; None where it cannot be told."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Agreement:
    """How far two interviews agree on one question."""

    about: str
    pairs: int
    same: float
    kappa: Measured
    alpha: Measured

    @property
    def enough(self) -> bool:
        """Whether there are so many pairs that anything may be told of them."""
        return self.pairs >= FEWEST

    @property
    def same_told(self) -> float | None:
        """The share that said the same; None where it would tell of few who did, or did not."""
        return self.same if may_be_told(round(self.same * self.pairs), self.pairs) else None


def cohen_kappa(pairs: Pairs) -> float | None:
    """Cohen's kappa; None where everybody says one thing.

    >>> cohen_kappa([("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")])
    0.0
    """
    if not pairs:
        return None
    n = len(pairs)
    first, second = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    chance = sum(first[word] * second[word] for word in first) / n**2
    same = sum(one == other for one, other in pairs) / n
    return None if chance == 1 else (same - chance) / (1 - chance)


def krippendorff_alpha(pairs: Pairs) -> float | None:
    """Krippendorff's alpha for names without an order; None where everybody says one thing.

    >>> krippendorff_alpha([("a", "a"), ("b", "b")])
    1.0
    """
    if not pairs:
        return None
    said = Counter(word for pair in pairs for word in pair)
    n = sum(said.values())
    expected = 1 - sum(count * (count - 1) for count in said.values()) / (n * (n - 1))
    observed = sum(one != other for one, other in pairs) / len(pairs)
    return None if expected == 0 else 1 - observed / expected


def with_interval(pairs: Pairs, measure: Callable[[Pairs], float | None], seed: int = 1) -> Measured:
    """A measure and its interval, by drawing pairs anew; the same pairs and seed give the same interval."""
    value = measure(pairs)
    if value is None:
        return Measured(None)
    rng = np.random.default_rng(seed)
    again = (measure([pairs[place] for place in rng.integers(0, len(pairs), len(pairs))]) for _ in range(_DRAWS))
    found = [each for each in again if each is not None]
    if len(found) < _FEWEST_TOLD * _DRAWS:
        return Measured(value)
    low, high = np.quantile(found, [0.025, 0.975])
    return Measured(value, float(low), float(high))


def agreement(about: str, pairs: Pairs, seed: int = 1) -> Agreement:
    """How far pairs agree.

    Raises
    ------
    UsageError
        There is no pair.
    """
    if not pairs:
        raise UsageError(f"nobody was asked twice about the {about}; import the second interviews first")
    same = sum(one == other for one, other in pairs) / len(pairs)
    both = (with_interval(pairs, measure, seed) for measure in (cohen_kappa, krippendorff_alpha))
    return Agreement(about, len(pairs), same, *both)


def interviews_compared(connection: Connection, sample_id: str, seed: int = 1) -> list[Agreement]:
    """First against second interviews of a sample of clients asked again, question by question.

    Raises
    ------
    UsageError
        There is no such sample, it asks nobody again, or nobody has answered twice yet.
    """
    of = samples.sample(connection, sample_id)
    if of is None:
        raise UsageError(f"there is no sample {sample_id!r}; `exitwatch survey sample --list` names those there are")
    if not of.again_of:
        raise UsageError(
            f"sample {sample_id!r} asks clients for the first time; draw one with --again-of {sample_id} and compare it"
        )
    first = _consented(connection, of.again_of)
    pairs = [(first[client], second) for client, second in _consented(connection, sample_id).items() if client in first]
    if not pairs:
        raise UsageError(f"nobody of sample {sample_id!r} was asked twice yet; import the second interviews first")
    told = {
        about: [(said(one), said(other)) for one, other in pairs if said(one) and said(other)]
        for about, said in COMPARED.items()
    }
    return [agreement(about, both, seed) for about, both in told.items() if both]


def _consented(connection: Connection, sample_id: str) -> dict[str, Answer]:
    found = [each.answer for each in kept.of_sample(connection, sample_id)]
    return {answer.client_id: answer for answer in found if answer.consent}
