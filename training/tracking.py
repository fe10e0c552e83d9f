"""Training runs in MLflow: what went in, every measure with its interval, pictures, the model card, the bundle."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import NoModel
from models import store
from training import promotion, provenance, tracking_registry
from training.metrics import Figure
from training.promotion import Evidence, Limits, Promotion, champion_bundle
from training.tracking_client import Client
from training.tracking_registry import CHALLENGER, CHAMPION, REGISTERED

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_SOURCE = "exitwatch train"
_LONGEST_PARAM = 6000  # characters; MLflow's own limit


@dataclass(frozen=True)
class Tracker:
    """MLflow under one working folder. Nothing leaves the machine.

    Parameters
    ----------
    home
        The working folder; ``mlflow.db`` and ``mlartifacts`` stand in it.
    """

    home: Path

    @contextmanager
    def run(self, name: str, recipe: Mapping[str, Any], *, tags: Mapping[str, str] | None = None) -> "Iterator[Run]":
        """One training run; it is marked as failed if the block raises.

        Logged at once: the recipe (each value as a parameter, the whole as ``recipe.json``), and the versions of the
        code and of the libraries.

        Parameters
        ----------
        name
            What the run is called on MLflow's pages.
        recipe
            Plain values (`Recipe.as_dict`).
        tags
            For example ``book``, ``data_digest`` and ``as_of``.

        Raises
        ------
        StorageError
            The database or the artefact folder cannot be written.
        """
        client = Client(self.home)
        code = provenance.code_version()
        all_tags = (
            {f"code.{key}": value for key, value in code.items()} | {"mlflow.source.name": _SOURCE} | dict(tags or {})
        )
        experiment = client.experiment()
        run = Run(client, client.create_run(experiment, run_name=name, tags=all_tags).info.run_id, experiment)
        with run.ended():
            if "data_digest" in all_tags:
                run.data(all_tags.get("book", "book"), all_tags["data_digest"])
            run.params(recipe)
            run.document("recipe.json", recipe)
            run.document("libraries.json", provenance.library_versions())
            run.document("code.json", code)
            yield run

    def register(self, run: "Run", bundle: Path) -> int:
        """Register a bundle as a version of `REGISTERED` and make it the challenger.

        The bundle is logged as it is. Beside it stands what ``mlflow models serve`` needs to load it from code, with a
        signature: every feature is a float64 column. The same bundle is registered once.

        Returns
        -------
        The version's number.

        Raises
        ------
        DamagedModel
            The bundle is not whole.
        StorageError
            The registry cannot be written.
        """
        digest = store.verify(bundle)
        run.folder(bundle, "bundle")
        run.tag("model_hash", digest)
        version = tracking_registry.version_of(run.client, digest)
        if version is None:
            version = tracking_registry.new_version(run.client, run.experiment, run.id, bundle)
        run.client.set_registered_model_alias(REGISTERED, CHALLENGER, str(version))
        return version

    def promote(self, model: str, evidence: Evidence, on: date, limits: Limits | None = None) -> Promotion:
        """Put a registered model into use if the evidence supports it: the log first, then the alias `CHAMPION`.

        Parameters
        ----------
        model
            Hash of the bundle, which stands in ``home/models/<model>``.
        on
            The day, for the log.

        Raises
        ------
        PromotionRefused, NoModel, DamagedModel, StorageError
            As `training.promotion.promote`; `NoModel` also if it is not registered.
        """
        client = Client(self.home)
        version = tracking_registry.version_of(client, model)
        if version is None:
            raise NoModel(f"model {model[:12]} is not registered. Train it with `exitwatch train`.")
        line = promotion.promote(self.home, model, evidence, on, limits)
        client.set_registered_model_alias(REGISTERED, CHAMPION, str(version))
        client.set_model_version_tag(REGISTERED, str(version), "promoted_on", line.on)
        client.set_model_version_tag(REGISTERED, str(version), "promotion_seal", line.seal)
        return line

    def hash_behind(self, alias: str) -> str | None:
        """Hash of the model an alias of the registry points to; None if it points nowhere."""
        return tracking_registry.hash_behind(Client(self.home), alias)


@dataclass(frozen=True)
class Run:
    """One run of MLflow, or one fold nested in it."""

    client: Client
    id: str
    experiment: str

    @contextmanager
    def fold(self, name: str, params: Mapping[str, Any] | None = None) -> "Iterator[Run]":
        """A run nested in this one."""
        started = self.client.create_run(self.experiment, run_name=name, tags={"mlflow.parentRunId": self.id})
        run = Run(self.client, started.info.run_id, self.experiment)
        with run.ended():
            run.params(params or {})
            yield run

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Mark the run as finished, or as failed, when the block is left."""
        try:
            yield
        except BaseException:
            self.client.set_terminated(self.id, status="FAILED")
            raise
        self.client.set_terminated(self.id)

    def data(self, name: str, digest: str) -> None:
        """The book the run learnt from, by its digest; nothing of its content."""
        from mlflow.entities import Dataset, DatasetInput

        # MLflow keeps 36 signs of a digest; the whole stands among the tags.
        book = Dataset(name=name, digest=digest[:36], source_type="local", source=name)
        self.client.log_inputs(self.id, [DatasetInput(book, [])])

    def params(self, values: Mapping[str, Any]) -> None:
        """Log values, nested ones under dotted names."""
        from mlflow.entities import Param

        flat = _flat(values)
        for start in range(0, len(flat), 100):
            batch = [Param(name, value[:_LONGEST_PARAM]) for name, value in flat[start : start + 100]]
            self.client.log_batch(self.id, params=batch)

    def figures(self, values: Mapping[str, Figure], prefix: str = "") -> None:
        """Log measures, each with ``_low`` and ``_high``; what could not be measured is left out."""
        found: dict[str, float] = {}
        for name, figure in values.items():
            ends = {"": figure.value, "_low": figure.low, "_high": figure.high}
            found |= {f"{prefix}{name}{end}": value for end, value in ends.items()}
        self.metrics(found)

    def metrics(self, values: Mapping[str, float]) -> None:
        """Log plain figures; NaN and infinity are left out."""
        from mlflow.entities import Metric

        finite = [(name, float(value)) for name, value in values.items() if abs(float(value)) < float("inf")]
        for start in range(0, len(finite), 500):
            batch = [Metric(name, value, 0, 0) for name, value in finite[start : start + 500]]
            self.client.log_batch(self.id, metrics=batch)

    def describe(self, text: str) -> None:
        """Markdown shown on top of the run's page."""
        self.client.set_tag(self.id, "mlflow.note.content", text)

    def tag(self, name: str, value: str) -> None:
        """A word about the run, such as the model's hash."""
        self.client.set_tag(self.id, name, value)

    def tags(self, prefix: str) -> dict[str, str]:
        """Tags that begin with a word, without it."""
        found = self.client.get_run(self.id).data.tags
        return {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}

    def text(self, name: str, content: str) -> None:
        """A file of text, such as ``model_card.md``."""
        self.client.log_text(self.id, content, name)

    def document(self, name: str, content: Any) -> None:
        """A JSON file."""
        self.text(name, json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n")

    def drawing(self, name: str, drawing: "Drawing") -> None:
        """A picture, kept as PNG under ``plots``."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.png"
            # Without dates and versions the same figures give the same bytes.
            drawing.savefig(path, dpi=140, metadata={"Software": None})
            self.client.log_artifact(self.id, str(path), "plots")

    def folder(self, path: Path, name: str) -> None:
        """A folder of files, such as the bundle."""
        self.client.log_artifacts(self.id, str(path), name)


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found.append((f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)))
    return found


__all__ = ["CHALLENGER", "CHAMPION", "REGISTERED", "Run", "Tracker", "champion_bundle"]
