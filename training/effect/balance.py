"""Whether the lot was a fair one: as many held out as it should be, and like those listed in all that was known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from models.rows import Floats
from training.drivers.finding import Finding
from training.drivers.shares import SMALLEST_CELL
from training.effect.allocations import Arm, Settled, checked

#: Below this the lot itself is doubted: a share of hold-outs so far from the one drawn, or arms so unlike, do not
#: happen by chance (the threshold usual for sample ratio mismatch: Fabijan et al. 2019, KDD, 2156-2164).
DOUBT = 0.001
#: A difference of a tenth of a standard deviation is the usual limit of what is called balanced (Austin 2009,
#: Statistics in Medicine 28(25), 3083-3107).
LIMIT = 0.1


@dataclass(frozen=True)
class Balance:
    """What the draw looks like.

    Attributes
    ----------
    finding
        One row per covariate: covariate, listed, held_out (weighted means), difference (in standard deviations), beyond
        (whether it passes `LIMIT`).
    alike_p
        Of all covariates together, over all lots within strata (Hansen and Bowers 2008, Statistical Science 23(2),
        219-236); NaN where nothing differs between units.
    expected, drawn
        Units that should have been held out, and were.
    ratio_p
        Two-sided, that so many were held out by the stated chance.
    """

    finding: Finding
    alike_p: float
    expected: float
    drawn: int
    ratio_p: float

    @property
    def doubtful(self) -> bool:
        """Whether the lot is not to be believed, and with it no effect."""
        return self.ratio_p < DOUBT or self.alike_p < DOUBT


def balance(allocations: pd.DataFrame, covariates: Sequence[str]) -> Balance:
    """Compare the arms in what was known when the lot was drawn, settled or not.

    Parameters
    ----------
    allocations
        The whole log.
    covariates
        Numbers known on as_of, such as risk, cycle and tenure; a missing one counts as the mean, and that it is missing
        as a covariate of its own.
    """
    rows = checked(allocations, covariates)
    X = _filled(rows, covariates)
    unit = rows.groupby(["unit_id", "draw"], sort=False)
    number = unit.ngroup().to_numpy().astype(np.int64)
    listed = unit["listed"].first().to_numpy(dtype=np.float64)
    chance = unit["propensity"].first().to_numpy(dtype=np.float64)
    stratum = pd.factorize(unit["stratum"].first().astype(str))[0].astype(np.int64)
    table = _differences(X, rows)
    drawn, expected = int((listed == 0).sum()), float(chance.sum())
    distance = (drawn - expected) / np.sqrt(float((chance * (1 - chance)).sum()))
    ratio_p = float(2 * stats.norm.sf(abs(distance)))
    alike_p = _alike(X.to_numpy(dtype=np.float64), number, listed, chance, stratum)
    return Balance(Finding(table, _said(table, alike_p, drawn, expected, ratio_p)), alike_p, expected, drawn, ratio_p)


def lost(trial: Settled) -> Finding:
    """Clients without a final outcome, by arm: the lot is only as good as the outcomes are complete.

    Returns
    -------
    Finding
        One row per arm: arm, clients, lost, share.
    """
    table = pd.DataFrame(
        [{"arm": arm.value, "clients": trial.count(arm) + trial.lost[arm], "lost": trial.lost[arm]} for arm in Arm]
    )
    table["share"] = table["lost"] / table["clients"].where(table["clients"] > 0)
    counts = np.column_stack([table["lost"], table["clients"] - table["lost"]])
    p = float(stats.fisher_exact(counts).pvalue) if table["lost"].sum() else 1.0
    lost = int(table["lost"].sum())
    many = f"Fewer than {SMALLEST_CELL}" if 0 < lost < SMALLEST_CELL else f"{lost:,}"
    said = f"{many} clients have no final outcome (died, moved within the MFI, or merged)."
    if p < 0.05:
        said += " The arms differ in this by more than chance, so that part of the effect may be who was lost."
    return Finding(table, said)


def _filled(rows: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    columns = {}
    for name in covariates:
        values = pd.to_numeric(rows[name]).astype(np.float64)
        if values.isna().any() and values.notna().any():
            columns[f"{name} not known"] = values.isna().astype(np.float64)
        columns[name] = values.fillna(values.mean())
    X = pd.DataFrame(columns, index=rows.index)
    return X[[name for name in X if X[name].std() > 0]]


def _differences(X: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    listed, weight = rows["listed"].to_numpy(dtype=np.float64) > 0, rows["weight"].to_numpy(dtype=np.float64)
    table = []
    for name in X:
        values = X[name].to_numpy(dtype=np.float64)
        here, there = (
            float(np.average(values[arm], weights=weight[arm])) if arm.any() else float("nan")
            for arm in (listed, ~listed)
        )
        gap = (here - there) / float(np.std(values))
        table.append(
            {"covariate": name, "listed": here, "held_out": there, "difference": gap, "beyond": abs(gap) > LIMIT}
        )
    return pd.DataFrame(table, columns=["covariate", "listed", "held_out", "difference", "beyond"])


def _alike(X: Floats, number: NDArray[np.int64], listed: Floats, chance: Floats, stratum: NDArray[np.int64]) -> float:
    """p-value of the distance between the arms, in its mean and covariance over all lots within strata."""
    if not X.shape[1]:
        return float("nan")
    totals = np.zeros((len(listed), X.shape[1]))
    np.add.at(totals, number, (X - X.mean(axis=0)) / X.std(axis=0))
    gap, spread = np.zeros(X.shape[1]), np.zeros((X.shape[1], X.shape[1]))
    for cell in np.unique(np.column_stack([stratum, chance]), axis=0):
        own = (stratum == cell[0]) & (chance == cell[1])
        count, taken = int(own.sum()), int(listed[own].sum())
        if not 0 < taken < count:
            continue
        here = totals[own] - totals[own].mean(axis=0)
        step = 1 / (1 - cell[1]) + 1 / cell[1]
        gap += step * (listed[own] @ here)
        spread += step**2 * taken * (count - taken) / count * (here.T @ here) / (count - 1)
    rank = int(np.linalg.matrix_rank(spread, hermitian=True))
    return float(stats.chi2.sf(gap @ np.linalg.pinv(spread, hermitian=True) @ gap, rank)) if rank else float("nan")


def _said(table: pd.DataFrame, alike_p: float, drawn: int, expected: float, ratio_p: float) -> str:
    parts = [f"{drawn:,} of the units drawn were held out; by the stated chance it should be about {expected:,.0f}."]
    if ratio_p < DOUBT:
        parts.append("So many or so few do not come of chance: something chose beside the lot. Believe no effect.")
    if alike_p < DOUBT:
        parts.append("The arms are too unlike to have been drawn by lot. Believe no effect until it is known why.")
    far = table.loc[table["beyond"], "covariate"]
    if len(far) and not alike_p < DOUBT:
        parts.append(f"They differ a little in {', '.join(far)}, as a lot may; the figures allow for risk.")
    elif not len(far):
        parts.append("Listed and held-out clients are alike in all that was compared.")
    return " ".join(parts)
