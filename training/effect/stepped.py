"""For an MFI too small for a hold-out of clients: branches begin with lists one after another, in an order by lot.

A stepped wedge (Hussey and Hughes 2007, Contemporary Clinical Trials 28(2), 182-191): weeks and branches have their own
level, and the effect is what changes when a branch begins. With a dozen branches no standard error can be trusted; the
lot that was drawn is known, so the interval comes from drawing it anew (Wang and De Gruttola 2017, Statistics in
Medicine 36(18), 2831-2843): it holds all effects that the drawn order does not make look strange. It is right for an
effect that is there from the first week and stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import DataError, UsageError
from models.rows import Floats
from training.drivers.finding import Finding
from training.effect.saying import both_ways, plain

#: With fewer orders than this even the strangest one is nothing that happens less than once in twenty.
FEWEST_ORDERS = 20
_LOTS, _SEED = 999, 21


def steps(branches: Sequence[str], count: int, weeks_between: int, seed: int) -> pd.DataFrame:
    """The order in which branches begin.

    Parameters
    ----------
    branches
        Names, in any order.
    count
        Steps; as many branches as can be begin at each.
    weeks_between
        Weeks from one step to the next.
    seed
        Of the lot; log it before anybody begins.

    Returns
    -------
    DataFrame
        branch, step (1, 2, ...), starts_week (weeks from the beginning; week 0 has no lists anywhere).

    Raises
    ------
    UsageError
        There are fewer branches than steps, or a branch is named twice.
    """
    names = sorted(branches)
    if len(set(names)) != len(names) or not 2 <= count <= len(names) or weeks_between < 1:
        raise UsageError(
            f"{count} steps of {weeks_between} weeks cannot be made of {len(set(names))} branches; give each branch "
            "once, two steps or more, and no more steps than branches"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    step = np.empty(len(names), dtype=np.int64)
    step[order] = np.arange(len(names)) * count // len(names) + 1
    return pd.DataFrame({"branch": names, "step": step, "starts_week": step * weeks_between})


@dataclass(frozen=True)
class Stepped:
    """Effect of beginning with lists.

    Attributes
    ----------
    finding
        One row: branches, weeks, clients, effect, low, high, p. As shares; negative is good.
    """

    finding: Finding


def stepped(rows: pd.DataFrame, plan: pd.DataFrame) -> Stepped:
    """The effect from weekly shares of branches that began one after another.

    Parameters
    ----------
    rows
        branch, week (0, 1, ...), clients (whose outcome is final), left (of them, within the horizon). Every branch and
        week once; a branch's clients who would be listed, by the same rule before and after.
    plan
        As `steps` drew it.

    Raises
    ------
    DataError
        A branch or week is missing, or too few orders could have been drawn to tell anything.
    """
    branches, weeks = sorted(plan["branch"]), sorted(rows["week"].unique())
    grid = rows.set_index(["branch", "week"]).reindex(pd.MultiIndex.from_product([branches, weeks]))
    if grid["clients"].isna().any() or (grid["clients"] <= 0).any() or len(grid) != len(rows):
        raise DataError(
            "every branch of the plan needs clients in every week, once; leave out weeks that are not final"
        )
    starts = plan.set_index("branch").loc[branches, "starts_week"].to_numpy(dtype=np.int64)
    if _orders(starts) < FEWEST_ORDERS:
        raise DataError(
            f"only {_orders(starts):.0f} orders could have been drawn, too few to tell an effect from chance; take "
            "more branches or more steps"
        )
    weight = grid["clients"].to_numpy(dtype=np.float64)
    share = grid["left"].to_numpy(dtype=np.float64) / weight
    effect, own = _over_lots(share, weight, starts, np.array(weeks))
    low, high = _interval(effect, own)
    p = float((np.abs(effect) >= abs(effect[0]) - 1e-12).mean())
    table = pd.DataFrame(
        [
            {
                "branches": len(branches),
                "weeks": len(weeks),
                "clients": int(weight.sum()),
                "effect": effect[0],
                "low": low,
                "high": high,
                "p": p,
            }
        ]
    )
    return Stepped(Finding(table, _said(len(branches), float(effect[0]), low, high)))


def _orders(starts: np.ndarray) -> float:
    """Different orders that could have been drawn."""
    _, counts = np.unique(starts, return_counts=True)
    logs = np.log(np.arange(1, len(starts) + 1))
    return float(np.exp(logs.sum() - sum(logs[:count].sum() for count in counts)))


def _over_lots(share: Floats, weight: Floats, starts: np.ndarray, weeks: np.ndarray) -> tuple[Floats, Floats]:
    """Effect that each lot's order gives, and what the drawn order's lists look like under it; the drawn is first."""
    draw, branches = np.random.default_rng(_SEED), len(starts)
    lots = np.stack([starts, *(draw.permutation(starts) for _ in range(_LOTS))])
    on = (weeks[None, None, :] >= lots[:, :, None]).astype(np.float64).reshape(len(lots), -1)
    root = np.sqrt(weight)
    levels = np.hstack(
        [np.kron(np.eye(branches), np.ones((len(weeks), 1))), np.tile(np.eye(len(weeks)), (branches, 1))[:, 1:]]
    )
    basis, _ = np.linalg.qr(levels * root[:, None])
    scaled = on * root
    cleared = scaled - (scaled @ basis) @ basis.T
    norm = (cleared**2).sum(axis=1)
    found: Floats = cleared @ (share * root) / norm
    like_drawn: Floats = cleared @ scaled[0] / norm
    return found, like_drawn


def _interval(effect: Floats, own: Floats) -> tuple[float, float]:
    """All effects that the drawn lot does not make look strange: those refused by fewer than 95 of 100 lots.

    Were the effect r, lot k would have given effect[k] - r * own[k], and the drawn one effect[0] - r.
    """
    # The smallest r above, and largest below, at which so many lots no longer look as strange as the drawn one.
    with np.errstate(divide="ignore", invalid="ignore"):
        turns = np.concatenate([(effect[1:] - effect[0]) / (own[1:] - 1), (effect[1:] + effect[0]) / (own[1:] + 1)])
    turns = np.unique(turns[np.isfinite(turns)])
    edges = np.concatenate([[turns[0] - 1], (turns[1:] + turns[:-1]) / 2, [turns[-1] + 1]])
    stranger = np.abs(effect[None, :] - edges[:, None] * own[None, :]) >= np.abs(effect[0] - edges)[:, None] - 1e-12
    kept = np.flatnonzero(stranger.mean(axis=1) > 0.05)
    low = -np.inf if kept[0] == 0 else turns[kept[0] - 1]
    high = np.inf if kept[-1] == len(edges) - 1 else turns[kept[-1]]
    return float(low), float(high)


def _said(branches: int, effect: float, low: float, high: float) -> str:
    if low <= 0 <= high:
        ends = both_ways(-100 * high, -100 * low) if np.isfinite(low) and np.isfinite(high) else "any number"
        return (
            f"Whether lists help cannot be told yet from {branches} branches: of 100 clients {ends} stayed than before."
        )
    more = "more" if effect < 0 else "fewer"
    return (
        f"Of 100 clients who would be listed {plain(100 * effect)} {more} stayed once their branch had lists "
        f"({both_ways(-100 * high, -100 * low)}), by the order in which {branches} branches began."
    )
