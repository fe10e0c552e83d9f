"""How well an order of clients puts those first whom contact helps. Equal scores count in expectation everywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from models.rows import Flags, Floats
from models.trial import per_row
from training.metrics import Figure, Resampled, interval

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class _Blocks:
    """Rows with equal scores, best first: how many in each arm, and how many of those stayed."""

    treated: Floats
    control: Floats
    treated_stayed: Floats
    control_stayed: Floats

    def swapped(self) -> "_Blocks":
        return _Blocks(self.control, self.treated, self.control_stayed, self.treated_stayed)

    @property
    def size(self) -> Floats:
        return self.treated + self.control


@dataclass(frozen=True)
class UpliftRanking:
    """Rows of a randomised log in the order of a score, sorted once so that many weightings can be measured.

    Every measure takes ``times``: how often each row counts (whole numbers, as a bootstrap draws them).

    Parameters
    ----------
    score
        Higher means contacted first.
    contacted, stayed, propensity
        As in `models.trial.Trial`.
    unforetold
        What `curve` and `auuc` count in place of who stayed, where given: that less what was foretold of it before the
        draw. The expectation is the same, with less noise.
    """

    score: Floats
    contacted: Flags
    stayed: Flags
    propensity: Floats
    unforetold: Floats | None = None

    @cached_property
    def _block(self) -> Whole:
        """Place of each row's score among all scores, the highest first."""
        return np.unique(-self.score, return_inverse=True)[1].astype(np.int64)

    def _blocks(self, times: Floats | None) -> _Blocks:
        w = np.ones(len(self.score)) if times is None else times
        number = int(self._block.max()) + 1 if len(self._block) else 0

        def counted(which: Flags) -> Floats:
            return np.bincount(self._block, w * which, minlength=number).astype(np.float64)

        found = _Blocks(
            counted(self.contacted),
            counted(~self.contacted),
            counted(self.contacted & self.stayed),
            counted(~self.contacted & self.stayed),
        )
        there = found.size > 0
        return _Blocks(
            found.treated[there], found.control[there], found.treated_stayed[there], found.control_stayed[there]
        )

    def qini(self, times: Floats | None = None) -> float:
        """Normalised area between the Qini curve and the straight line; 1 is the order that knows every outcome.

        The curve after n rows is the number kept among the contacted less that among the controls, the latter scaled
        to as many. Normalised as scikit-uplift's ``qini_auc_score`` does, whose figure it equals where no scores are
        equal; where some are, it is the mean of that figure over all their orders.

        References
        ----------
        Radcliffe 2007, Direct Marketing Analytics Journal 3, 14-21. Devriendt, Guns and Verbeke 2020, arXiv:2002.05897.
        """
        blocks = self._blocks(times)
        area = _straight(np.cumsum(blocks.treated_stayed), blocks.size) - _scaled(blocks)
        return _normalised(area, _perfect(blocks, qini=True))

    def uplift_auc(self, times: Floats | None = None) -> float:
        """The same for the uplift curve (difference of the arms' shares, times rows), as ``uplift_auc_score`` does."""
        blocks = self._blocks(times)
        area = _straight(np.cumsum(blocks.treated_stayed), blocks.size) - _scaled(blocks)
        area += _scaled(blocks.swapped()) - _straight(np.cumsum(blocks.control_stayed), blocks.size)
        return _normalised(area, _perfect(blocks, qini=False))

    def auuc(self, times: Floats | None = None) -> float:
        """Clients kept per client of the population beyond what a random order keeps, averaged over all capacities.

        Outcomes are weighted by the inverse of the known chance of their arm, so chances may differ from row to row.

        References
        ----------
        Yadlowsky and others 2025, JASA 120(549), 38-51 (Qini-weighted rank-weighted average treatment effect).
        """
        share, gain = self.curve(times)
        return float(np.sum(np.diff(share) * (gain[1:] + gain[:-1]) / 2) - gain[-1] / 2)

    def curve(self, times: Floats | None = None) -> tuple[Floats, Floats]:
        """Share contacted, and clients kept by it per client of the population, at the end of each run of equals.

        Between two points the expectation is a straight line.
        """
        w = np.ones(len(self.score)) if times is None else times
        outcome = self.stayed if self.unforetold is None else self.unforetold
        effect = w * per_row(outcome, self.contacted, self.propensity, w)
        size = np.bincount(self._block, w)
        there = size > 0
        seen, kept = np.cumsum(size[there]), np.cumsum(np.bincount(self._block, effect)[there])
        return np.append(0.0, seen / seen[-1]), np.append(0.0, kept / seen[-1])

    def uplift_at(self, share: float, times: Floats | None = None) -> float:
        """Share that stayed among the contacted less among the controls, in the best `share` of all rows.

        Among equal scores at the edge each row is as likely to be inside. NaN where an arm may be empty there.
        """
        blocks = self._blocks(times)
        seats = int(share * blocks.size.sum())
        ends = np.cumsum(blocks.size)
        edge = int(np.searchsorted(ends, seats))
        if seats < 1 or edge >= len(ends):
            return float("nan")
        left = seats - int(ends[edge] - blocks.size[edge])
        t, c = int(blocks.treated[edge]), int(blocks.control[edge])
        inside = np.arange(max(0, left - c), min(t, left) + 1)
        chance = hypergeom.pmf(inside, t + c, t, left)
        before = slice(0, edge)
        shares = []
        for arm, stayed, here, number in (
            (blocks.treated, blocks.treated_stayed, t, inside),
            (blocks.control, blocks.control_stayed, c, left - inside),
        ):
            rate = stayed[edge] / here if here else 0.0
            with np.errstate(invalid="ignore", divide="ignore"):
                shares.append((stayed[before].sum() + rate * number) / (arm[before].sum() + number))
        return float(chance @ (shares[0] - shares[1]))


def per_contact(
    chance: Floats, stayed: Flags | Floats, contacted: Flags, propensity: Floats, times: Floats | None = None
) -> float:
    """Clients kept per contact, where each row is contacted with some chance (`training.metrics.listed` gives it)."""
    w = np.ones(len(chance)) if times is None else times
    placed = w * chance
    if placed.sum() <= 0:
        return float("nan")
    return float(placed @ per_row(stayed, contacted, propensity, w) / placed.sum())


def policy_value(
    chance: Floats, stayed: Flags, contacted: Flags, propensity: Floats, times: Floats | None = None
) -> float:
    """Share of clients who would stay if each were contacted with her chance, weighted by inverse propensity.

    Self-normalised (Hájek), so that it stays between 0 and 1; NaN where no row did what the policy asks.
    """
    w = np.ones(len(chance)) if times is None else times
    followed = w * np.where(contacted, chance / propensity, (1 - chance) / (1 - propensity))
    return float(followed @ stayed / followed.sum()) if followed.sum() > 0 else float("nan")


Measure = Callable[[Floats | None], float]


def measured(measure: Measure, resampled: Resampled) -> Figure:
    """A measure with its interval over draws of whole units."""
    return interval(measure(None), np.array([measure(times) for times in resampled]))


def difference(mine: Measure, theirs: Measure, resampled: Resampled) -> Figure:
    """One measure less another on the same rows, both taken anew on each draw of whole units."""
    draws = np.array([mine(times) - theirs(times) for times in resampled])
    return interval(mine(None) - theirs(None), draws)


def _straight(ends: Floats, size: Floats) -> float:
    """Area below straight lines from 0 through the ends of all blocks."""
    return float(np.sum(size * (ends + np.append(0.0, ends[:-1])) / 2)) if len(ends) else 0.0


def _scaled(blocks: _Blocks) -> float:
    """Expected area below "stayed among controls, scaled to the number of the contacted".

    Within a block every order of its rows is as likely. A path through it stands at h controls while it takes in the
    contacted of one gap; the gaps are a uniform composition of the block's contacted, whose moments are known.
    """
    treated, control = blocks.treated, blocks.control
    nt, nc, yc = (np.cumsum(of) - of for of in (treated, control, blocks.control_stayed))
    levels = control.astype(np.int64) + 1
    b = np.repeat(np.arange(len(levels)), levels)
    h = np.arange(len(b)) - np.repeat(np.cumsum(levels) - levels, levels)
    gaps = control + 1
    gap, pair = treated / gaps, treated * (treated - 1) / (gaps * (gaps + 1))
    square = 2 * pair + gap
    standing = ((gap + 1) * nt + (square + gap) / 2)[b] + h * (pair + gap)[b]
    rate = np.divide(blocks.control_stayed, control, out=np.zeros_like(control), where=control > 0)
    controls = nc[b] + h
    share = np.divide(yc[b] + rate[b] * h, controls, out=np.zeros_like(controls), where=controls > 0)
    # Of the states on a path the first and the last of a block lie on its border, and count half in each.
    start = nt * np.divide(yc, nc, out=np.zeros_like(nc), where=nc > 0)
    last_c = nc + control
    end = (nt + treated) * np.divide(yc + blocks.control_stayed, last_c, out=np.zeros_like(last_c), where=last_c > 0)
    return float(np.sum(standing * share) - np.sum(start + end) / 2)


def _normalised(area: float, perfect: tuple[float, float]) -> float:
    best, line = perfect
    return float((area - line) / (best - line)) if best > line else float("nan")


def _perfect(blocks: _Blocks, *, qini: bool) -> tuple[float, float]:
    """Area of the order that knows every outcome, in straight lines as scikit-uplift draws it; and of the diagonal."""
    t, c = float(blocks.treated.sum()), float(blocks.control.sum())
    ty, cy = float(blocks.treated_stayed.sum()), float(blocks.control_stayed.sum())
    # (contacted, controls, stayed among each) of the runs of that order.
    kept, lost, missed, spared = (
        (ty, 0.0, ty, 0.0),
        (0.0, cy, 0.0, cy),
        (t - ty, 0.0, 0.0, 0.0),
        (0.0, c - cy, 0.0, 0.0),
    )
    if qini:
        runs = [kept, (t - ty, c - cy, 0.0, 0.0), lost]
    elif cy > t - ty:
        runs = [kept, spared, lost, missed]
    else:
        runs = [kept, spared, missed, lost]
    seen = np.cumsum(np.array(runs), axis=0)
    size = np.array([run[0] + run[1] for run in runs])
    share_t = np.divide(seen[:, 2], seen[:, 0], out=np.zeros(len(seen)), where=seen[:, 0] > 0)
    share_c = np.divide(seen[:, 3], seen[:, 1], out=np.zeros(len(seen)), where=seen[:, 1] > 0)
    values = seen[:, 2] - share_c * seen[:, 0] if qini else (share_t - share_c) * (seen[:, 0] + seen[:, 1])
    return _straight(values, size), float(values[-1] * (t + c) / 2)
