"""What counts as leaving: the exit definition, decision points, leaver types, outcomes and when they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files

import pandas as pd

from features.book import NEVER, Book, Known
from features.engines import literal, values
from features.errors import RecipeError
from features.leaver_type import CAUSES, Cause, LeaverType


class Rule(StrEnum):
    """The two published rules."""

    DECISION_POINT = "decision_point"
    DORMANCY = "dormancy"


@dataclass(frozen=True)
class ExitDefinition:
    """When a client counts as having left.

    Parameters
    ----------
    rule
        ``decision_point``: the last open loan ended and no new one came within the grace period.
        ``dormancy``: no new loan within the horizon after as_of, among clients lent to in the last `active_days`.
    grace_days
        Days a client may rest after a decision point before she counts as having left.
    active_days
        Dormancy rule only: how recent the last loan must be for a client to be at risk.
    savers_stay
        Whether a client who still saves within the grace period counts as retained.
    closing_lag_days
        Days by which closings are usually entered late; outcomes wait that much longer before they count as known.

    Examples
    --------
    >>> rule = ExitDefinition(grace_days=90)
    >>> rule.exited(last_closed=date(2024, 1, 1), as_of=date(2024, 3, 31))
    False
    >>> rule.exited(last_closed=date(2024, 1, 1), as_of=date(2024, 4, 1))
    True
    """

    rule: Rule = Rule.DECISION_POINT
    grace_days: int = 90
    active_days: int = 28
    savers_stay: bool = False
    closing_lag_days: int = 0
    causes: Mapping[LeaverType, Cause] = field(default_factory=lambda: CAUSES)

    def __post_init__(self) -> None:
        for name in ("grace_days", "active_days"):
            if not 1 <= getattr(self, name) <= 3650:
                raise RecipeError(f"{name}={getattr(self, name)!r} is not between 1 and 3650 days")
        if not 0 <= self.closing_lag_days <= 365:
            raise RecipeError(f"closing_lag_days={self.closing_lag_days!r} is not between 0 and 365 days")

    def exited(self, last_closed: date, as_of: date) -> bool:
        """Whether a client whose last loan ended on `last_closed`, and who took no other, has left as of `as_of`."""
        return as_of > last_closed + timedelta(days=self.grace_days)

    @property
    def maturity_days(self) -> int:
        """Days after the horizon until every outcome inside it is known."""
        return self.closing_lag_days + (self.grace_days + 1 if self.rule is Rule.DECISION_POINT else 0)

    def matured(self, as_of: date, horizon_days: int, on: date) -> bool:
        """Whether, on the day `on`, the outcome within `horizon_days` of `as_of` is known for every client.

        Exits are known later than stays, so a date counts for all clients or for none: taking the early ones would
        count too many stays.
        """
        return as_of + timedelta(days=horizon_days + self.maturity_days) <= on

    def as_dict(self) -> dict[str, object]:
        """Plain values for a recipe or a bundle."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["rule"] = self.rule.value
        plain["causes"] = {kind.value: cause.value for kind, cause in self.causes.items()}
        return plain

    def types_of(self, cause: Cause) -> str:
        """The leaver types of one cause, as a SQL list."""
        return values([kind.value for kind, of in self.causes.items() if of is cause] or [""])


def keep_spells(known: Known) -> None:
    """Store table ``spells`` for later queries of this date: one row per client and unbroken run of loans."""
    known.keep("spells", _sql("spells").format(never=literal(NEVER)))


def keep_at_risk(known: Known, definition: ExitDefinition) -> None:
    """Store table ``at_risk`` for later queries of this date: client_id, state (open, resting), rests_since.

    A client already known to have left, died or moved to another id is not at risk; nor is one whose last loan was
    written off.
    """
    keep_spells(known)
    known.keep("at_risk", _sql(f"at_risk_{definition.rule}").format(**_words(definition, known.as_of)))


def at_risk(known: Known, definition: ExitDefinition) -> pd.DataFrame:
    """Clients at risk on the date, one row each, ordered by client_id.

    Returns
    -------
    DataFrame of client_id, state, rests_since
    """
    keep_at_risk(known, definition)
    return known.frame("SELECT client_id, state, rests_since FROM at_risk ORDER BY client_id")


def outcomes(
    book: Book, population: Mapping[date, pd.DataFrame], definition: ExitDefinition, known_by: date
) -> dict[date, pd.DataFrame]:
    """What became of clients at risk, as known on `known_by`.

    Parameters
    ----------
    population
        For each as-of date, the clients at risk then (client_id, state).
    known_by
        The day we stand on; nothing entered later counts.

    Returns
    -------
    For each as-of date a DataFrame with, one row per client and ordered by client_id, client_id, state, and

    decision-point rule: event_days (days from as_of to the exit's date, 0 for a client resting then; NaN if none is
    known), cause (choice, forced, not_an_exit), decides_days (days to the first decision point after as_of);

    dormancy rule: back_days (days to the next loan), forced_days (days to a write-off).

    Whether a figure is final for a horizon is `definition.matured`.
    """
    answer: dict[date, pd.DataFrame] = {}
    with book.known(known_by) as later:
        keep_spells(later)
        shape = _sql(f"outcomes_{definition.rule}")
        for as_of, clients in population.items():
            later.put("asked", clients[["client_id", "state"]])
            outcome = later.frame(shape.format(**_words(definition, as_of)))
            days = {column: "float64" for column in outcome.columns if column.endswith("_days")}
            answer[as_of] = outcome.astype(days)
    return answer


def left_within(outcome: pd.DataFrame, definition: ExitDefinition, horizon_days: int) -> pd.DataFrame:
    """Outcome of each client within a horizon.

    Returns
    -------
    DataFrame of bool, indexed like `outcome`: ``choice`` (left by choice), ``forced`` (written off or pushed out),
    ``decides`` (had a decision point inside the horizon). Final only where `definition.matured`.
    """
    if definition.rule is Rule.DORMANCY:
        forced = outcome["forced_days"] <= horizon_days
        silent = ~(outcome["back_days"] <= horizon_days)
        return pd.DataFrame({"choice": silent & ~forced, "forced": forced, "decides": True}, index=outcome.index)
    due = outcome["event_days"] <= horizon_days
    return pd.DataFrame(
        {
            "choice": due & (outcome["cause"] == Cause.CHOICE.value),
            "forced": due & (outcome["cause"] == Cause.FORCED.value),
            "decides": outcome["decides_days"] <= horizon_days,
        },
        index=outcome.index,
    )


def _words(definition: ExitDefinition, day: date) -> dict[str, str]:
    return {
        "day": literal(day),
        "never": literal(NEVER),
        "grace": f"INTERVAL {definition.grace_days} DAY",
        "active": f"INTERVAL {definition.active_days} DAY",
        "savers_stay": "true" if definition.savers_stay else "false",
        "forced": definition.types_of(Cause.FORCED),
        "not_exits": definition.types_of(Cause.NOT_AN_EXIT),
    }


def _sql(name: str) -> str:
    return files("features").joinpath("sql", "exit", f"{name}.sql").read_text(encoding="utf-8")
