"""The log of the lot as the effect is read from it: who was drawn, what happened to her, and whether she left.

What became of a client is what the book says on the day one stands on; who was reached is what the contacts say. Who
was erased keeps her turn in the lot and has no outcome any more.
"""

from datetime import date, timedelta

import pandas as pd
from sqlalchemy import Connection, select

from features.book import Book
from features.drivers import ACTIONS
from features.exit import ExitDefinition, at_risk, left_within, outcomes
from features.leaver_type import Cause
from serving.experiment.lot import Arm
from serving.store.tables import allocations
from training.effect.allocations import Arm as LoggedArm

_SUGGESTED = {action.value: words for action, words in ACTIONS.items()}
_ARMS = {Arm.LISTED.value: LoggedArm.LISTED.value, Arm.HELD_OUT.value: LoggedArm.HOLD_OUT.value}

#: A contact that was made to keep somebody: asked for by a list, or about that. Our tries that met nobody reach nobody.
_REACHED = """
SELECT lots.client_id, lots.as_of, count(contacts.contact_id) AS contacts
FROM lots LEFT JOIN contacts ON contacts.client_id = lots.client_id
    AND contacts.happened_on > lots.as_of AND contacts.happened_on <= lots.as_of + INTERVAL {horizon} DAY
    AND coalesce(contacts.direction, 'out') = 'out' AND contacts.kind IN ('visit', 'call', 'meeting')
    AND (contacts.list_id IS NOT NULL OR contacts.topic = 'retention')
    AND coalesce(contacts.result, '') NOT IN ('not_reached', 'wrong_number')
GROUP BY lots.client_id, lots.as_of
"""


def drawn(connection: Connection, on: date) -> pd.DataFrame:
    """Every turn in the lot until a day, oldest first.

    Returns
    -------
    DataFrame of unit_id, client_id, draw (1 for a unit's first), as_of, arm, propensity, stratum, risk, branch, band,
    action (what her line suggests or would have, in words; missing where it was not kept)
    """
    names = {
        "unit": "unit_id",
        "client_id": "client_id",
        "from_on": "as_of",
        "arm": "arm",
        "share": "propensity",
        "stratum": "stratum",
        "risk": "risk",
        "branch_id": "branch",
        "band": "band",
        "action": "action",
    }
    query = select(*(allocations.c[name].label(told) for name, told in names.items()))
    rows = connection.execute(query.where(allocations.c.from_on <= on)).mappings().all()
    table = pd.DataFrame([dict(row) for row in rows], columns=list(names.values()))
    table = table.sort_values(["as_of", "stratum", "unit_id"], ignore_index=True)
    table["arm"] = table["arm"].map(_ARMS)
    table["action"] = [_SUGGESTED.get(str(action)) for action in table["action"]]
    table["draw"] = table.groupby("unit_id").cumcount() + 1
    return table


def logged(connection: Connection, book: Book, on: date, definition: ExitDefinition, horizon_days: int) -> pd.DataFrame:
    """The log as `training.effect.allocations` reads it.

    Parameters
    ----------
    on
        The day we stand on; nothing entered later counts.
    horizon_days
        Days within which leaving counts.
    """
    table = drawn(connection, on)
    table = table.merge(_contacts(book, table, on, horizon_days), on=["client_id", "as_of"], how="left")
    table["reached"] = (table["contacts"] > 0).astype("boolean").mask(table["contacts"].isna())
    return table.merge(_outcomes(book, table, on, definition, horizon_days), on=["client_id", "as_of"], how="left")


def _contacts(book: Book, lots: pd.DataFrame, on: date, horizon_days: int) -> pd.DataFrame:
    """Contacts within the horizon; missing where the book holds none of anybody."""
    asked = lots[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    with book.known(on) as known:
        if not known.has("contacts") or asked.empty:
            return asked.assign(contacts=float("nan"))
        known.put("lots", asked)
        found = known.frame(_REACHED.format(horizon=int(horizon_days)))
    return found.assign(as_of=pd.to_datetime(found["as_of"]).dt.date)


def _outcomes(book: Book, lots: pd.DataFrame, on: date, definition: ExitDefinition, horizon_days: int) -> pd.DataFrame:
    """What became of them where it is final: left (1 or 0; missing for who died or was transferred), settled_on."""
    matures = timedelta(days=horizon_days + definition.maturity_days)
    population = {}
    for as_of, rows in lots.groupby("as_of"):
        day = pd.Timestamp(str(as_of)).date()
        if not definition.matured(day, horizon_days, on):
            continue
        with book.known(day) as known:
            then = at_risk(known, definition)
        population[day] = then[then["client_id"].isin(rows["client_id"])]
    found = []
    for day, outcome in outcomes(book, population, definition, on).items():
        left = left_within(outcome, definition, horizon_days)["choice"].astype("float64")
        gone = outcome.get("cause", pd.Series("", index=outcome.index)) == Cause.NOT_AN_EXIT.value
        within = outcome.get("event_days", pd.Series(float("nan"), index=outcome.index)) <= horizon_days
        found.append(
            pd.DataFrame(
                {
                    "client_id": outcome["client_id"],
                    "as_of": day,
                    "left": left.mask(gone & within),
                    "settled_on": day + matures,
                }
            )
        )
    columns = ["client_id", "as_of", "left", "settled_on"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
