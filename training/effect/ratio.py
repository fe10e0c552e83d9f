"""A ratio of two effects of the same lot, with an interval that is right however small the lower one is.

Fieller 1954, Journal of the Royal Statistical Society B 16(2), 175-185; for an effect by lot divided by the share the
lot moved it is the interval of Anderson and Rubin 1949, Annals of Mathematical Statistics 20(1), 46-63: all ratios r
for which upper - r * lower does not differ from 0. Where the lower one may be 0 the interval has no end, which is the
truth.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from features.intervals import LEVEL
from training.effect.clustered import Estimate


@dataclass(frozen=True)
class Ratio:
    """upper / lower.

    Attributes
    ----------
    value
        NaN where the lower one is 0.
    low, high
        95 % interval; infinite where it has no end.
    """

    value: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether the data say anything of its size in both directions."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def ratio(upper: Estimate, lower: Estimate, level: float = LEVEL) -> Ratio:
    """The quotient of two effects, both from one regression's design, so that their clusters are the same.

    The set of ratios that are not refused is an interval, the whole line, or all but an interval; of the last only that
    it has no end is told.
    """
    nowhere = -np.inf, np.inf
    value = upper.value / lower.value if lower.value else float("nan")
    if not np.isfinite(upper.se) or not lower.value:
        return Ratio(value, *nowhere)
    t2 = float(stats.t.ppf((1 + level) / 2, min(upper.dof, lower.dof))) ** 2
    within, across = float(lower.scores @ lower.scores), float(upper.scores @ lower.scores)
    a = lower.value**2 - t2 * within
    b = upper.value * lower.value - t2 * across
    c = upper.value**2 - t2 * upper.se**2
    if a <= 0:
        return Ratio(value, *nowhere)
    root = np.sqrt(max(b * b - a * c, 0.0))
    return Ratio(value, float((b - root) / a), float((b + root) / a))
