"""Versions of the registered model: our own bundle, and beside it the page by which MLflow can load it from code."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from models import store
from training.tracking_client import Client, quiet

REGISTERED = "exit-risk"
CHALLENGER, CHAMPION = "challenger", "champion"
OUTPUTS = ("risk", "risk_forced", "margin")


def version_of(client: Client, digest: str) -> int | None:
    """Number of the version that holds a bundle; None if it is not registered."""
    found = client.search_model_versions(f"name = '{REGISTERED}' and tags.model_hash = '{digest}'")
    return int(found[0].version) if found else None


def hash_behind(client: Client, alias: str) -> str | None:
    """Hash of the model an alias points to; None if it points nowhere."""
    found = client.search_registered_models(filter_string=f"name = '{REGISTERED}'")
    versions = {name: str(version) for model in found for name, version in model.aliases.items()}
    return str(client.get_model_version(REGISTERED, versions[alias]).tags["model_hash"]) if alias in versions else None


def new_version(client: Client, experiment: str, run_id: str, bundle: Path) -> int:
    """Register a bundle; its number."""
    from mlflow.entities import LoggedModelOutput

    described, digest = store.describe(bundle), store.verify(bundle)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(bundle, Path(folder) / "bundle")
        with quiet():
            _write_mlmodel(Path(folder), described["model"]["features"], run_id, described["libraries"])
        tags = {"model_hash": digest, "horizon_days": str(described["model"]["horizon"])}
        logged = client.create_logged_model(
            experiment, name=REGISTERED, source_run_id=run_id, tags=tags, model_type="exitwatch"
        )
        client.log_model_artifacts(logged.model_id, folder)
        logged = client.finalize_logged_model(logged.model_id, "READY")
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    if not client.search_registered_models(filter_string=f"name = '{REGISTERED}'"):
        client.create_registered_model(
            REGISTERED, description="How likely a client is to leave by choice. Used from the project's own bundle."
        )
    version = client.create_model_version(
        REGISTERED, source=logged.artifact_location, run_id=run_id, model_id=logged.model_id, tags=tags
    )
    return int(version.version)


def _write_mlmodel(folder: Path, features: list[str], run_id: str, libraries: Mapping[str, str]) -> None:
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    signature = ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in features]),
        outputs=Schema([ColSpec("double", name) for name in OUTPUTS]),
    )
    described = Model(signature=signature, run_id=run_id)
    described.add_flavor(
        "python_function",
        loader_module="training.served",
        data="bundle",
        python_version=libraries["python"],
        env={"virtualenv": "python_env.yaml"},
    )
    described.save(str(folder / "MLmodel"))
    needs = ["exitwatch", *(f"{name}=={version}" for name, version in libraries.items() if name != "python")]
    (folder / "requirements.txt").write_text("\n".join(needs) + "\n", encoding="utf-8")
    (folder / "python_env.yaml").write_text(
        f'python: "{libraries["python"]}"\ndependencies:\n- -r requirements.txt\n', encoding="utf-8"
    )
    # A signature that MLflow drops silently (#25593) would let any table through.
    kept = Model.load(str(folder)).signature
    if kept is None or kept.inputs is None or kept.inputs.input_names() != list(features):
        raise RuntimeError("MLflow did not keep the signature of the model")
