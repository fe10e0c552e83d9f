"""From log-odds to a probability that means what it says: a rising table, kept as plain numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import DamagedModel

Floats = NDArray[np.float64]

#: Fewer events than this cannot carry a free curve; a straight line in log-odds is fitted instead.
FREE_CURVE_EVENTS = 1000
#: The line may not be flatter: ranks must survive calibration.
LEAST_SLOPE = 0.05
_STEPS = 20
#: Rows the line counts for in each step of the curve: only what many rows say departs from it.
_LINE_ROWS = 1000.0
_EDGE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """A strictly rising, piecewise straight line from margin to calibrated log-odds.

    Attributes
    ----------
    margin, log_odds
        The knots, both strictly rising; at least two. Beyond them the line goes on with the slope of its ends.

    Examples
    --------
    >>> Calibration((-1.0, 1.0), (-2.0, 0.0)).probability(np.array([1.0])).tolist()
    [0.5]
    """

    margin: tuple[float, ...] = (-1.0, 1.0)
    log_odds: tuple[float, ...] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        a, b = np.asarray(self.margin), np.asarray(self.log_odds)
        good = len(a) == len(b) >= 2 and np.isfinite(a).all() and np.isfinite(b).all()
        if not good or (np.diff(a) <= 0).any() or (np.diff(b) <= 0).any():
            raise DamagedModel("the calibration table does not rise; train again, or restore the bundle")

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability, strictly rising in the margin (up to the limits of a float)."""
        x, y = np.asarray(self.margin), np.asarray(self.log_odds)
        place = np.clip(np.searchsorted(x, margin, side="right") - 1, 0, len(x) - 2)
        slope = np.diff(y) / np.diff(x)
        return sigmoid(y[place] + slope[place] * (margin - x[place]))


def sigmoid(z: Floats) -> Floats:
    """Probability of log-odds, without overflow."""
    answer: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z, dtype=np.float64)))
    return answer


def logit(p: Floats) -> Floats:
    """Log-odds of a probability, held away from 0 and 1 by 1e-9."""
    held = np.clip(p, 1e-9, 1 - 1e-9)
    answer: Floats = np.log(held) - np.log1p(-held)
    return answer


def fit(margin: Floats, event: NDArray[np.bool_], weight: Floats | None = None) -> Calibration:
    """A calibration from rows the model has not seen.

    A logistic line; with at least `FREE_CURVE_EVENTS` events and as many non-events, a rising curve over twenty equal
    shares of the rows, drawn towards the line.

    Parameters
    ----------
    margin
        Log-odds of rows the model was not trained on.
    event
        What happened.
    weight
        Weight of each row; equal where absent.
    """
    w = np.ones(len(margin)) if weight is None else weight
    slope, offset = _line(margin, event, w)
    low, high = float(margin.min()) if len(margin) else -1.0, float(margin.max()) if len(margin) else 1.0
    if min(int(event.sum()), int((~event).sum())) < FREE_CURVE_EVENTS or high - low < 1e-3:
        ends = (low, high) if high - low >= 1e-3 else (low - 1.0, low + 1.0)
        return Calibration(ends, (offset + slope * ends[0], offset + slope * ends[1]))
    return _curve(margin, event, w, slope, offset)


def _line(margin: Floats, event: NDArray[np.bool_], weight: Floats) -> tuple[float, float]:
    """Slope and offset of a logistic line by Newton's method, drawn to slope 1 and offset 0 by one event's weight."""
    slope, offset = 1.0, 0.0
    for _ in range(50):
        p = sigmoid(offset + slope * margin)
        rest, spread = weight * (event - p), weight * p * (1 - p)
        gradient = np.array([np.sum(rest * margin) - (slope - 1.0), np.sum(rest) - offset])
        cross = np.sum(spread * margin)
        curvature = np.array([[np.sum(spread * margin * margin) + 1.0, cross], [cross, np.sum(spread) + 1.0]])
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        slope, offset = slope + float(step[0]), offset + float(step[1])
        if float(np.abs(step).max()) < 1e-10:
            break
    if slope < LEAST_SLOPE:
        total = float(weight.sum())
        centre = float(np.sum(weight * margin) / total)
        slope = LEAST_SLOPE
        offset = float(logit(np.array([np.sum(weight * event) / total]))[0]) - slope * centre
    return slope, offset


def _curve(margin: Floats, event: NDArray[np.bool_], weight: Floats, slope: float, offset: float) -> Calibration:
    order = np.argsort(margin, kind="stable")
    groups = np.array_split(order, _STEPS)
    x, y = [], []
    for group in groups:
        w = weight[group]
        centre = float(np.sum(w * margin[group]) / w.sum())
        line = sigmoid(np.array([offset + slope * centre]))[0]
        share = (np.sum(w * event[group]) / w.mean() + _LINE_ROWS * line) / (len(group) + _LINE_ROWS)
        x.append(centre)
        y.append(float(logit(np.array([share]))[0]))
    # Pooled around a slight slope instead of flat: ranks are kept, and where nothing is pooled nothing is moved.
    tilt = LEAST_SLOPE * slope * np.array(x)
    lifted = _rising(np.array(y) - tilt) + tilt
    keep = np.concatenate([[True], np.diff(x) > _EDGE])
    return Calibration(tuple(np.array(x)[keep].tolist()), tuple(lifted[keep].tolist()))


def _rising(values: Floats) -> Floats:
    """Nearest non-falling sequence (pool adjacent violators, equal weights)."""
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, n), (b, m) = blocks[-2], blocks[-1]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    return np.concatenate([np.full(n, value) for value, n in blocks])
