"""Every feature in plain Python: one function for each, named as the feature is, written from its sentence."""

import importlib
from collections.abc import Callable
from datetime import date

import pandas as pd
from slow_world import World

from features.catalogue import FAMILIES, FEATURES


def slow(name: str) -> Callable[[World, str], float | None]:
    """The slow form of one feature."""
    module = importlib.import_module(f"slow_{FEATURES[name].family}")
    function: Callable[[World, str], float | None] = getattr(module, name)
    return function


def snapshot(tables: dict[str, pd.DataFrame], as_of: date, clients: list[str]) -> pd.DataFrame:
    """All features of the clients, as `features.snapshot` would give them."""
    world = World(tables, as_of)

    def figure(name: str, client: str) -> float:
        for need in FEATURES[name].needs:
            table, _, column = need.partition(".")
            if column not in (world.supplied.get(table, set()) | {""}) or table not in world.supplied:
                return float("nan")
        value = slow(name)(world, client)
        return float("nan") if value is None else float(value)

    columns = {
        name: [figure(name, client) for client in clients]
        for content in FAMILIES.values()
        for name in [feature.name for feature in content.features]
    }
    return pd.DataFrame(columns, index=pd.Index(clients, name="client_id"), dtype="float64")
