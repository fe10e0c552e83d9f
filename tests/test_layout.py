"""The shape of the house: package names, the direction of imports, one door for each outside library."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "models", "training", "serving")
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc", "constants", "base", "core"}

#: Outside library to the files or folders that may import it.
DOORS = {
    "duckdb": ("features/engines.py",),
    "sqlglot": ("features/engines.py",),
    "mlflow": ("training/tracking", "training/tracking.py"),
    "optuna": ("training/",),
    "shap": ("models/explanation.py",),
    "woodelf": ("models/tree_sums.py",),
    "lightgbm": ("models/",),
    "empulse": ("training/",),
    "statsmodels": ("training/effect/clustered.py",),
    "fastapi": ("serving/app.py", "serving/api/", "serving/pages/"),
    "starlette": ("serving/app.py", "serving/api/", "serving/pages/"),
    "uvicorn": ("serving/",),
    "typer": ("serving/cli",),
    "sqlalchemy": ("serving/",),
    "alembic": ("serving/store/",),
    "babel": ("serving/languages.py", "serving/catalogues.py", "serving/messages.py"),
    "typst": ("serving/documents/pdf.py",),
    "xlsxwriter": ("serving/documents/xlsx.py",),
    "joserfc": ("serving/oidc_provider.py",),
    "httpx": ("serving/oidc_provider.py",),
    "altair": ("serving/charts/",),
    "vl_convert": ("serving/charts/",),
    "jinja2": ("serving/",),
    "rich": ("serving/",),
    "ortools": ("serving/visits/solver.py",),
}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of the modules a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)} uses a relative import"
            names.add(node.module or "")
    return names


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)
def test_imports_flow_one_way(path: Path) -> None:
    own = PACKAGES.index(named(path).split("/")[0])

    later = {name for name in imported(path) if name.split(".")[0] in PACKAGES[own + 1 :]}

    assert not later


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)
def test_each_outside_library_has_one_door(path: Path) -> None:
    used = {name.split(".")[0] for name in imported(path)}

    strays = {library for library in used & set(DOORS) if not named(path).startswith(DOORS[library])}

    assert not strays


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)
def test_no_module_reads_todays_date_but_the_command_line_and_the_app(path: Path) -> None:
    if named(path).startswith(("serving/cli", "serving/app.py", "serving/demo.py")):
        return

    calls = re.findall(r"\b(?:date\.today|datetime\.now|datetime\.utcnow|Timestamp\.now)\(", path.read_text("utf-8"))

    assert not calls


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)
def test_no_module_grows_beyond_500_lines_or_bears_a_vague_name(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)
def test_nothing_is_pickled(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & {"pickle", "cloudpickle", "dill", "joblib", "skops"}


def test_no_init_file_stands_under_tests() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_root_holds_only_what_the_plan_names() -> None:
    allowed = {*PACKAGES, "notebooks", "tests", "docs", ".ci", ".gitignore", "pyproject.toml", "README.md", "Makefile"}
    allowed |= {"requirements.lock", "CONTRIBUTING.md", "CHANGELOG.md"}

    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= allowed


def test_no_committed_file_names_a_registry_or_a_path_of_one_machine() -> None:
    forbidden = re.compile(r"pypi\.org|pythonhosted|/(?:work|root|home)/[a-z]|--(?:extra-)?index-url|find-links")
    found = [
        f"{named(path)}: {match.group()}"
        for path in tracked()
        if path.suffix not in {".png", ".parquet", ".gz", ".ttf"} and path != Path(__file__)
        for match in forbidden.finditer(path.read_text("utf-8"))
    ]

    assert not found
