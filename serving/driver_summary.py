"""What the week's scores say of drivers, for the book and each branch: counts and means, never a client."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from features.drivers import DRIVERS
from features.errors import StorageError
from models.learning import kept
from models.rows import Floats
from serving.kept_scores import KeptScores
from serving.score import Scores
from serving.whole import as_json
from training.drivers.carried import pareto
from training.drivers.contributions import averages, of_explanations
from training.drivers.shares import hidden, hidden_shares
from training.drivers.stage import above_usual, stage

#: File beside the scores.
FILE = "drivers.json"

#: Clients counted at most; of more, so many are drawn by hash, the same ones every week, and counts are scaled up.
MOST_COUNTED = 200_000
_SALT = "drivers"
_DECIMALS = 6


class Probable(Protocol):
    """A model whose margins mean probabilities; `models.exit_risk.ExitModel` is one."""

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability of leaving by choice within the main horizon."""
        ...


def driver_summary(scores: Scores, model: Probable, branch: pd.Series, most: int = MOST_COUNTED) -> bytes:
    """The summary of one date, as it is kept.

    Drivers that stand on no list, conduct of staff among them, are counted for the book alone: in one branch they
    would point at a few people, and that is for the complaints desk.

    Parameters
    ----------
    branch
        Branch of each client, indexed by client_id; missing where the book does not say.
    most
        Clients counted at most.
    """
    missing = scores.explanations.failure or ("nobody is at risk" if scores.table.empty else None)
    if missing is not None:
        return as_json({"missing": missing, "counted": 0, "clients": len(scores.table), "parts": []})
    explained = scores.explanations
    if len(explained.clients) > most:
        chosen = kept(explained.clients.to_numpy(dtype=object), most / len(explained.clients), _SALT)
        explained = replace(explained, clients=explained.clients[chosen], by_driver=explained.by_driver[chosen])
    everybody = of_explanations(explained)
    margin = pd.Series(scores.table["margin"].to_numpy(dtype=np.float64), index=scores.table["client_id"].to_numpy())
    usual = above_usual(everybody, stage(scores.snapshot.table.loc[everybody.index]))
    own_margin = margin.reindex(everybody.index).to_numpy(dtype=np.float64)
    up = len(margin) / max(len(everybody), 1)
    places = _places(branch.reindex(everybody.index))
    named = [code for code in everybody.columns if DRIVERS[code].shown]
    parts = [_part("", everybody, usual, own_margin, model, up)]
    too_few = hidden(np.array([len(place) for place in places.values()], dtype=np.int64))
    for (name, place), few in zip(places.items(), too_few, strict=True):
        if few:
            parts.append({"branch": name, "clients": None, "exits": None, "said": _TOO_FEW, "drivers": []})
        else:
            here = everybody[named].iloc[place], usual[named].iloc[place], own_margin[place]
            parts.append(_part(name, *here, model, up))
    without_few_raised(parts)
    return as_json({"missing": None, "counted": len(everybody), "clients": len(margin), "parts": parts})


def without_few_raised(parts: list[dict[str, Any]]) -> None:
    """Leave out shares of branches that tell of few whose risk a driver raises, or by which others would follow."""
    book, *places = parts
    for of_book in book["drivers"]:
        rows = [(part, row) for part in places for row in part["drivers"] if row["code"] == of_book["code"]]
        clients = np.array([part["clients"] for part, _ in rows], dtype=np.int64)
        raised = np.array([(row["raised"] or 0.0) * part["clients"] for part, row in rows])
        few = hidden_shares(np.rint(raised).astype(np.int64), clients)
        for (_, row), flag in zip(rows, few, strict=True):
            row["raised"] = None if flag or of_book["raised"] is None else row["raised"]


_TOO_FEW = "There are too few clients to say what weighs on them."


def read_summary(stored: KeptScores) -> Mapping[str, Any] | None:
    """The summary kept beside some scores; None where they are older than it.

    Raises
    ------
    StorageError
        It is damaged.
    """
    file = stored.folder / FILE
    if not file.exists():
        return None
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise StorageError(f"{FILE} of {stored.folder.name} cannot be read; run `exitwatch weekly` again") from error
    return dict(found)


def _places(branch: pd.Series) -> dict[str, "np.ndarray[Any, np.dtype[np.int64]]"]:
    codes, names = pd.factorize(branch, sort=True)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    return {str(name): order[bounds[n] : bounds[n + 1]] for n, name in enumerate(names)}


def _part(
    branch: str, contributions: pd.DataFrame, usual: pd.DataFrame, margin: Floats, model: Probable, up: float
) -> dict[str, Any]:
    carried = pareto(usual, margin, model.probability)
    weights = averages(contributions).table.set_index("driver")
    drivers = []
    for row in carried.table.to_dict("records"):
        weight = weights.loc[row["driver"]]
        figures = {
            "mean": weight["mean"],
            "strength": weight["strength"],
            "raised": weight["raised"],
            **{name: up * float(row[name]) for name in ("exits", "low", "high")},
            "share": row["share"],
            "cumulative": row["cumulative"],
        }
        code = str(row["driver"])
        drivers.append({"code": code, "name": DRIVERS[code].name} | {k: _finite(v) for k, v in figures.items()})
    return {
        "branch": branch,
        "clients": round(up * len(margin)),
        "exits": _finite(up * float(model.probability(margin).sum())),
        "said": carried.said,
        "drivers": drivers,
    }


def _finite(value: float) -> float | None:
    return round(float(value), _DECIMALS) if np.isfinite(value) else None
