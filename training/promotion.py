"""Which model is in use: promotion on evidence, and a log nobody can edit unnoticed."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from features.errors import DamagedModel, NoModel, PromotionRefused, StorageError
from models import store
from training.measuring import ALL
from training.metrics import Figure
from training.plain_values import finite
from training.recipe import Standard
from training.replay import MODEL, PLAIN, RULE, SCORECARD

LOG, MODELS = "promotions.jsonl", "models"
_FIRST = "0" * 64


@dataclass(frozen=True)
class Limits:
    """What a model must show before it is used.

    Parameters
    ----------
    measure
        The rank measure that decides, over all at risk.
    beaten
        Baselines it must beat: the lower end of the gain's interval lies above 0.
    matched
        Baselines it must not fall short of: the upper end of the gain's interval does not lie below 0.
    calibration_error, shortfall
        See `training.recipe.Standard`.
    """

    measure: str = "auc"
    beaten: tuple[str, ...] = (RULE, SCORECARD)
    matched: tuple[str, ...] = (PLAIN,)
    calibration_error: float = Standard.calibration_error
    shortfall: float = Standard.shortfall

    @classmethod
    def of(cls, standard: Standard) -> "Limits":
        """The limits of a recipe."""
        return cls(calibration_error=standard.calibration_error, shortfall=standard.shortfall)


@dataclass(frozen=True)
class Evidence:
    """What a backtest found, as far as a promotion asks for it.

    Attributes
    ----------
    value
        The model's own measure.
    gains
        Baseline to the model's measure less the baseline's, on the same rows and draws.
    calibration_error
        On the rows of all folds together.
    champion
        Hash of the champion it was compared with; None if there was none.
    over_champion
        The model's measure less the champion's on the same rows; None if they were not compared.
    """

    measure: str
    value: Figure
    gains: Mapping[str, Figure]
    calibration_error: Figure
    champion: str | None = None
    over_champion: Figure | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the log."""
        return {name: finite(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Promotion:
    """One line of the log.

    Attributes
    ----------
    number
        1 is the first promotion of this home.
    model
        Hash of the bundle.
    on
        The day it was promoted.
    evidence
        See `Evidence.as_dict`.
    before, seal
        Hash of the line before, and of this one.
    """

    number: int
    model: str
    on: str
    evidence: Mapping[str, Any]
    before: str
    seal: str


def evidence_of(
    pooled: Mapping[str, Mapping[str, Mapping[str, Figure]]],
    gains: Mapping[str, Mapping[str, Mapping[str, Figure]]],
    limits: Limits | None = None,
    *,
    champion: str | None = None,
    over_champion: Figure | None = None,
) -> Evidence:
    """The evidence in `Evaluation.pooled` and `Evaluation.gains`, over all at risk."""
    measure = (limits or Limits()).measure
    return Evidence(
        measure=measure,
        value=pooled[ALL][MODEL][measure],
        gains={name: found[measure] for name, found in gains[ALL].items()},
        calibration_error=pooled[ALL][MODEL]["calibration_error"],
        champion=champion,
        over_champion=over_champion,
    )


def objections(evidence: Evidence, limits: Limits, champion: str | None) -> list[str]:
    """Everything that speaks against a promotion, with the figures; empty if nothing does.

    Parameters
    ----------
    champion
        Hash of the model in use now; None if there is none.
    """
    found = []
    for name in limits.beaten:
        gain = evidence.gains.get(name)
        if gain is None or not gain.low > 0:
            found.append(
                f"its {evidence.measure} beats {_plain(name)} by {gain or 'nobody knows what'}, not surely above 0"
            )
    for name in limits.matched:
        gain = evidence.gains.get(name)
        if gain is None or not gain.high >= 0:
            found.append(f"its {evidence.measure} falls short of {_plain(name)}: {gain or 'not measured'}")
    if not evidence.calibration_error.value <= limits.calibration_error:
        found.append(
            f"its calibration error is {evidence.calibration_error}, above {limits.calibration_error} "
            "(promotion.calibration_error in the recipe)"
        )
    if champion is not None:
        against = evidence.over_champion
        if against is None or evidence.champion != champion:
            found.append("it was not compared with the model in use on the same rows")
        elif not (against.high >= 0 and against.value >= -limits.shortfall):
            found.append(f"its {evidence.measure} is worse than that of the model in use by {against}")
    return found


def promote(home: Path, model: str, evidence: Evidence, on: date, limits: Limits | None = None) -> Promotion:
    """Put a stored model into use, if the evidence supports it.

    Safe to run twice: the model in use is not promoted again.

    Parameters
    ----------
    home
        The working folder; the bundle stands in ``models/<model>``.
    model
        Hash of the bundle.
    on
        The day, for the log.

    Raises
    ------
    PromotionRefused
        With every figure that speaks against it.
    NoModel, DamagedModel
        The bundle is missing or not whole, or the log has been edited.
    StorageError
        The log cannot be written.
    """
    store.verify(home / MODELS / model, expected=model)
    with _alone(home):
        lines = history(home)
        if lines and lines[-1].model == model:
            return lines[-1]
        against = objections(evidence, limits or Limits(), lines[-1].model if lines else None)
        if against:
            raise PromotionRefused(
                f"model {model[:12]} is not put into use: {'; '.join(against)}. "
                + ("The model in use stays." if lines else "No model is in use.")
            )
        content = {
            "number": len(lines) + 1,
            "model": model,
            "on": on.isoformat(),
            "evidence": evidence.as_dict(),
            "before": lines[-1].seal if lines else _FIRST,
        }
        new = Promotion(seal=_seal(content), **content)  # type: ignore[arg-type]
        _write(home / LOG, [*lines, new])
        return new


def history(home: Path) -> list[Promotion]:
    """Every promotion, oldest first, if the chain of hashes is unbroken.

    Raises
    ------
    DamagedModel
        A line was changed, removed from the middle, or is not whole.
    """
    path = home / LOG
    if not path.exists():
        return []
    found: list[Promotion] = []
    try:
        for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n"):
            new = _line(json.loads(line), found)
            if line != _written(new):
                raise ValueError("another spelling of the same values")
            found.append(new)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DamagedModel(
            f"{LOG} was edited or cut: line {len(found) + 1} does not follow from the one before. "
            "Restore it from a copy; until then no model is taken as promoted."
        ) from error
    return found


def champion(home: Path) -> str:
    """Hash of the model in use.

    Raises
    ------
    NoModel
        None was promoted yet.
    DamagedModel
        The log was edited.
    """
    lines = history(home)
    if not lines:
        refused = sum(1 for folder in (home / MODELS).glob("*") if folder.is_dir())
        if refused:
            raise NoModel(
                f"no model is in use: {refused} trained, none with evidence enough. The end of `exitwatch train` and "
                "its run in MLflow say why. Supply more history, or mend what they name, and train again."
            )
        raise NoModel("no model is in use yet. Train one with `exitwatch train`; it is promoted if its evidence holds.")
    return lines[-1].model


def champion_bundle(home: Path) -> Path:
    """Folder of the model in use, its hashes checked against the log.

    Raises
    ------
    NoModel, DamagedModel
        As `champion`; or the bundle is gone or is not the one that was promoted.
    """
    model = champion(home)
    store.verify(home / MODELS / model, expected=model)
    return home / MODELS / model


def _line(content: Mapping[str, Any], before: Sequence[Promotion]) -> Promotion:
    new = Promotion(**content)
    unsealed = {name: value for name, value in content.items() if name != "seal"}
    follows = (len(before) + 1, before[-1].seal if before else _FIRST)
    if (new.number, new.before) != follows or new.seal != _seal(unsealed):
        raise ValueError("the chain is broken")
    return new


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _written(line: Promotion) -> str:
    return json.dumps(asdict(line), sort_keys=True, allow_nan=False)


def _write(path: Path, lines: Sequence[Promotion]) -> None:
    """The whole log at once, so that no line is ever half written."""
    half = path.with_suffix(".half")
    try:
        with half.open("w", encoding="utf-8") as file:
            file.writelines(_written(line) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StorageError(
            f"{LOG} could not be written ({error.strerror}); the model in use has not changed. Make room and run again."
        ) from error


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    try:
        file = (home / f".{LOG}.lock").open("w")
    except OSError as error:
        raise StorageError(f"{home.name!r} cannot be written ({error.strerror}). Check the folder.") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _plain(name: str) -> str:
    return f"the {name.replace('_', ' ')}"
