"""A year of institutions whose clients all behave alike, in expected values: how far the formulas lie apart on it.

Loans last so many months, the same share leaves at each loan's end, and a share of the clients there are comes new each
month. Whatever a formula says differently from one institution to the next is then the formula's doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from features.measures import formulas

MONTHS = 12
#: Months until the clients' mix by age of loan no longer changes.
_SETTLED = 1200


@dataclass(frozen=True)
class Year:
    """What is counted in a year, as shares of the clients at its begin.

    Parameters
    ----------
    begin, end
        Clients at the begin (1) and at the end.
    came, out
        Who came, and who left.
    deciders
        Loans that ended; each is a decision.
    """

    begin: float
    came: float
    out: float
    end: float
    deciders: float


def year_of(intake: float, term: int, leaves: float) -> Year:
    """A year after so long that the clients' mix by age of loan no longer changes.

    Parameters
    ----------
    intake
        Who comes in a month, as a share of the clients there are.
    term
        Months a loan lasts.
    leaves
        Share that leaves at each loan's end.

    Examples
    --------
    >>> year = year_of(intake=0.0, term=6, leaves=0.15)
    >>> round(year.out / year.begin, 3)
    0.277
    """
    running = [1.0] * term
    for _ in range(_SETTLED):
        running, _, _ = _month(running, intake, leaves)
        running = _scaled(running)
    begin, came, deciders = sum(running), 0.0, 0.0
    for _ in range(MONTHS):
        running, new, ending = _month(running, intake, leaves)
        came, deciders = came + new, deciders + ending
    return Year(begin, came, deciders * leaves, sum(running), deciders)


def apart(intakes: Sequence[float], terms: Sequence[int], leaves: float) -> pd.DataFrame:
    """The formulas side by side, one row for each intake and term.

    Returns
    -------
    DataFrame of intake, term, growth (of clients in a year), f1, f2 (dropout, 1 - IRIS PI9319), per_mean (exits per
    mean active client), f5 (exits per decision) and cohort (what a cohort truly loses in a year); shares
    """
    rows = []
    for term in terms:
        for intake in intakes:
            year = year_of(intake, term, leaves)
            heads = year.begin, year.came, year.end
            rows.append(
                {
                    "intake": intake,
                    "term": term,
                    "growth": formulas.growth_in_a_year(year.begin, year.end, MONTHS),
                    "f1": formulas.dropout_f1(*heads),
                    "f2": 1 - formulas.retention_f2(*heads),
                    "per_mean": formulas.exits_per_mean_active(year.out, year.begin, year.end),
                    "f5": formulas.exit_f5(year.out, year.deciders),
                    "cohort": formulas.yearly(leaves, term),
                }
            )
    return pd.DataFrame(rows)


def _month(running: list[float], intake: float, leaves: float) -> tuple[list[float], float, float]:
    """Clients by the months their loan has run a month later, who came, and whose loan ended."""
    new, ending = intake * sum(running), running[-1]
    return [ending * (1 - leaves) + new, *running[:-1]], new, ending


def _scaled(running: list[float]) -> list[float]:
    whole = sum(running)
    return [share / whole for share in running]
