"""How clients of the whole institution went, and why head counts do not add up: as far as both may be shown."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.book import Known
from features.exit import ExitDefinition
from features.leaver_type import Cause, LeaverType
from features.measures.episodes import SAVES
from features.measures.flows import EVERYBODY
from features.measures.identity import Break, broken
from features.measures.periods import By
from features.measures.suppressed_periods import Hidden, final, hidden, periods_hidden
from features.measures.suppression import Block

#: Of whom a break counts a part: what is left beside it may not be small either.
_PART_OF: Mapping[Break, tuple[str, ...]] = {Break.INSIDE: ("came", "out")}
_CAME_BACK = (Break.BACK, Break.EARLIER)
#: Who came and is new: told by nobody, and known from the others.
_NEW = "new"


def leaver_types_shown(types: pd.DataFrame, hide: Hidden, definition: ExitDefinition) -> pd.DataFrame:
    """Final counts by leaver type, where both who went and who decided is shown; NaN where hidden.

    Two sums are known then: of those who decided to go, and of those who went without a decision.
    """
    types = final(types)
    no_exits = {kind.value for kind, cause in definition.causes.items() if cause is Cause.NOT_AN_EXIT} | {SAVES}
    every = frozenset(types["value"])
    undecided = every & (no_exits | {LeaverType.WO.value})
    same = {"types": [Block(part) for part in (undecided, every - undecided) if part]}
    shut = periods_hidden(hide, EVERYBODY, "flows") | periods_hidden(hide, EVERYBODY, "decisions")
    found = hidden({"types": types}, same, {"ways": ("out",)}, shut={"ways": shut})
    mask = _mask(types, "types", "ways", found)
    return types.assign(out=types["out"].astype(float).mask(mask)).reset_index(drop=True)


def breaks_shown(
    known: Known, everybody: pd.DataFrame, types: pd.DataFrame, hide: Hidden, definition: ExitDefinition
) -> pd.DataFrame:
    """Clients who break the identity in each final period, every reason with a number; NaN where hidden.

    Parameters
    ----------
    everybody
        Counts of the whole institution.
    types
        As `leaver_types_shown` gives them. Who went and is no exit is counted where every leaver type is shown.
    """
    counts = _breaks(known, final(everybody), definition)
    if counts.empty:
        return counts[_COLUMNS].assign(clients=counts["clients"].astype(float))
    shut = periods_hidden(hide, EVERYBODY, "flows")
    came = counts[counts["value"].isin([*_CAME_BACK])]
    new = came.groupby(["by", "period", "first"], as_index=False).agg(part=("clients", "sum"), came=("came", "first"))
    new = new.assign(value=_NEW, clients=new["came"] - new["part"])
    found = hidden({_NEW: pd.concat([came, new])}, families={"breaks": ("clients",)}, shut={"breaks": shut})
    for why in Break:
        if why not in _CAME_BACK and why is not Break.NO_EXIT:
            alone = counts[counts["value"] == why.value]
            beside = [alone["clients"], *(alone[whole] - alone["clients"] for whole in _PART_OF.get(why, ()))]
            smallest = alone.assign(clients=pd.concat(beside, axis=1).min(axis=1))
            more = {"breaks": shut} if why in _PART_OF else {}
            found |= hidden({why.value: smallest}, families={"breaks": ("clients",)}, shut=more, summed=False)
    gaps = types[types["out"].isna()]
    told = set(zip(types["by"], types["period"], strict=True)) - set(zip(gaps["by"], gaps["period"], strict=True))
    table = counts["value"].where(~counts["value"].isin([*_CAME_BACK]), _NEW)
    mask = pd.Series(
        [
            (by, period) not in told if value == Break.NO_EXIT else value in found[name, "breaks", By(by), period]
            for name, value, by, period in zip(table, counts["value"], counts["by"], counts["period"], strict=True)
        ],
        index=counts.index,
    )
    return counts.assign(why=counts["value"], clients=counts["clients"].astype(float).mask(np.array(mask)))[_COLUMNS]


_COLUMNS = ["period", "by", "why", "clients"]


def _mask(table: pd.DataFrame, name: str, family: str, hide: Hidden) -> "pd.Series[bool]":
    return pd.Series(
        [
            str(value) in hide[name, family, By(str(by)), str(period)]
            for value, by, period in zip(table["value"], table["by"], table["period"], strict=True)
        ],
        index=table.index,
        dtype=bool,
    )


def _breaks(known: Known, everybody: pd.DataFrame, definition: ExitDefinition) -> pd.DataFrame:
    """Clients who break the identity: value (a `Break`), by, period, first, clients, and came and out of the period."""
    frames = []
    for by in By:
        rows = everybody[everybody["by"] == by.value]
        if len(rows):
            found = broken(known, by, definition).assign(first=lambda table: pd.to_datetime(table["first"]))
            wide = found.pivot_table(index="first", columns="why", values="clients", aggfunc="sum")
            wide = wide.reindex(index=pd.to_datetime(rows["first"]), columns=[why.value for why in Break]).fillna(0)
            said = ["period", "by", "first", "came", "out"]
            long = pd.concat([rows[said].reset_index(drop=True), wide.reset_index(drop=True)], axis=1)
            frames.append(long.melt(said, var_name="value", value_name="clients"))
    columns = [*_COLUMNS[:2], "first", "came", "out", "value", "clients"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*columns, "why"])
