"""The effect within segments and by suggested action, corrected for the number of looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from features.intervals import holm
from models.rows import Flags
from training.drivers.finding import Finding
from training.drivers.shares import SMALLEST_CELL, hidden
from training.effect.allocations import Arm, Settled
from training.effect.itt import Itt, itt
from training.effect.saying import both_ways, plain

_FIGURES = ("listed", "held_out", "listed_rate", "held_out_rate", "effect", "low", "high", "p")
NOT_DRAWN = (
    "Segments and actions were not drawn by lot: where effects differ, something else that differs between them may be "
    "why."
)


@dataclass(frozen=True)
class BySegment:
    """Effects of many parts of the same clients.

    Attributes
    ----------
    effects
        One row per part: segment (a column's name), value, listed, held_out, listed_rate, held_out_rate, effect, low,
        high (95 %, each by itself), p, p_corrected (Holm, over all parts shown). Parts with fewer than 20 clients in
        either arm, or that would give such a part away, have no figures.
    differ
        One row per segment: segment, parts, p, p_corrected: whether the effect differs between its parts.
    """

    effects: Finding
    differ: Finding


def by_segment(trial: Settled, columns: Sequence[str], covariates: Sequence[str] = ("risk",)) -> BySegment:
    """Intention to treat in each part of each segment.

    Parameters
    ----------
    trial
        Settled allocations.
    columns
        Known on as_of: branch, band, lending, action and the like; missing is a part of its own.
    """
    rows, differ = [], []
    for column in columns:
        value = trial.rows[column].astype("str").fillna("not known").to_numpy(dtype=object)
        found = {name: itt(trial.only(value == name), covariates) for name in _shown(trial, value)}
        for name in sorted(set(value)):
            figures = _figures(found[name]) if name in found else dict.fromkeys(_FIGURES, float("nan"))
            rows.append({"segment": column, "value": name} | figures)
        differ.append({"segment": column, "parts": len(found), "p": welch(list(found.values()))})
    effects = pd.DataFrame(rows, columns=["segment", "value", *_FIGURES])
    effects["p_corrected"] = holm(effects["p"].to_numpy(dtype=np.float64))
    unlike = pd.DataFrame(differ, columns=["segment", "parts", "p"])
    unlike["p_corrected"] = holm(unlike["p"].to_numpy(dtype=np.float64))
    return BySegment(Finding(effects, _effects_said(effects)), Finding(unlike, _differ_said(unlike)))


def welch(found: Sequence[Itt]) -> float:
    """p-value that effects of separate clients are all one (Welch 1951, Biometrika 38(3/4), 330-336).

    It allows for few clients in a part, which a chi-square would not.
    """
    known = [each for each in found if np.isfinite(each.adjusted.se)]
    if len(known) < 2:
        return float("nan")
    value = np.array([each.value for each in known])
    dof = np.array([each.adjusted.dof for each in known])
    weight = 1 / np.array([_spread(each) for each in known]) ** 2
    share, k = weight / weight.sum(), len(known)
    between = float(weight @ (value - share @ value) ** 2) / (k - 1)
    lacking = float(((1 - share) ** 2 / dof).sum())
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * lacking)
    return float(stats.f.sf(statistic, k - 1, (k**2 - 1) / (3 * lacking)))


def _spread(found: Itt) -> float:
    """Standard error that the interval speaks of, which may be wider than the regression's."""
    return (found.high - found.low) / 2 / float(stats.t.ppf(0.975, found.adjusted.dof))


def _shown(trial: Settled, value: np.ndarray) -> list[str]:
    names = sorted(set(value))
    hide: Flags = np.zeros(len(names), dtype=bool)
    for arm in Arm:
        here = (trial.rows["arm"] == arm.value).to_numpy(dtype=bool)
        counts = np.array([int((here & (value == name)).sum()) for name in names], dtype=np.int64)
        hide |= hidden(counts) | (counts < SMALLEST_CELL)
    return [name for name, hides in zip(names, hide, strict=True) if not hides]


def _figures(found: Itt) -> dict[str, float]:
    numbers: tuple[float, ...] = (
        *(found.listed, found.held_out, found.listed_rate, found.held_out_rate),
        *(found.value, found.low, found.high, found.p),
    )
    return dict(zip(_FIGURES, numbers, strict=True))


def _effects_said(table: pd.DataFrame) -> str:
    looks = int(table["p"].notna().sum())
    if not looks:
        return f"No part has {SMALLEST_CELL} clients with a final outcome in each arm; nothing is said of any."
    sure = table[table["p_corrected"] < 0.05]
    corrected = f"corrected for {looks} looks"
    if sure.empty:
        return f"In no part do the lists keep clients or drive them away by more than chance, {corrected}. {NOT_DRAWN}"
    parts = []
    for row in sure.sort_values("effect").to_dict("records"):
        more = "more" if row["effect"] < 0 else "fewer"
        parts.append(
            f"of 100 with {row['segment']} {_spoken(row['value'])}, {plain(100 * row['effect'])} {more} stayed "
            f"({both_ways(-100 * row['high'], -100 * row['low'])})"
        )
    return f"More than chance, {corrected}: {'; '.join(parts)}. {NOT_DRAWN}"


def _spoken(value: str) -> str:
    """A part as it stands within a sentence: one that is a sentence itself, as what a line suggests, in quotes.

    >>> _spoken("north"), _spoken("Visit, and ask how things are going.")
    ('north', '“Visit, and ask how things are going”')
    """
    return f"“{value.rstrip('.')}”" if value.endswith(".") else value


def _differ_said(table: pd.DataFrame) -> str:
    sure = table[table["p_corrected"] < 0.05]
    if sure.empty:
        return "The effect does not differ between the parts of any segment by more than chance."
    return f"The effect differs by {', '.join(sure['segment'])} by more than chance. {NOT_DRAWN}"
