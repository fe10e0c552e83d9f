"""What a contact does to those whom the list made an officer reach, and who was visited though held out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.drivers.finding import Finding, per_cent
from training.drivers.shares import SMALLEST_CELL
from training.effect.allocations import Settled
from training.effect.clustered import Estimate, coefficient
from training.effect.itt import ARM, design
from training.effect.ratio import Ratio, ratio
from training.effect.saying import both_ways, counted, plain


@dataclass(frozen=True)
class Reached:
    """Effect among clients who are reached when listed and not when held out.

    Attributes
    ----------
    finding
        One row per arm: arm, clients, reached, reached_share, not_known.
    moved
        How much more often the listed were reached; not known counts as not reached.
    effect
        Change in the share who leave among those whom the list made an officer reach, with the interval that holds
        whether those of whom nobody knows were reached or not.
    contaminated
        Held-out clients who were reached anyway.
    """

    finding: Finding
    moved: Estimate
    effect: Ratio
    contaminated: int


def reached(trial: Settled, covariates: tuple[str, ...] = ("risk",)) -> Reached:
    """Complier average effect: the lot as instrument for the contact.

    Right where being listed changes nothing but by contact, and keeps nobody from being visited who would have been
    (Imbens and Angrist 1994, Econometrica 62(2), 467-475; Angrist, Imbens and Rubin 1996, JASA 91(434), 444-455).

    Parameters
    ----------
    trial
        Settled allocations.
    covariates
        As in `training.effect.itt.itt`.
    """
    X, weight, unit = design(trial, covariates), trial.floats("weight"), trial.rows["unit_id"]
    told = trial.floats("reached")
    left = coefficient(trial.floats("left"), X, weight, unit, ARM)
    moved = coefficient(np.nan_to_num(told, nan=0.0), X, weight, unit, ARM)
    effect = ratio(left, moved)
    if np.isnan(told).any():
        others = [ratio(left, coefficient(filled, X, weight, unit, ARM)) for filled in _otherwise(told, trial)]
        ends = [effect, *others]
        effect = Ratio(effect.value, min(end.low for end in ends), max(end.high for end in ends))
    table = pd.DataFrame(
        [
            {
                "arm": name,
                "clients": int(arm.sum()),
                "reached": int(np.nansum(told[arm])),
                "reached_share": float(np.average(np.nan_to_num(told[arm], nan=0.0), weights=weight[arm])),
                "not_known": int(np.isnan(told[arm]).sum()),
            }
            for name, arm in (("listed", trial.listed), ("hold_out", ~trial.listed))
        ]
    )
    said = " ".join([_effect_said(effect, moved), _contamination_said(table)])
    return Reached(Finding(table, said), moved, effect, int(table["reached"].iloc[1]))


def _otherwise(told: np.ndarray, trial: Settled) -> list[np.ndarray]:
    """Those of whom nobody knows, reached: all of them, and those of either arm alone."""
    return [
        np.where(np.isnan(told), which.astype(np.float64), told)
        for which in (np.ones(len(told)), trial.listed, ~trial.listed)
    ]


def _effect_said(effect: Ratio, moved: Estimate) -> str:
    if not effect.bounded:
        return (
            f"The lists moved too few contacts to say what a contact does: listed clients were reached "
            f"{100 * moved.value:+.0f} points more often than those left out by lot."
        )
    low, high = -100 * effect.high, -100 * effect.low
    if low <= 0 <= high:
        return (
            f"What a contact does cannot be told yet: of 100 clients reached because they were listed, "
            f"{both_ways(low, high)} stayed than would have without."
        )
    more = "more" if effect.value < 0 else "fewer"
    return (
        f"Of 100 clients reached because they were listed, {plain(100 * effect.value)} {more} stayed than would have "
        f"without ({both_ways(low, high)})."
    )


def _contamination_said(table: pd.DataFrame) -> str:
    listed, held = table.to_dict("records")
    few = held["reached"] < SMALLEST_CELL
    share = "" if few else f" ({per_cent(held['reached_share'])})"
    parts = [
        f"{f'Fewer than {SMALLEST_CELL}' if few else format(held['reached'], ',')} of {held['clients']:,} clients left "
        f"out by lot were visited or called anyway{share}, and {per_cent(listed['reached_share'])} of the listed."
    ]
    if held["reached"]:
        parts.append("This makes the effect of being listed look smaller than that of a contact; it cannot feign one.")
    unknown = listed["not_known"] + held["not_known"]
    if unknown:
        parts.append(f"Of {counted(unknown)} nobody knows whether they were reached; the interval holds either way.")
    return " ".join(parts)
