"""What a randomised log says: who was drawn for contact, with what chance, and who stayed."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from models.rows import Flags, Floats


@dataclass(frozen=True)
class Trial:
    """Clients whose contact was decided by a draw.

    Parameters
    ----------
    X
        One float64 column per feature, as known when the draw was made; NaN where not known.
    contacted
        Whether the draw said contact. Not whether the visit took place: that is no longer random.
    stayed
        What contact is to bring about.
    propensity
        Chance of the draw to say contact: 1 less the share held out.
    unit
        What was drawn as one (client, household or group). Rows of one unit are never parted.
    at_stake
        What a contact can change at most, above 0, as known when the draw was made: effects are learnt as a share of
        it. None for 1 everywhere.

    Raises
    ------
    DataError
        The columns differ in length, a propensity is not between 0 and 1, or nothing is at stake in a row.
    """

    X: pd.DataFrame
    contacted: Flags
    stayed: Flags
    propensity: Floats
    unit: NDArray[np.object_]
    at_stake: Floats | None = None

    def __post_init__(self) -> None:
        columns = (self.contacted, self.stayed, self.propensity, self.unit, self.stake)
        lengths = {len(self.X), *map(len, columns)}
        if len(lengths) > 1:
            raise DataError(f"the columns of a trial have {sorted(lengths)} rows; each line needs all of them")
        outside = ~((self.propensity > 0) & (self.propensity < 1))
        if outside.any():
            raise DataError(
                f"{int(outside.sum())} of {len(outside)} lines have a chance of contact that is not between 0 and 1; "
                "lines that were contacted or held out for sure say nothing about the effect: leave them out"
            )
        nothing = ~(np.isfinite(self.stake) & (self.stake > 0))
        if nothing.any():
            raise DataError(
                f"{int(nothing.sum())} of {len(nothing)} lines have nothing at stake; an effect cannot be learnt as a "
                "share of it: leave them out"
            )

    @property
    def stake(self) -> Floats:
        """What is at stake in each row, shape (n,)."""
        return np.ones(len(self.X)) if self.at_stake is None else self.at_stake

    def __len__(self) -> int:
        return len(self.X)

    def take(self, which: NDArray[np.int64]) -> "Trial":
        """The chosen rows."""
        return replace(
            self,
            X=self.X.iloc[which].reset_index(drop=True),
            contacted=self.contacted[which],
            stayed=self.stayed[which],
            propensity=self.propensity[which],
            unit=self.unit[which],
            at_stake=None if self.at_stake is None else self.at_stake[which],
        )


def per_row(stayed: Flags | Floats, contacted: Flags, propensity: Floats, weight: Floats | None = None) -> Floats:
    """A figure for each row whose mean over any set of rows is, in expectation, the effect of contact on that set.

    Outcomes weighted by the inverse of the chance of their arm, taken from a centre that depends on no row's own
    features: that changes no expectation, and takes most of the noise away.

    References
    ----------
    Horvitz and Thompson 1952, JASA 47(260), 663-685.
    """
    w = np.ones(len(contacted)) if weight is None else weight
    outcome = stayed.astype(np.float64)
    to, from_ = w * contacted / propensity, w * ~contacted / (1 - propensity)
    means = [float(side @ outcome / side.sum()) if side.sum() > 0 else 0.0 for side in (to, from_)]
    centre = (1 - propensity) * means[0] + propensity * means[1]
    answer: Floats = (outcome - centre) * (contacted - propensity) / (propensity * (1 - propensity))
    return answer
