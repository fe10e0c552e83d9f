"""Whose figure is told for a contribution, and of whom: only what the client herself could check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Unit

#: The feature that tells whether a client has an open loan: their number.
OPEN_LOANS = "loans_open"
#: A ratio this near to 1 is as usual: nobody would notice the difference.
_AS_USUAL = 0.05


@dataclass(frozen=True)
class Telling:
    """What a model's features have to say, by their places.

    Attributes
    ----------
    place
        Shape (features,): place of the feature whose figure is told for each; -1 where the model does not read it.
    absence
        Whether a 0 of the figure told is a plain absence, and less an improvement: more of it would mean more risk.
    gain
        Whether the figure told is a change, and one of 0 or above is no loss: less would mean more risk.
    usual
        Whether a figure told as 1 says no more than that all is as usual: a ratio with words for 1.
    while_open
        Whether the figure told is said only of a client with an open loan.
    none_while_resting
        Whether a 0 of the figure told is said only of a client without an open loan.
    signed
        Whether there are words for a figure below 0.
    open_loans
        Place of `OPEN_LOANS`; -1 where the model does not read it, and then nobody is known to have an open loan.
    """

    place: npt.NDArray[np.intp]
    absence: npt.NDArray[np.bool_]
    gain: npt.NDArray[np.bool_]
    usual: npt.NDArray[np.bool_]
    while_open: npt.NDArray[np.bool_]
    none_while_resting: npt.NDArray[np.bool_]
    signed: npt.NDArray[np.bool_]
    open_loans: int

    @classmethod
    def of(cls, names: Sequence[str], features: Mapping[str, Feature]) -> "Telling":
        """Of a model that reads `names`, in this order."""
        places = {name: place for place, name in enumerate(names)}
        told = [features[features[name].told_by or name] for name in names]
        return cls(
            place=np.array([places.get(feature.name, -1) for feature in told], dtype=np.intp),
            absence=np.array([feature.direction > 0 for feature in told], dtype=np.bool_),
            gain=np.array([f.unit is Unit.POINTS and f.direction < 0 for f in told], dtype=np.bool_),
            usual=np.array([feature.unit is Unit.RATIO and bool(feature.one) for feature in told], dtype=np.bool_),
            while_open=np.array([feature.while_open for feature in told], dtype=np.bool_),
            none_while_resting=np.array([feature.none_while_resting for feature in told], dtype=np.bool_),
            signed=np.array([bool(feature.below) for feature in told], dtype=np.bool_),
            open_loans=places.get(OPEN_LOANS, -1),
        )

    def worth_saying(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """For each client and feature, whether there is a figure to tell.

        Parameters
        ----------
        values
            Shape (n, features); NaN means not known.

        Returns
        -------
        Shape (n, features): False where the figure told is not known, is a plain absence, as usual or an improvement,
        has no words for being below 0, or is said only while a loan is open and none is, or the other way round.
        """
        told = values[:, self.place]
        open_now = values[:, self.open_loans] > 0 if self.open_loans >= 0 else np.zeros(len(values), dtype=np.bool_)
        empty = np.isnan(told) | (self.absence & (told <= 0)) | (self.gain & (told >= 0)) | (~self.signed & (told < 0))
        empty |= self.usual & (np.abs(told - 1) < _AS_USUAL)
        lends = open_now[:, np.newaxis]
        untimely = (self.while_open & ~lends) | (self.none_while_resting & (told == 0) & lends)
        found: npt.NDArray[np.bool_] = (self.place >= 0) & ~empty & ~untimely
        return found
