"""Intention to treat: what being listed changes, whether or not the officer came.

Everybody who was drawn counts in the arm the lot gave, so that nothing but chance makes the arms differ. Each row
weighs one over the known chance of its arm, which makes the strata count as they are large whatever share of them was
held out. Adjusted for risk as Lin 2013 (Annals of Applied Statistics 7(1), 295-318) does it: covariates centred and
crossed with the arm, which cannot make the estimate less precise in large samples; strata with enough held-out enter
with their own level.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from features.errors import TooShortHistory
from features.intervals import LEVEL, Ends, Z, of_difference, wilson
from models.rows import Floats
from training.effect.allocations import Arm, Settled
from training.effect.clustered import Estimate, coefficient

#: A stratum with fewer units held out than this has no level of its own, nor has one beyond so many; such strata share
#: one. More would cost a large MFI memory and gain it nothing, for risk tells most of what a stratum does.
FEWEST_IN_STRATUM, MOST_STRATA = 10, 30
#: With fewer units than this in which somebody left, or stayed, in an arm, the variance seen is too often too small,
#: and the interval is at least as wide as that of two plain shares.
FEWEST_OF_A_KIND = 10
#: Column of the arm in `design`.
ARM = 1


@dataclass(frozen=True)
class Itt:
    """Share who left among the listed less that among the held-out.

    Attributes
    ----------
    listed, held_out
        Clients, counted once a draw.
    listed_rate, held_out_rate
        Shares who left, rows weighing one over the chance of their arm.
    adjusted, unadjusted
        The difference with risk and strata taken into account, and the plain weighted one.
    low, high
        95 % interval of the adjusted one. Negative is good: fewer listed clients left.
    """

    listed: int
    held_out: int
    listed_rate: float
    held_out_rate: float
    adjusted: Estimate
    unadjusted: Estimate
    low: float
    high: float

    @property
    def value(self) -> float:
        """The adjusted difference."""
        return self.adjusted.value

    @property
    def p(self) -> float:
        """Two-sided, that it is 0; as sure as the interval, so that it is below 0.05 where that leaves 0 out."""
        half = self.value - self.low if self.value > 0 else self.high - self.value
        if not half > 0:
            return float("nan")
        dof = self.adjusted.dof
        return float(2 * stats.t.sf(stats.t.ppf((1 + LEVEL) / 2, dof) * abs(self.value) / half, dof))

    @property
    def claims(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def itt(trial: Settled, covariates: Sequence[str] = ("risk",)) -> Itt:
    """The effect of being listed on leaving within the horizon.

    Parameters
    ----------
    trial
        Settled allocations.
    covariates
        Columns known on as_of; numbers, none missing.

    Raises
    ------
    TooShortHistory
        An arm has fewer than two units.
    """
    listed, left, weight = trial.listed, trial.floats("left"), trial.floats("weight")
    for arm in Arm:
        units = trial.rows.loc[trial.rows["arm"] == arm.value, "unit_id"].nunique()
        if units < 2:
            raise TooShortHistory(f"{units} units with a final outcome are {arm.value}; an interval takes two or more")
    plain = coefficient(left, np.column_stack([np.ones(len(left)), listed]), weight, trial.rows["unit_id"], ARM)
    best = coefficient(left, design(trial, covariates), weight, trial.rows["unit_id"], ARM)
    rates = [float(np.average(left[arm], weights=weight[arm])) for arm in (listed, ~listed)]
    low, high = _interval(trial, rates, plain, best)
    return Itt(int(listed.sum()), int((~listed).sum()), rates[0], rates[1], best, plain, low, high)


def design(trial: Settled, covariates: Sequence[str]) -> Floats:
    """Constant, arm, centred covariates, their products with the arm, and strata: shape (n, k)."""
    listed = trial.floats("listed")
    columns = [np.ones(len(listed)), listed]
    for name in covariates:
        values = trial.floats(name)
        if np.ptp(values) > 0:
            centred = (values - values.mean()) / values.std()
            columns += [centred, centred * listed]
    X = np.column_stack([*columns, *_strata(trial)])
    return X[:, _independent(X.T @ X / len(X))]


def _independent(gram: Floats) -> list[int]:
    """Columns that are no sum of those before them."""
    chosen: list[int] = []
    for place in range(len(gram)):
        tried = [*chosen, place]
        if np.linalg.eigvalsh(gram[np.ix_(tried, tried)])[0] > 1e-9:
            chosen = tried
    return chosen


def _strata(trial: Settled) -> list[Floats]:
    """One column for each stratum with enough held-out, but for the largest where nothing is left over."""
    stratum, held = trial.rows["stratum"].astype(str), ~trial.listed
    counts = trial.rows.loc[held, "unit_id"].groupby(stratum[held]).nunique()
    names = sorted(counts[counts >= FEWEST_IN_STRATUM].nlargest(MOST_STRATA).index)
    if stratum.isin(names).all():
        names = names[1:]
    return [(stratum == name).to_numpy(dtype=np.float64) for name in names]


def _interval(trial: Settled, rates: Sequence[float], plain: Estimate, best: Estimate) -> Ends:
    """95 % interval of the adjusted difference, as lopsided as shares are.

    Both arms' Wilson intervals, squared and added (Newcombe 1998), of as many clients as make the variance that of the
    regression, with Student's t of its degrees of freedom. Where shares are small and few are held out, a symmetrical
    interval is too short on the side of harm.
    """
    arms, left = (trial.listed, ~trial.listed), trial.floats("left")
    worth = [_worth(trial.floats("weight")[arm]) for arm in arms]
    unit = trial.rows["unit_id"]
    kinds = min(unit[arm & (left == kind)].nunique() for arm in arms for kind in (0.0, 1.0))
    simple = sum(rate * (1 - rate) / clients for rate, clients in zip(rates, worth, strict=True))
    if kinds < FEWEST_OF_A_KIND or not np.isfinite(best.se):
        alike = max(_alike(unit[arm]) for arm in arms)
        inflated = max(alike, best.se**2 / simple if np.isfinite(best.se) else 1.0)
    else:
        inflated = best.se**2 / simple
    student = float(stats.t.ppf((1 + LEVEL) / 2, max(best.dof, 1.0))) / Z
    sizes = [clients / inflated / student**2 for clients in worth]
    ends = [wilson(rate * size, size) for rate, size in zip(rates, sizes, strict=True)]
    low, high = of_difference(rates[0], ends[0], rates[1], ends[1])
    shift = best.value - plain.value
    return low + shift, high + shift


def _worth(weight: Floats) -> float:
    """Clients of equal weight that tell as much (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _alike(unit: pd.Series) -> float:
    """How much less clients tell were those of a unit all alike: the mean size of a client's unit."""
    sizes = unit.value_counts().to_numpy(dtype=np.float64)
    return float((sizes**2).sum() / sizes.sum())
