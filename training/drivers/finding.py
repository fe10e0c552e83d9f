"""A result as every page, command and notebook shows it: a table and one plain sentence."""

from dataclasses import dataclass

import pandas as pd

#: Stands behind every result of this package unless its design earns more.
ASSOCIATION = "This is an association in the data, not proof of a cause."


@dataclass(frozen=True)
class Finding:
    """A table and what it shows.

    Attributes
    ----------
    table
        Named columns, one row per thing counted; a figure that is suppressed or not known is missing.
    said
        One or two plain sentences, true of this table.
    """

    table: pd.DataFrame
    said: str


def per_cent(share: float) -> str:
    """A share as it is spoken.

    >>> per_cent(0.254), per_cent(0.004)
    ('25 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 or share == 0 else f"{100 * share:.1f} %"
