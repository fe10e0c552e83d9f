"""Who is helped by contact: the expected change in the chance to stay. `models.uplift_choice` fits it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DamagedModel, SchemaMismatch
from features.intervals import Z
from models.boosting import Forest
from models.effect_learners import Learner, Line, Part, score
from models.rows import matrix

_FOREST = "benefit_{}"


@dataclass(frozen=True)
class BenefitModel:
    """A fitted model. It changes no more.

    Attributes
    ----------
    features
        Names and order of the columns it reads.
    learner
        How it was learnt.
    parts
        Terms of its score; none where the effect is the same for all.
    average
        Mean effect of contact in the trial, as a share of what was at stake.
    slope, centre
        The share is ``average + slope * (score - centre)``; the slope is what the score was worth on clients it had not
        seen, drawn towards 0.
    covariance
        Of average and slope (variance of the first, covariance, variance of the second), over draws of units.
    share_of
        The feature that the benefit is a share of; empty for none, and the share is then the benefit itself.
    """

    features: tuple[str, ...]
    learner: Learner
    parts: tuple[Part, ...]
    average: float
    slope: float
    centre: float
    covariance: tuple[float, float, float]
    share_of: str = ""

    def benefit(self, X: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
        """Expected change in each client's chance to stay by contact; above 0 contact helps.

        Returns
        -------
        DataFrame with columns benefit, low, high. The 95 % interval is that of the mean effect among clients of the
        same score; no trial can tell the effect on one client.

        Raises
        ------
        SchemaMismatch
            Other columns, another order or type, an infinite value, or one is not known that the benefit is a share of.
        """
        values = matrix(X, self.features)
        away = score(self.parts, values, threads) - self.centre if self.parts else np.zeros(len(values))
        benefit = self.average + self.slope * away
        first, both, second = self.covariance
        half = Z * np.sqrt(np.maximum(first + 2 * away * both + away**2 * second, 0.0))
        if self.share_of:
            stake = X[self.share_of].to_numpy(dtype=np.float64)
            if not np.isfinite(stake).all():
                raise SchemaMismatch(
                    f"{self.share_of!r} is not known of {int((~np.isfinite(stake)).sum())} of {len(stake)} clients; "
                    "the benefit is a share of it: foretell it first"
                )
            benefit, half = stake * benefit, stake * half
        return pd.DataFrame(
            {
                "benefit": np.clip(benefit, -1.0, 1.0),
                "low": np.clip(benefit - half, -1.0, 1.0),
                "high": np.clip(benefit + half, -1.0, 1.0),
            },
            index=X.index,
        )

    def texts(self) -> dict[str, str]:
        """The forests as text, by name: with `manifest`, all there is to store."""
        return {
            _FOREST.format(place): part.term.text
            for place, part in enumerate(self.parts)
            if isinstance(part.term, Forest)
        }

    def manifest(self) -> dict[str, Any]:
        """Everything but the forests, as plain values for JSON."""
        return {
            "features": list(self.features),
            "learner": self.learner.value,
            "average": self.average,
            "slope": self.slope,
            "centre": self.centre,
            "covariance": list(self.covariance),
            "share_of": self.share_of,
            "parts": [{"weight": part.weight, "share": part.share, "line": _plain(part.term)} for part in self.parts],
        }

    @classmethod
    def of(cls, manifest: Mapping[str, Any], texts: Mapping[str, str]) -> "BenefitModel":
        """The model that `manifest` and `texts` were taken from. The texts must have been checked before.

        Raises
        ------
        DamagedModel
            An entry is missing or is not what it should be.
        """
        try:
            features = tuple(map(str, manifest["features"]))
            parts = tuple(
                Part(
                    Forest(texts[_FOREST.format(place)])
                    if part["line"] is None
                    else _line(part["line"], len(features)),
                    float(part["weight"]),
                    bool(part["share"]),
                )
                for place, part in enumerate(manifest["parts"])
            )
            first, both, second = map(float, manifest["covariance"])
            average, slope, centre = (float(manifest[name]) for name in ("average", "slope", "centre"))
            learner = Learner(manifest["learner"])
            share_of = str(manifest["share_of"])
            if share_of and share_of not in features:
                raise ValueError("the benefit is a share of a feature that is not read")
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedModel("the model's manifest is not whole; train again, or restore the bundle") from error
        return cls(features, learner, parts, average, slope, centre, (first, both, second), share_of)


def _plain(term: Forest | Line) -> dict[str, Any] | None:
    if isinstance(term, Forest):
        return None
    return {"mean": list(term.mean), "scale": list(term.scale), "slope": list(term.slope), "offset": term.offset}


def _line(plain: Mapping[str, Any], features: int) -> Line:
    mean, scale, slope = (tuple(map(float, plain[name])) for name in ("mean", "scale", "slope"))
    if not len(mean) == len(scale) == len(slope) == features or not all(value > 0 for value in scale):
        raise ValueError("a line does not fit the features")
    return Line(mean, scale, slope, float(plain["offset"]))
