"""What a contact is expected to change: the chance that this client is kept, her worth, less the hours it takes.

Until enough outcomes with a hold-out exist, the chance is her risk times a prior: the same for everybody of one state,
from the settings. Where a model of who is helped is in use (`serving.uplift`), it is what that foretells.
`serving.visits.told.chances` says which to whoever reads an order made by it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.rows import Floats
from serving.list_settings import ListSettings

__all__ = ["before_riskier", "benefit", "expected_kept", "measured_kept", "priority", "worth"]

#: A client counts at most twice and at least half as much as the one in the middle, whatever their loans.
_MOST, _LEAST = 2.0, 0.5


def expected_kept(risk: Floats, resting: NDArray[np.bool_], weight: Floats, settings: ListSettings) -> Floats:
    """Clients kept by a contact with each client, in clients of ordinary worth.

    >>> expected_kept(np.array([0.5, 0.5]), np.array([False, True]), np.ones(2), ListSettings()).tolist()
    [0.15, 0.05]
    """
    chance = np.where(resting, settings.chance_kept_resting, settings.chance_kept)
    # Rounded, so that 0.1 of 0.3 is 0.3 of 0.1.
    return np.asarray(np.round(risk * chance * weight, 12), dtype=np.float64)


def measured_kept(helped: Floats, weight: Floats) -> Floats:
    """The same by a model of who is helped: below 0 for whom a contact is expected to drive away.

    >>> measured_kept(np.array([0.05, -0.02]), np.array([2.0, 1.0])).tolist()
    [0.1, -0.02]
    """
    return np.asarray(np.round(helped * weight, 12), dtype=np.float64)


def benefit(kept: Floats, settings: ListSettings) -> Floats:
    """Clients kept by a visit, less those that its hours would keep elsewhere."""
    return kept - settings.visit_minutes / 60 * settings.hour_worth


def worth(loan_amount: "pd.Series[float] | None", clients: int, settings: ListSettings) -> Floats:
    """How much each client counts: one, or more with the larger loan where the MFI chose that.

    Parameters
    ----------
    loan_amount
        Of the newest loan, of every client at risk; not known counts as ordinary.
    """
    if settings.worth_by == "client" or loan_amount is None:
        return np.ones(clients)
    middle = loan_amount.median()
    return np.asarray((loan_amount / middle).fillna(1.0).clip(_LEAST, _MOST), dtype=np.float64)


def before_riskier(
    rank: NDArray[np.int64], risk: Floats, resting: NDArray[np.bool_], settings: ListSettings
) -> NDArray[np.bool_]:
    """Lines that come before one more at risk because that client's loan has ended: a contact is likelier to keep hers.

    >>> line, risk, rests = np.array([1, 2, 3]), np.array([0.3, 0.6, 0.2]), np.array([False, True, False])
    >>> before_riskier(line, risk, rests, ListSettings()).tolist()
    [True, False, False]
    """
    if settings.rank_by != "benefit":
        return np.zeros(len(rank), dtype=bool)
    kept = risk * np.where(resting, settings.chance_kept_resting, settings.chance_kept)
    behind = resting[None, :] & (rank[None, :] > rank[:, None]) & (risk[None, :] > risk[:, None])
    found: NDArray[np.bool_] = ~resting & (behind & (kept[None, :] < kept[:, None])).any(axis=1)
    return found


def priority(
    table: pd.DataFrame,
    resting: NDArray[np.bool_],
    loan_amount: "pd.Series[float] | None",
    settings: ListSettings,
    helped: Floats | None = None,
) -> Floats:
    """Who goes before whom when places are given: a larger number first, no two alike.

    Equal benefit goes by margin, which tells risks apart that calibration made equal; equal margin by client.

    Parameters
    ----------
    table
        risk and margin of each client, sorted by client_id; `resting`, `loan_amount` and `helped` in the same order.
    helped
        Expected change in the chance to stay by a contact, where that is measured; None takes the prior.
    """
    margin = table["margin"].to_numpy(dtype=np.float64)
    keys = [margin]
    if settings.rank_by == "benefit":
        risk, weight = table["risk"].to_numpy(dtype=np.float64), worth(loan_amount, len(table), settings)
        kept = expected_kept(risk, resting, weight, settings) if helped is None else measured_kept(helped, weight)
        keys = [margin, benefit(kept, settings)]
    place = np.empty(len(table), dtype=np.float64)
    place[np.lexsort([np.arange(len(table)), *(-key for key in keys)])] = np.arange(len(table), 0, -1)
    return place
