"""The model of who is helped by a contact: kept with its verdict, switched on and off by a person, used by the week.

Only a model that its gate let through can be switched on. Whatever is wrong with the one in use stops the week, rather
than letting lists go by something else unseen; the setting `chance_by` goes back to the general chances.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from features.catalogue import names
from features.errors import DamagedModel, NoModel, PromotionRefused, SchemaMismatch, UsageError
from models import uplift_store
from models.rows import Floats
from models.uplift import BenefitModel
from serving import audit, installation
from serving.access import OPERATOR
from serving.events import Event
from serving.home import Home
from serving.settings import Settings
from training.helped import IN_GROUP, RISK, Learnt, benefit, with_risk

_IN_USE = "uplift_in_use"
_GO_BACK = 'Learn one again (`exitwatch uplift learn`), or set chance_by = "prior" in the settings to go by the '
_GO_BACK += "general chances until then."


@dataclass(frozen=True)
class Helped:
    """The model in use.

    Parameters
    ----------
    version
        Hash of its bundle.
    """

    version: str
    model: BenefitModel

    def benefit(self, X: pd.DataFrame, risk: Floats) -> "pd.Series[float]":
        """Expected change in each client's chance to stay by a contact, by client.

        Raises
        ------
        SchemaMismatch
            It learnt from other features than this version computes.
        """
        return pd.Series(benefit(self.model, with_risk(X, risk)), index=X.index)


def keep(home: Home, connection: Connection, learnt: Learnt, now: datetime) -> str:
    """Keep a model with its verdict; it is not used yet.

    Returns
    -------
    Hash of its bundle.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    version = uplift_store.save_under(learnt.model, home.path / "models").name
    installation.set_fact(connection, _verdict_of(version), json.dumps(learnt.as_dict(), sort_keys=True))
    _record(connection, now, Event.UPLIFT_LEARNT, version, passed="yes" if learnt.verdict.replaces else "no")
    return version


def switch_on(home: Home, connection: Connection, version: str, now: datetime) -> str:
    """Let the lists go by a model that was kept.

    Parameters
    ----------
    version
        Hash of its bundle, or how it begins.

    Returns
    -------
    The whole hash.

    Raises
    ------
    UsageError
        No model of that name, or more than one, was kept here.
    PromotionRefused
        Its gate did not let it through.
    NoModel, DamagedModel, SchemaMismatch
        It cannot be used.
    """
    whole = _whole(home, connection, version)
    verdict = verdict_of(connection, whole)
    if not verdict["replaces"]:
        raise PromotionRefused(f"model {whole[:12]} is not put into use. {verdict['sentence']}")
    _load(home.path / "models" / whole)
    installation.set_fact(connection, _IN_USE, whole)
    _record(connection, now, Event.UPLIFT_ON, whole)
    return whole


def switch_off(connection: Connection, now: datetime) -> str:
    """Let the lists go by the general chances again; the model is kept.

    Returns
    -------
    Hash of the model that was in use; empty if none was.
    """
    before = installation.fact(connection, _IN_USE) or ""
    if before:
        installation.set_fact(connection, _IN_USE, "")
        _record(connection, now, Event.UPLIFT_OFF, before)
    return before


def version_in_use(connection: Connection) -> str:
    """Hash of the model that is switched on; empty if none is."""
    return installation.fact(connection, _IN_USE) or ""


def verdict_of(connection: Connection, version: str) -> Mapping[str, Any]:
    """What its gate said of a model that was kept.

    Raises
    ------
    UsageError
        None of that name was.
    """
    found = installation.fact(connection, _verdict_of(version))
    if found is None:
        raise UsageError(
            f"no model of who is helped {version[:12]!r} was kept here; `exitwatch uplift learn` makes one"
        )
    return dict(json.loads(found))


def in_use(home: Home, connection: Connection, settings: Settings) -> Helped | None:
    """The model by which this week's places go; None where it is the general chances or the risk.

    Raises
    ------
    NoModel, DamagedModel, SchemaMismatch
        One is switched on and cannot be used; the sentence names the setting that goes back to the general chances.
    """
    if settings.rank_by != "benefit" or settings.chance_by == "prior":
        return None
    version = version_in_use(connection)
    return loaded(home, version) if version else None


def loaded(home: Home, version: str) -> Helped:
    """A kept model by its whole hash.

    Raises
    ------
    NoModel, DamagedModel, SchemaMismatch
        It cannot be used; the sentence names the setting that goes back to the general chances.
    """
    try:
        return Helped(version, _load(home.path / "models" / version))
    except (NoModel, DamagedModel, SchemaMismatch) as error:
        said = f"the model of who is helped that is in use, {version[:12]}, cannot be used: {error} {_GO_BACK}"
        raise type(error)(said) from error


def _load(folder: Path) -> BenefitModel:
    return uplift_store.load(folder, expected=folder.name, features=(*names(), RISK, IN_GROUP))


def _whole(home: Home, connection: Connection, version: str) -> str:
    found = [
        folder.name
        for folder in sorted((home.path / "models").glob("*"))
        if folder.name.startswith(version) and installation.fact(connection, _verdict_of(folder.name)) is not None
    ]
    if len(found) != 1 or not version:
        many = "no model" if not found else f"{len(found)} models"
        raise UsageError(f"{many} of who is helped begin with {version!r}; `exitwatch uplift show` names those kept")
    return found[0]


def kept(home: Home, connection: Connection) -> list[str]:
    """Hashes of the models that were kept here and are still there."""
    return [
        folder.name
        for folder in sorted((home.path / "models").glob("*"))
        if installation.fact(connection, _verdict_of(folder.name)) is not None
    ]


def _verdict_of(version: str) -> str:
    """Name of the fact; names of facts have 40 signs at most."""
    return f"uplift {version[:32]}"


def _record(connection: Connection, now: datetime, event: Event, version: str, **detail: str) -> None:
    audit.record(connection, now, OPERATOR.name, OPERATOR.role, event, version[:12], **detail)
