"""The door to MLflow: a client on SQLite in the working folder, quiet, and with errors a user can put right."""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import StorageError

DATABASE, ARTEFACTS = "mlflow.db", "mlartifacts"
EXPERIMENT = "exitwatch"

_LOGGERS = ("mlflow", "alembic")


class Client:
    """`mlflow.MlflowClient`, each of whose calls is quiet and raises `StorageError` where MLflow cannot write.

    MLflow takes seconds to import and wants to call home; so it is imported when it is first used, and told not to.

    Parameters
    ----------
    home
        The working folder; the database and the artefacts stand in it.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._client = self._said(_open, home)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *given, **named: self._said(method, *given, **named)

    def experiment(self) -> str:
        """Id of the one experiment, made if it is missing."""
        found = self.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        place = (self._home / ARTEFACTS).resolve().as_uri()
        # Without the kind MLflow's pages take it for one about language models.
        kind = {"mlflow.experimentKind": "custom_model_development"}
        return str(self.create_experiment(EXPERIMENT, artifact_location=place, tags=kind))

    def _said(self, method: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with quiet():
            from mlflow.exceptions import MlflowException

            try:
                return method(*given, **named)
            except (MlflowException, OSError) as error:
                what = error.strerror if isinstance(error, OSError) else type(error).__name__
                raise StorageError(
                    f"the training run could not be recorded in {DATABASE} ({what}). Check that the working folder can "
                    "be written and has room; the model in use has not changed."
                ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """MLflow without calls home, without notes about database tables, and without two warnings about its own code."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # read by MLflow when it is imported
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # MLflow 3.17 maps its tables the old way of SQLAlchemy 2.1.
            warnings.filterwarnings("ignore", message="The ``noload`` loader strategy is deprecated")
            # MLflow 3.17 reads its own type hints when its models are imported.
            warnings.filterwarnings("ignore", message=r"(?s).*Any type hint is inferred as AnyType")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _open(home: Path) -> Any:
    from mlflow import MlflowClient

    home.mkdir(0o700, parents=True, exist_ok=True)
    address = f"sqlite:///{(home / DATABASE).resolve()}"
    return MlflowClient(tracking_uri=address, registry_uri=address)
