"""What counts as leaving: the exit definition, decision points, leaver types, outcomes and when they are known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

import pandas as pd

from features.book import NEVER, Book, Known
from features.engines import literal, values
from features.errors import RecipeError
from features.schema import LeaverType


class Rule(StrEnum):
    """The two published rules."""

    DECISION_POINT = "decision_point"
    DORMANCY = "dormancy"


class Cause(StrEnum):
    """What an exit is to the model: an event of interest, a competing risk, or no exit at all."""

    CHOICE = "choice"
    FORCED = "forced"
    NOT_AN_EXIT = "not_an_exit"


#: `domain.md` 1.4: died, transferred and merged ids are not exits; written off and pushed out compete with leaving.
CAUSES: Mapping[LeaverType, Cause] = MappingProxyType(
    {
        LeaverType.VOL: Cause.CHOICE,
        LeaverType.REST: Cause.CHOICE,
        LeaverType.GRAD: Cause.CHOICE,
        LeaverType.MOVED: Cause.CHOICE,
        LeaverType.GROUP_END: Cause.CHOICE,
        LeaverType.UNK: Cause.CHOICE,
        LeaverType.PUSH_MFI: Cause.FORCED,
        LeaverType.PUSH_GRP: Cause.FORCED,
        LeaverType.WO: Cause.FORCED,
        LeaverType.DIED: Cause.NOT_AN_EXIT,
        LeaverType.XFER: Cause.NOT_AN_EXIT,
        LeaverType.MERGE: Cause.NOT_AN_EXIT,
    }
)


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
        plain = asdict(self)
        plain["rule"] = self.rule.value
        plain["causes"] = {kind.value: cause.value for kind, cause in self.causes.items()}
        return plain

    def types_of(self, cause: Cause) -> str:
        """The leaver types of one cause, as a SQL list."""
        return values([kind.value for kind, of in self.causes.items() if of is cause] or [""])


# Loans of one client that follow without a gap are one spell; its end is a decision point.
_SPELLS = """
WITH runs AS (
    SELECT client_id, loan_id, disbursed_on, closed_how,
        coalesce(closed_on, {never}) AS ended_on,
        max(coalesce(closed_on, {never})) OVER (
            PARTITION BY client_id ORDER BY disbursed_on, loan_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled'
), numbered AS (
    SELECT *, sum(CASE WHEN covered_until IS NULL OR disbursed_on > covered_until THEN 1 ELSE 0 END) OVER (
        PARTITION BY client_id ORDER BY disbursed_on, loan_id ROWS UNBOUNDED PRECEDING
    ) AS spell
    FROM runs
), spells AS (
    SELECT client_id, spell, min(disbursed_on) AS began_on, max(ended_on) AS ended_on
    FROM numbered GROUP BY client_id, spell
), last_loans AS (
    SELECT numbered.client_id, numbered.spell,
        max(CASE WHEN numbered.closed_how = 'written_off' THEN 1 ELSE 0 END) AS written_off
    FROM numbered JOIN spells
        ON numbered.client_id = spells.client_id AND numbered.spell = spells.spell
        AND numbered.ended_on = spells.ended_on
    GROUP BY numbered.client_id, numbered.spell
)
SELECT spells.client_id, spells.spell, spells.began_on, spells.ended_on, last_loans.written_off,
    lead(spells.began_on) OVER (PARTITION BY spells.client_id ORDER BY spells.spell) AS back_on
FROM spells JOIN last_loans ON spells.client_id = last_loans.client_id AND spells.spell = last_loans.spell
"""

_AT_RISK_DECISION = """
WITH latest AS (
    SELECT client_id, began_on, ended_on, written_off FROM spells WHERE back_on IS NULL
), gone AS (
    SELECT client_id, max(left_on) AS left_on FROM departures WHERE leaver_type <> 'REST' GROUP BY client_id
)
SELECT latest.client_id,
    CASE WHEN latest.ended_on = {never} THEN 'open' ELSE 'resting' END AS state,
    CASE WHEN latest.ended_on < {never} THEN latest.ended_on END AS rests_since
FROM latest LEFT JOIN gone ON latest.client_id = gone.client_id
WHERE (latest.ended_on = {never} AND (gone.left_on IS NULL OR gone.left_on < latest.began_on OR NOT EXISTS (
        SELECT 1 FROM departures WHERE departures.client_id = latest.client_id
        AND departures.left_on = gone.left_on AND departures.leaver_type IN {not_exits})))
    OR (latest.ended_on < {never} AND latest.written_off = 0
        AND latest.ended_on + {grace} >= {day}
        AND (gone.left_on IS NULL OR gone.left_on < latest.ended_on))
ORDER BY latest.client_id
"""

_AT_RISK_DORMANCY = """
SELECT client_id,
    CASE WHEN count(*) FILTER (WHERE closed_on IS NULL) > 0 THEN 'open' ELSE 'resting' END AS state,
    CASE WHEN count(*) FILTER (WHERE closed_on IS NULL) = 0 THEN max(closed_on) END AS rests_since
FROM loans
WHERE closed_how IS NULL OR closed_how <> 'cancelled'
GROUP BY client_id
HAVING max(disbursed_on) > {day} - {active}
    AND max(CASE WHEN closed_how = 'written_off' THEN 1 ELSE 0 END) = 0
    AND client_id NOT IN (SELECT client_id FROM departures WHERE leaver_type <> 'REST')
ORDER BY client_id
"""

# Seen from a later day: the first spell end at or after the client's state on as_of that no new loan followed in time.
_OUTCOMES_DECISION = """
WITH risk AS (SELECT client_id, state FROM asked), current_spell AS (
    SELECT risk.client_id, risk.state, max(spells.spell) AS spell
    FROM risk JOIN spells ON risk.client_id = spells.client_id AND spells.began_on <= {day}
    GROUP BY risk.client_id, risk.state
), ends AS (
    SELECT current_spell.client_id, spells.spell, spells.ended_on, spells.back_on, spells.written_off,
        CASE WHEN spells.ended_on = {never} THEN 0
             WHEN spells.back_on IS NOT NULL AND spells.back_on <= spells.ended_on + {grace} THEN 0
             ELSE 1 END AS left_then
    FROM current_spell JOIN spells
        ON current_spell.client_id = spells.client_id AND spells.spell >= current_spell.spell
), typed AS (
    SELECT ends.client_id, ends.spell, max(departures.leaver_type) AS leaver_type
    FROM ends JOIN departures ON ends.client_id = departures.client_id
        AND departures.left_on >= ends.ended_on - {grace} AND departures.left_on <= ends.ended_on + {grace}
        AND departures.leaver_type <> 'REST'
    WHERE ends.ended_on < {never} GROUP BY ends.client_id, ends.spell
), saved AS (
    SELECT ends.client_id, ends.spell FROM ends JOIN savings ON ends.client_id = savings.client_id
        AND savings.kind = 'deposit' AND savings.moved_on > ends.ended_on
        AND savings.moved_on <= ends.ended_on + {grace}
    WHERE {savers_stay} AND ends.ended_on < {never}
    GROUP BY ends.client_id, ends.spell
), judged AS (
    SELECT ends.client_id, ends.spell, ends.ended_on,
        CASE WHEN ends.written_off = 1 THEN 'forced'
             WHEN typed.leaver_type IN {forced} THEN 'forced'
             WHEN typed.leaver_type IN {not_exits} THEN 'not_an_exit'
             WHEN saved.client_id IS NOT NULL THEN 'not_an_exit'
             ELSE 'choice' END AS cause,
        row_number() OVER (PARTITION BY ends.client_id ORDER BY ends.spell) AS place
    FROM ends
    LEFT JOIN typed ON ends.client_id = typed.client_id AND ends.spell = typed.spell
    LEFT JOIN saved ON ends.client_id = saved.client_id AND ends.spell = saved.spell
    WHERE ends.left_then = 1
), points AS (
    SELECT client_id, min(ended_on) AS decides_on FROM ends
    WHERE ended_on > {day} AND ended_on < {never} GROUP BY client_id
)
SELECT current_spell.client_id, current_spell.state,
    CASE WHEN judged.client_id IS NULL THEN NULL
         ELSE greatest(date_diff('day', {day}, judged.ended_on), 0) END AS event_days,
    judged.cause AS cause,
    date_diff('day', {day}, points.decides_on) AS decides_days
FROM current_spell
LEFT JOIN judged ON current_spell.client_id = judged.client_id AND judged.place = 1
LEFT JOIN points ON current_spell.client_id = points.client_id
ORDER BY current_spell.client_id
"""

_OUTCOMES_DORMANCY = """
WITH risk AS (SELECT client_id, state FROM asked)
SELECT risk.client_id, risk.state,
    date_diff('day', {day}, min(loans.disbursed_on)) AS back_days,
    date_diff('day', {day}, min(CASE WHEN written.closed_on > {day} THEN written.closed_on END)) AS forced_days
FROM risk
LEFT JOIN loans ON risk.client_id = loans.client_id AND loans.disbursed_on > {day}
    AND (loans.closed_how IS NULL OR loans.closed_how <> 'cancelled')
LEFT JOIN loans AS written ON risk.client_id = written.client_id AND written.closed_how = 'written_off'
GROUP BY risk.client_id, risk.state
ORDER BY risk.client_id
"""


def keep_spells(known: Known) -> None:
    """Store table ``spells`` for later queries of this date: one row per client and unbroken run of loans."""
    known.keep("spells", _SPELLS.format(never=literal(NEVER)))


def keep_at_risk(known: Known, definition: ExitDefinition) -> None:
    """Store table ``at_risk`` for later queries of this date: client_id, state (open, resting), rests_since.

    A client already known to have left, died or moved to another id is not at risk; nor is one whose last loan was
    written off.
    """
    keep_spells(known)
    shape = _AT_RISK_DECISION if definition.rule is Rule.DECISION_POINT else _AT_RISK_DORMANCY
    known.keep("at_risk", shape.format(**_words(definition, known.as_of)))


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
        shape = _OUTCOMES_DECISION if definition.rule is Rule.DECISION_POINT else _OUTCOMES_DORMANCY
        for as_of, clients in population.items():
            later.put("asked", clients[["client_id", "state"]])
            answer[as_of] = later.frame(shape.format(**_words(definition, as_of)))
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
