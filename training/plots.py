"""Pictures of a training run. Each title is a sentence that says what there is to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from models.rows import Flags, Floats
from training.metrics import Figure, Reliability

#: Okabe and Ito's colours, told apart by every kind of colour vision; the model is always blue.
BLUE, ORANGE, GREEN, VERMILION, GREY, INK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8A8A8A", "#222222"
_LOW_HIGH = LinearSegmentedColormap.from_list("low_high", ["#56B4E9", "#BBBBBB", "#D55E00"])
_STYLES = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (GREEN, "-.", "^"), (VERMILION, ":", "D"))

_WIDE, _HEAD = (8.0, 4.8), 0.62  # inches; the head holds title and subtitle
_SWARM_ROWS = 2000
_SPREAD = 0.38


@dataclass(frozen=True)
class Labelled:
    """A figure with what it is called."""

    label: str
    figure: Figure
    detail: str = ""


def calibration(left: Flags, risk: Floats, horizon: int) -> Drawing:
    """What was foretold against what came, in ten equal shares of clients.

    Parameters
    ----------
    left
        Who left by choice within the horizon.
    risk
        Probability foretold.
    """
    truth = Reliability(left, risk)
    foretold, came, _ = truth.bins()
    drawing, axes = _canvas(
        f"On average {100 * truth.error():.1f} points lie between the risk foretold and the share that left",
        f"Ten equal shares of {len(left):,} clients at risk, {horizon} days; on the line every foretold risk came true",
    )
    top = max(float(foretold.max()), float(came.max()), 0.01) * 1.08
    axes.plot([0, top], [0, top], color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.plot(foretold, came, color=BLUE, marker="o", markersize=7, linewidth=1.5, zorder=2)
    axes.set(xlim=(0, top), ylim=(0, top), xlabel="Risk foretold", ylabel="Share that left by choice")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=_decimals(top)))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=_decimals(top)))
    return drawing


def gains(recall: Mapping[str, Sequence[float]], capacity: int) -> Drawing:
    """Share of those who leave that are on the lists, by the length of the lists.

    Parameters
    ----------
    recall
        Name to share reached at 1, 2, 3, ... clients per officer; the model first.
    capacity
        Clients an officer can see in a week.
    """
    at = {name: values[capacity - 1] for name, values in recall.items()}
    first, *others = at
    best = max(others, key=lambda name: at[name]) if others else None
    title = f"{capacity} clients per officer reach {at[first]:.0%} of those who leave"
    if best is not None:
        title += f"; by the {_words(best)} {at[best]:.0%}"
    drawing, axes = _canvas(title, "Share of all who left by choice that stand on a list of this length")
    for (name, values), (colour, line, mark) in zip(recall.items(), _STYLES, strict=False):
        length = np.arange(1, len(values) + 1)
        axes.plot(length, values, color=colour, linestyle=line, marker=mark, markersize=4, label=_words(name))
    axes.axvline(capacity, color=GREY, linewidth=1, linestyle="--", zorder=0)
    axes.annotate("capacity", (capacity, 0), (4, 4), textcoords="offset points", color=GREY, fontsize=9)
    axes.set(xlabel="Clients per officer and week", ylabel="Share of leavers reached", ylim=(0, None))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(frameon=False, loc="upper left")
    return drawing


def profit(share: Sequence[float], earned: Mapping[str, Sequence[float]], best: Figure, best_share: float) -> Drawing:
    """What contacts earn for each client within reach of one, by the share contacted.

    Parameters
    ----------
    earned
        Name to profit at each share; the model first.
    best, best_share
        Expected maximum profit of the model, and the share contacted for it.
    """
    drawing, axes = _canvas(
        f"The most, {best.value:.2f} for each client, is earned with {best_share:.0%} contacted"
        if best_share > 0
        else "No contact earns what it costs",
        "Clients within reach of a visit; value of those kept less the contacts, at the mean chance the recipe states",
    )
    for (name, values), (colour, line, mark) in zip(earned.items(), _STYLES, strict=False):
        axes.plot(share, values, color=colour, linestyle=line, marker=mark, markersize=4, label=_words(name))
    axes.axhline(0, color=GREY, linewidth=1, zorder=0)
    axes.axvline(best_share, color=GREY, linewidth=1, linestyle="--", zorder=0)
    axes.set(xlabel="Share contacted, the highest risk first", ylabel="Profit for each client (recipe's currency)")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(frameon=False, loc="best")
    return drawing


def comparison(found: Sequence[Labelled], measure: str, title: str) -> Drawing:
    """One measure of the model and its baselines, with 95 % intervals; the model first."""
    return _dots(found, title, f"{measure} with 95 % interval (bootstrap over clients)", measure, first=BLUE)


def by_segment(found: Sequence[Labelled], measure: str, overall: float) -> Drawing:
    """One measure within parts of the clients, with 95 % intervals."""
    if found:
        worst = min(found, key=lambda one: one.figure.value)
        title = f"{measure} is lowest for {worst.label}: {worst.figure.value:.2f} against {overall:.2f} over all"
    else:
        title = "No part of the clients has enough leavers to be measured on its own"
    drawing = _dots(found, title, f"{measure} with 95 % interval; number of clients at the right", measure)
    drawing.axes[0].axvline(overall, color=GREY, linewidth=1, linestyle="--", zorder=0)
    return drawing


def importance(by_driver: pd.Series, names: Mapping[str, str]) -> Drawing:
    """How much each driver moves the margin on average.

    Parameters
    ----------
    by_driver
        Mean absolute contribution, log-odds, strongest first.
    names
        Driver code to plain words.
    """
    shown = by_driver.head(15)[::-1]
    strongest = names[str(by_driver.index[0])]
    drawing, axes = _canvas(
        f"What tells most about leaving: {strongest}",
        "Mean size of each driver's contribution to the log-odds; what the data shows, not what causes it",
        height=max(3.0, 0.36 * len(shown) + 1.7),
    )
    axes.barh([f"{names[str(code)]}  {code}" for code in shown.index], shown.to_numpy(), color=BLUE, height=0.65)
    axes.set_xlabel("Mean absolute contribution (log-odds)")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return drawing


def summary(contributions: pd.DataFrame, X: pd.DataFrame, most: int = 15) -> Drawing:
    """Contribution of the strongest features, one dot per client, coloured by the client's figure.

    Parameters
    ----------
    contributions, X
        Same shape, rows and columns; log-odds and features. At most 2,000 rows are drawn.
    """
    rows = np.linspace(0, len(X) - 1, min(len(X), _SWARM_ROWS)).astype(int)
    order = np.abs(contributions).mean().sort_values(ascending=False, kind="stable").index[:most][::-1]
    drawing, axes = _canvas(
        f"{order[-1]} moves the risk most",
        "One dot per client: right of 0 the feature raises the log-odds of leaving. Colour: the client's figure",
        height=max(3.0, 0.36 * len(order) + 1.9),
    )
    dots = None
    for height, name in enumerate(order):
        values = contributions[name].to_numpy()[rows]
        rank = X[name].rank(pct=True).to_numpy()[rows]
        known = ~np.isnan(rank)
        place = height + _swarm(values)
        axes.scatter(values[~known], place[~known], s=5, color="#DDDDDD", linewidths=0, zorder=1)
        dots = axes.scatter(
            values[known], place[known], s=5, c=rank[known], cmap=_LOW_HIGH, vmin=0, vmax=1, linewidths=0, zorder=2
        )
    axes.axvline(0, color=GREY, linewidth=1, zorder=0)
    axes.set_yticks(range(len(order)), list(order))
    axes.set_xlabel("Contribution to the log-odds of leaving by choice (grey: figure not known)")
    axes.tick_params(axis="y", length=0)
    if dots is not None:
        bar = drawing.colorbar(dots, ax=axes, ticks=[0, 1], aspect=30, pad=0.02)
        bar.ax.set_yticklabels(["low", "high"])
        bar.outline.set_visible(False)
    return drawing


def _dots(found: Sequence[Labelled], title: str, subtitle: str, measure: str, *, first: str | None = None) -> Drawing:
    drawing, axes = _canvas(title, subtitle, height=max(2.8, 0.34 * len(found) + 1.7))
    for place, one in enumerate(reversed(found)):
        colour = first if first and one is found[0] else (GREY if first else BLUE)
        low, high = one.figure.low, one.figure.high
        if np.isfinite(low) and np.isfinite(high):
            axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([one.figure.value], [place], color=colour, marker="o", markersize=7)
        text = one.detail or f"{one.figure.value:.3f}"
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=INK)
    axes.set_yticks(range(len(found)), [one.label for one in reversed(found)])
    axes.set_xlabel(measure)
    axes.set_ylim(-0.6, max(len(found), 1) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#EEEEEE", zorder=0)
    return drawing


def _swarm(values: Floats) -> Floats:
    """Offsets that spread dots where they are dense; no chance in them."""
    edges = np.linspace(values.min(), values.max() + 1e-12, 60)
    bins = np.digitize(values, edges)
    counts = np.bincount(bins, minlength=len(edges) + 1)
    offset = np.zeros(len(values))
    for which in np.flatnonzero(counts > 1):
        inside = np.flatnonzero(bins == which)
        width = _SPREAD * counts[which] / counts.max()
        offset[inside] = np.linspace(-width, width, len(inside))
    return offset


def _canvas(title: str, subtitle: str, height: float = _WIDE[1]) -> tuple[Drawing, Axes]:
    drawing = Drawing(figsize=(_WIDE[0], height))
    drawing.set_layout_engine("constrained", rect=(0, 0, 1, 1 - _HEAD / height))
    axes = drawing.add_subplot()
    drawing.text(0.01, 1 - 0.08 / height, title, va="top", fontsize=12.5, fontweight="bold", color=INK)
    drawing.text(0.01, 1 - 0.36 / height, subtitle, va="top", fontsize=9, color="#555555")
    axes.spines[["top", "right"]].set_visible(False)
    return drawing, axes


def _decimals(top: float) -> int:
    return 0 if top > 0.08 else 1


def _words(name: str) -> str:
    return name.replace("_", " ").replace("lightgbm", "LightGBM")
