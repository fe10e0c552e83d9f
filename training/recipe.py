"""The recipe: everything that decides which model comes out, read from TOML into values that cannot change."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from features.errors import RecipeError
from features.exit import ExitDefinition, Rule
from models.boosting import Boosting
from models.learning import Kind, Learning
from training.plain_values import plain, section


@dataclass(frozen=True)
class Dates:
    """Which dates a model learns from.

    Parameters
    ----------
    step_days
        Days between two as-of dates.
    history_days
        How far back the oldest as-of date may lie.
    warmup_days
        Days of the book before the first as-of date: a client needs a past to be read from.
    max_rows
        Rows (client, as_of) kept for training; beyond it clients are drawn by hash, whole lives at a time.
    half_life_days
        Age at which a date counts half; 0 lets all count the same.
    """

    step_days: int = field(default=28, metadata={"low": 1, "high": 366})
    history_days: int = field(default=730, metadata={"low": 7, "high": 7300})
    warmup_days: int = field(default=90, metadata={"low": 0, "high": 3650})
    max_rows: int = field(default=200_000, metadata={"low": 200, "high": 50_000_000})
    half_life_days: int = field(default=0, metadata={"low": 0, "high": 7300})


@dataclass(frozen=True)
class Backtest:
    """How the past is replayed.

    Parameters
    ----------
    folds
        Origins: days on which a model is trained as if it were then, and judged on the clients of that day.
    step_days
        Days between two origins.
    max_rows
        Rows (client, as_of) a fold's model is trained on at most.
    resamples
        Draws of clients behind each interval.
    """

    folds: int = field(default=3, metadata={"low": 1, "high": 50})
    step_days: int = field(default=56, metadata={"low": 1, "high": 366})
    max_rows: int = field(default=100_000, metadata={"low": 200, "high": 50_000_000})
    resamples: int = field(default=200, metadata={"low": 20, "high": 10_000})


@dataclass(frozen=True)
class Capacity:
    """How many clients can be seen.

    Parameters
    ----------
    per_officer
        Clients on one officer's weekly list.
    share
        Share of all clients at risk that can be seen; used where the book does not say who serves whom.
    rest_days
        Days after the last loan ended in which a resting client is still within reach of a visit.
    """

    per_officer: int = field(default=8, metadata={"low": 1, "high": 1000})
    share: float = field(default=0.03, metadata={"low": 0.0001, "high": 1.0})
    rest_days: int = field(default=14, metadata={"low": 0, "high": 1096})


@dataclass(frozen=True)
class Profit:
    """What a visit costs and a kept client is worth, in one currency, for the expected maximum profit.

    Parameters
    ----------
    kept_client
        Value of a client who stays.
    visit
        Cost of one contact.
    incentive
        Cost of what is given to a client who stays; microfinance gives none.
    persuaded_alpha, persuaded_beta
        Beta distribution of the share of would-be leavers whom a visit keeps (mean alpha / (alpha + beta)).
    """

    kept_client: float = field(default=100.0, metadata={"low": 0.01, "high": 1e9})
    visit: float = field(default=3.0, metadata={"low": 0.0, "high": 1e9})
    incentive: float = field(default=0.0, metadata={"low": 0.0, "high": 1e9})
    persuaded_alpha: float = field(default=6.0, metadata={"low": 1.01, "high": 1000.0})
    persuaded_beta: float = field(default=14.0, metadata={"low": 1.01, "high": 1000.0})


@dataclass(frozen=True)
class Tuning:
    """Search for better trees on data before every origin of the backtest.

    Parameters
    ----------
    trials
        Settings tried; 0 keeps those of the recipe. The number of trials, never the clock, decides what comes out.
    seconds
        The search is refused if it would plainly take longer; measured on its first trial.
    """

    trials: int = field(default=0, metadata={"low": 0, "high": 1000})
    seconds: int = field(default=600, metadata={"low": 1, "high": 86_400})


@dataclass(frozen=True)
class Standard:
    """What a model must show, besides beating the baselines, before it is put into use.

    Parameters
    ----------
    calibration_error
        Largest mean distance between the probability foretold and the share that left.
    shortfall
        How much less AUC than the model in use it may have on the same rows, as long as the difference may be chance.
    """

    calibration_error: float = field(default=0.05, metadata={"low": 0.0, "high": 0.5})
    shortfall: float = field(default=0.01, metadata={"low": 0.0, "high": 0.1})


@dataclass(frozen=True)
class Recipe:
    """A whole recipe. Every value has a default; a TOML file names what differs.

    Parameters
    ----------
    exit
        When a client counts as having left.
    horizons
        Days by which the curve is asked for, rising.
    horizon
        The horizon that risk, ranks and reasons are about; one of `horizons`.
    dates, learning, backtest, capacity, profit, tuning, promotion
        See there.
    leave_out
        Features the model must not read.
    accept
        Code of a check to the reason why its finding does not stop the run.
    seed
        Seed of everything drawn.

    Examples
    --------
    >>> Recipe().horizon
    91
    """

    exit: ExitDefinition = field(default_factory=ExitDefinition)
    horizons: tuple[int, ...] = (28, 56, 91, 182)
    horizon: int = 91
    dates: Dates = field(default_factory=Dates)
    learning: Learning = field(default_factory=Learning)
    backtest: Backtest = field(default_factory=Backtest)
    capacity: Capacity = field(default_factory=Capacity)
    profit: Profit = field(default_factory=Profit)
    tuning: Tuning = field(default_factory=Tuning)
    promotion: Standard = field(default_factory=Standard)
    leave_out: tuple[str, ...] = ()
    accept: Mapping[str, str] = field(default_factory=dict)
    seed: int = 20240101

    def __post_init__(self) -> None:
        object.__setattr__(self, "accept", MappingProxyType(dict(self.accept)))
        for name in ("dates", "backtest", "capacity", "profit", "tuning", "promotion"):
            _within(name, getattr(self, name))
        days = self.horizons
        if not days or list(days) != sorted(set(days)) or days[0] < 1 or days[-1] > 1096:
            raise RecipeError(f"horizons={list(days)!r} is not a rising list of days between 1 and 1096")
        if self.horizon not in days:
            raise RecipeError(f"horizon={self.horizon!r} is not one of horizons={list(days)!r}")
        if not 0 <= self.seed < 2**31:
            raise RecipeError(f"seed={self.seed!r} is not between 0 and 2147483647")
        for code, reason in self.accept.items():
            if len(code) != 3 or code[0] != "L" or not code[1:].isdigit():
                raise RecipeError(f"accept has {code!r}, which is no code of a check; they read L01, L02, ...")
            if not reason.strip():
                raise RecipeError(f"accept.{code} has no reason; say why its finding may stand")

    @property
    def falling(self) -> bool:
        """Whether the risk falls with the horizon, as it does under the dormancy rule."""
        return self.exit.rule is Rule.DORMANCY

    @property
    def embargo_days(self) -> int:
        """Days from an as-of date until everything about its main horizon is known."""
        return self.horizon + self.exit.maturity_days

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a bundle or a file."""
        values: dict[str, Any] = plain(self)
        return values


def load_recipe(path: Path | None = None) -> Recipe:
    """The recipe of a TOML file, or the defaults.

    Raises
    ------
    RecipeError
        The file is missing or no TOML; a key is unknown; a value is of another type or outside its bounds.
    """
    if path is None:
        return Recipe()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecipeError(f"there is no recipe {path.name!r}; leave --recipe out to use the defaults") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"recipe {path.name!r} cannot be read as UTF-8 text") from error
    return parse_recipe(text, path.name)


def parse_recipe(text: str, name: str = "recipe") -> Recipe:
    """The recipe written in TOML.

    Examples
    --------
    >>> parse_recipe("horizon = 28").horizon
    28
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{name!r} is not TOML: {error}") from error
    return recipe_of(given)


def recipe_of(given: Mapping[str, Any]) -> Recipe:
    """The recipe of plain values, as `Recipe.as_dict` gives them."""
    recipe: Recipe = section(Recipe, given, "")
    return recipe


def _within(name: str, section: Any) -> None:
    for spec in fields(section):
        value, low, high = getattr(section, spec.name), spec.metadata["low"], spec.metadata["high"]
        if not low <= value <= high:
            raise RecipeError(f"{name}.{spec.name}={value!r} is not between {low} and {high}")


__all__ = [
    "Backtest",
    "Boosting",
    "Capacity",
    "Dates",
    "Kind",
    "Learning",
    "Profit",
    "Recipe",
    "Standard",
    "Tuning",
    "load_recipe",
    "parse_recipe",
    "recipe_of",
]
