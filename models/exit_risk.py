"""The model: how likely a client is to leave by choice, by when, and what in the data says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DamagedModel, DataError, ModelError, SchemaMismatch
from models import learning
from models.boosting import Floats, Forest
from models.calibration import Calibration, logit, sigmoid
from models.learning import Kind, Learning
from models.rows import Rows, matrix

_BESIDE = "horizon_"

#: Fewer forced exits than this make one rate for all.
LEAST_FORCED = 50

_NO_SUM = "a model of kind {kind!r} has no exact explanation: its margin is no sum of trees; train kind 'incidence'"


@dataclass(frozen=True)
class ExitModel:
    """A fitted model. It changes no more.

    Attributes
    ----------
    kind
        How the curve over horizons is learnt (`learning.Kind`).
    features
        Names and order of the columns it reads.
    horizons, horizon
        Days the curve is asked for, rising; and the one that risk, reasons and ranks are about.
    trained
        Horizons the history sufficed for; the others are "not known".
    falling
        Whether the risk falls with the horizon (dormancy: the longer one waits, the fewer are still without a loan).
    definition, recipe
        Plain values of the exit definition and of the recipe it was fitted by.
    explained
        The forest whose sum is the margin at the main horizon; None for the hazard, which is no single forest.
    curve_forest
        The forest that also reads `horizon_days`; None for kinds ``single`` and ``taught``.
    beside
        For kinds ``single`` and ``taught`` the forests of the horizons other than the main one.
    forced_forest, forced_rate
        Being written off or pushed out by the main horizon; a rate for all where there was too little to learn from.
    calibration
        Horizon to table; the identity where there is none.
    """

    kind: Kind
    features: tuple[str, ...]
    horizons: tuple[int, ...]
    horizon: int
    trained: tuple[int, ...]
    falling: bool
    explained: Forest | None
    curve_forest: Forest | None
    forced_forest: Forest | None
    forced_rate: float
    beside: Mapping[int, Forest] = field(default_factory=dict)
    definition: Mapping[str, object] = field(default_factory=dict)
    recipe: Mapping[str, object] = field(default_factory=dict)
    calibration: Mapping[int, Calibration] = field(default_factory=dict)
    forced_calibration: Calibration = field(default_factory=Calibration)

    def margin(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> Floats:
        """Uncalibrated log-odds of leaving by choice within the horizon: what is ranked by, and explained.

        Parameters
        ----------
        X
            Exactly `features`, float64, NaN where not known.
        horizon
            Days; the main horizon where absent.

        Raises
        ------
        SchemaMismatch
            Other columns, another order or type, an infinite value, or a horizon that was not trained.
        """
        return self._margin(matrix(X, self.features), self._known(horizon), threads)

    def risk(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> Floats:
        """Calibrated probability of leaving by choice within the horizon; at the main one it rises with the margin."""
        days = self._known(horizon)
        if days == self.horizon:
            return self._calibrated(matrix(X, self.features), days, threads)
        return self.curve(X, threads)[days].to_numpy(dtype=np.float64)

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability of leaving by choice within the main horizon, of margins at that horizon."""
        return self.calibration.get(self.horizon, Calibration()).probability(margin)

    def curve(self, X: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
        """Calibrated probability by each horizon: one column per horizon, monotone in time.

        A column is NaN where the history was too short to train that horizon.
        """
        values = matrix(X, self.features)
        answer = pd.DataFrame(np.nan, index=X.index, columns=list(self.horizons), dtype=np.float64)
        answer[self.horizon] = self._calibrated(values, self.horizon, threads)
        # Outwards from the main horizon, so that its own probability stays what it is.
        later = [h for h in self.trained if h > self.horizon]
        sooner = [h for h in reversed(self.trained) if h < self.horizon]
        for steps, rises in ((later, not self.falling), (sooner, self.falling)):
            bound = answer[self.horizon].to_numpy()
            for days in steps:
                free = self._calibrated(values, days, threads)
                bound = np.maximum(free, bound) if rises else np.minimum(free, bound)
                answer[days] = bound
        return answer

    def forced(self, X: pd.DataFrame, threads: int = 1) -> Floats:
        """Probability of being written off or pushed out by the main horizon; with `risk` it never exceeds 1."""
        values = matrix(X, self.features)
        if self.forced_forest is None:
            free = np.full(len(values), self.forced_rate)
        else:
            free = self.forced_calibration.probability(self.forced_forest.margin(values, threads))
        left: Floats = np.minimum(free, 1.0 - self._calibrated(values, self.horizon, threads))
        return left

    def contributions(self, X: pd.DataFrame, threads: int = 1) -> tuple[pd.DataFrame, float]:
        """Exact path-dependent TreeSHAP of the margin at the main horizon, in log-odds.

        Returns
        -------
        DataFrame shaped like `X`, and the base value; each row and the base value add up to the margin.

        Raises
        ------
        ModelError
            The model is a hazard, whose margin is no sum of trees.
        """
        if self.explained is None:
            raise ModelError(_NO_SUM.format(kind=self.kind.value))
        pieces = self.explained.contributions(matrix(X, self.features), threads)
        base = self.explained.contributions(np.full((1, len(self.features)), np.nan))[0, -1]
        return pd.DataFrame(pieces[:, :-1], index=X.index, columns=list(self.features)), float(base)

    def importance(self) -> pd.Series:
        """Gain in likelihood by each feature, summed over the trees: indexed by feature, in the order of columns."""
        forest = self.explained or self.curve_forest
        gain = forest.gain()[: len(self.features)] if forest is not None else np.zeros(len(self.features))
        return pd.Series(gain, index=list(self.features), dtype=np.float64)

    def calibrated(self, tables: Mapping[int, Calibration], forced: Calibration | None = None) -> "ExitModel":
        """The same model with other calibration tables."""
        return replace(
            self,
            calibration={days: tables[days] for days in self.trained if days in tables},
            forced_calibration=forced or self.forced_calibration,
        )

    def texts(self) -> dict[str, str]:
        """The forests as text, by name: with `manifest`, all there is to store."""
        named = {"explained": self.explained, "curve": self.curve_forest, "forced": self.forced_forest}
        texts = {name: forest.text for name, forest in named.items() if forest is not None}
        return texts | {f"{_BESIDE}{days}": forest.text for days, forest in self.beside.items()}

    def manifest(self) -> dict[str, Any]:
        """Everything but the forests, as plain values for JSON."""
        return {
            "kind": self.kind.value,
            "features": list(self.features),
            "horizons": list(self.horizons),
            "horizon": self.horizon,
            "trained": list(self.trained),
            "falling": self.falling,
            "forced_rate": self.forced_rate,
            "definition": dict(self.definition),
            "recipe": dict(self.recipe),
            "calibration": {str(days): _plain(table) for days, table in sorted(self.calibration.items())},
            "forced_calibration": _plain(self.forced_calibration),
        }

    @classmethod
    def of(cls, manifest: Mapping[str, Any], texts: Mapping[str, str]) -> "ExitModel":
        """The model that `manifest` and `texts` were taken from. The texts must have been checked before.

        Raises
        ------
        DamagedModel
            An entry is missing or is not what it should be.
        """
        try:
            return cls(
                kind=Kind(manifest["kind"]),
                features=tuple(map(str, manifest["features"])),
                horizons=tuple(map(int, manifest["horizons"])),
                horizon=int(manifest["horizon"]),
                trained=tuple(map(int, manifest["trained"])),
                falling=bool(manifest["falling"]),
                explained=Forest(texts["explained"]) if "explained" in texts else None,
                curve_forest=Forest(texts["curve"]) if "curve" in texts else None,
                forced_forest=Forest(texts["forced"]) if "forced" in texts else None,
                forced_rate=float(manifest["forced_rate"]),
                beside={
                    int(name.removeprefix(_BESIDE)): Forest(text)
                    for name, text in sorted(texts.items())
                    if name.startswith(_BESIDE)
                },
                definition=dict(manifest["definition"]),
                recipe=dict(manifest["recipe"]),
                calibration={int(days): _table(plain) for days, plain in manifest["calibration"].items()},
                forced_calibration=_table(manifest["forced_calibration"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedModel("the model's manifest is not whole; train again, or restore the bundle") from error

    def _known(self, horizon: int | None) -> int:
        days = self.horizon if horizon is None else horizon
        if days not in self.trained:
            known = ", ".join(map(str, self.trained))
            raise SchemaMismatch(f"horizon {days} days was not trained; the model has {known}")
        return days

    def _margin(self, values: Floats, days: int, threads: int) -> Floats:
        if self.explained is not None and days == self.horizon:
            return self.explained.margin(values, threads)
        if days in self.beside:
            return self.beside[days].margin(values, threads)
        if self.curve_forest is None:
            raise DamagedModel("the model has no forest for its horizons; train again, or restore the bundle")
        if self.kind is Kind.HAZARD:
            return self._from_hazards(self.curve_forest, values, days, threads)
        return self.curve_forest.margin(_by(values, days), threads)

    def _from_hazards(self, hazard: Forest, values: Floats, days: int, threads: int) -> Floats:
        free = np.ones(len(values))
        left = np.zeros(len(values))
        for end in self.trained:
            if end > days:
                break
            event = sigmoid(hazard.margin(_by(values, end), threads))
            left += free * event
            free *= 1.0 - event
        return logit(free if self.falling else left)

    def _calibrated(self, values: Floats, days: int, threads: int) -> Floats:
        table = self.calibration.get(days, Calibration())
        return table.probability(self._margin(values, days, threads))


def fit(
    rows: Rows,
    settings: Learning,
    horizon: int,
    seed: int,
    *,
    falling: bool = False,
    definition: Mapping[str, object] | None = None,
    recipe: Mapping[str, object] | None = None,
    whole: bool = True,
    threads: int = 2,
) -> ExitModel:
    """Fit the model, uncalibrated. The order of rows does not matter.

    Parameters
    ----------
    rows
        Clients on dates; for each horizon only what is matured is learnt from.
    horizon
        Main horizon, days.
    falling
        Whether the risk falls with the horizon (dormancy rule).
    whole
        False leaves out the forest of forced exits and, for kinds ``single`` and ``taught``, those of the other
        horizons: enough to judge the main one.

    Raises
    ------
    DataError
        Nobody left by choice within the main horizon, or everybody did.
    """
    rows = rows.canonical()
    trained = tuple(h for h in rows.horizons if learning.learnable(rows, h))
    if not whole and settings.kind in (Kind.SINGLE, Kind.TAUGHT):
        trained = tuple(h for h in trained if h == horizon)
    place = rows.at(horizon)
    told = rows.told(place)
    if horizon not in trained:
        found = int(rows.choice[told, place].sum())
        raise DataError(
            f"{found} of {int(told.sum())} clients at risk left by choice within {horizon} days; a model needs some "
            "who left and some who stayed. Check the exit rule and the loans' closing dates"
        )
    explained, curve_forest, beside = learning.choice_forests(
        rows, settings, horizon, trained, seed, falling=falling, threads=threads
    )
    least = LEAST_FORCED if whole else len(rows) + 1
    forced_forest, forced_rate = learning.forced_forest(rows, settings, horizon, seed, least, threads)
    return ExitModel(
        kind=settings.kind,
        features=rows.features,
        horizons=rows.horizons,
        horizon=horizon,
        trained=trained,
        falling=falling,
        explained=explained,
        curve_forest=curve_forest,
        forced_forest=forced_forest,
        forced_rate=forced_rate,
        beside=beside,
        definition=dict(definition or {}),
        recipe=dict(recipe or {}),
    )


def _by(values: Floats, days: int) -> Floats:
    return np.column_stack([values, np.full(len(values), float(days))])


def _plain(table: Calibration) -> dict[str, list[float]]:
    return {"margin": list(table.margin), "log_odds": list(table.log_odds)}


def _table(plain: Mapping[str, Any]) -> Calibration:
    return Calibration(tuple(map(float, plain["margin"])), tuple(map(float, plain["log_odds"])))
