"""Clients kept by the lists, and what one of them cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import UsageError
from training.drivers.finding import Finding
from training.effect.allocations import Settled
from training.effect.clustered import coefficient
from training.effect.itt import ARM, Itt, design
from training.effect.saying import counted


@dataclass(frozen=True)
class Kept:
    """Clients who would have left had nobody been listed.

    Attributes
    ----------
    finding
        One row: listed, clients_kept, low, high, contacts (more than without lists), cost, cost_per_client, cost_low,
        cost_high. What has no end is infinite; negative clients kept were driven away.
    """

    finding: Finding

    @property
    def clients(self) -> float:
        """Clients kept, by the middle of the interval."""
        return float(self.finding.table["clients_kept"].iloc[0])


def kept(trial: Settled, found: Itt, visit_cost: float | None = None, covariates: tuple[str, ...] = ("risk",)) -> Kept:
    """Clients kept, and the cost of each.

    Parameters
    ----------
    trial
        Settled allocations.
    found
        Their effect.
    visit_cost
        What a contact costs, travel and hours included; in the currency it will be read in. None where nobody said.
    covariates
        As in `training.effect.itt.itt`.

    Raises
    ------
    UsageError
        The cost is negative or no number.
    """
    if visit_cost is not None and not (np.isfinite(visit_cost) and visit_cost >= 0):
        raise UsageError(f"visit_cost={visit_cost!r} is not a cost; give what a contact costs, 0 or more")
    value, low, high = (-found.listed * end for end in (found.value, found.high, found.low))
    X, weight, unit = design(trial, covariates), trial.floats("weight"), trial.rows["unit_id"]
    told = trial.floats("contacts")
    more = coefficient(np.nan_to_num(told, nan=0.0), X, weight, unit, ARM)
    row = {
        "listed": found.listed,
        "clients_kept": value,
        "low": low,
        "high": high,
        "contacts": more.value * found.listed,
    }
    row |= dict.fromkeys(("cost", "cost_per_client", "cost_low", "cost_high"), float("nan"))
    said = _kept_said(found, value, low, high)
    if visit_cost is not None:
        row["cost"] = visit_cost * row["contacts"]
        row["cost_per_client"], row["cost_low"], row["cost_high"] = _cost(found, row["cost"])
        said = f"{said} {_cost_said(row)}"
    unknown = int(np.isnan(told).sum())
    if unknown:
        said = f"{said} Of {counted(unknown)} clients nobody knows how often they were contacted; they count as never."
    return Kept(Finding(pd.DataFrame([row]), said))


def _cost(found: Itt, spent: float) -> tuple[float, float, float]:
    """Cost of a client kept with its ends; infinite where it may be that none was kept, NaN where nothing was spent.

    Contacts are counted, so that what is not sure is how many clients they kept.
    """
    if not spent > 0:
        return float("nan"), float("nan"), float("nan")
    each, least, most = (spent / -end if end < 0 else float("inf") for end in (found.value, found.low, found.high))
    return each / found.listed, least / found.listed, most / found.listed


def _kept_said(found: Itt, value: float, low: float, high: float) -> str:
    if not found.claims:
        worst = f"{-low:,.0f} driven away" if low < 0 else f"{low:,.0f} kept"
        return (
            f"Among {found.listed:,} listed clients the lists may have kept up to {max(high, 0):,.0f} clients or none "
            f"at all ({worst} to {high:,.0f} kept)."
        )
    if value > 0:
        return f"Among {found.listed:,} listed clients the lists kept {value:,.0f} ({low:,.0f} to {high:,.0f})."
    return f"Among {found.listed:,} listed clients the lists drove {-value:,.0f} away ({-high:,.0f} to {-low:,.0f})."


def _cost_said(row: dict[str, float]) -> str:
    contacts = f"{row['contacts']:,.0f} contacts more than without lists"
    if not np.isfinite(row["cost_high"]):
        return f"They took {contacts}; what a client kept cost cannot be told while it may be that none was."
    ends = f"{row['cost_low']:,.0f} to {row['cost_high']:,.0f}"
    return f"They took {contacts}; a client kept cost {row['cost_per_client']:,.0f} ({ends})."
