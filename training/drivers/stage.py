"""How far the loan has run, so that the time a client can leave is not taken for a reason to leave.

Every client is likelier to leave within some weeks when her loan ends within them. A driver that knows the loan's end
would therefore carry most exits of any book, and would say when clients leave and not why. What a driver adds is
measured against what it adds, on average, to clients whose loans stand where hers stands.
"""

import numpy as np
import pandas as pd

#: Fortnights to the loan's end, or since it, beyond which no more are told apart.
_MOST = 26
_RESTING, _NOT_KNOWN = 1_000.0, -1_000.0


def stage(X: pd.DataFrame) -> pd.Series:
    """Where each client's loan stands: fortnights to its end, or since the last one ended.

    Parameters
    ----------
    X
        A snapshot's table; read are days_to_loan_end and resting_days.

    Examples
    --------
    >>> X = pd.DataFrame({"days_to_loan_end": [30.0, -3.0, np.nan], "resting_days": [np.nan, np.nan, 15.0]})
    >>> stage(X).tolist()
    ['ends in 2', 'ends in -1', 'rests for 1']
    """
    to_end = np.floor(X["days_to_loan_end"] / 14).clip(-_MOST, _MOST)
    rests = np.floor(X["resting_days"] / 14).clip(0, _MOST)
    resting = rests.notna() & to_end.isna()
    number = to_end.where(~resting, rests + _RESTING).fillna(_NOT_KNOWN)
    words: pd.Series = number.map({value: _word(value) for value in number.unique()}).astype("str")
    return words


def _word(number: float) -> str:
    if number == _NOT_KNOWN:
        return "not known"
    return f"rests for {number - _RESTING:.0f}" if number >= _RESTING else f"ends in {number:.0f}"


def above_usual(contributions: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    """Contributions less their mean over the clients of the same stage, log-odds.

    Parameters
    ----------
    at
        Stage of each client, indexed like `contributions`.
    """
    return contributions - contributions.groupby(at.reindex(contributions.index)).transform("mean")
