"""Where a model comes from: the code, the libraries and the machine's Python."""

import hashlib
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("features", "models", "training", "serving")
LIBRARIES = (
    "duckdb",
    "lightgbm",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "woodelf-explainer",
)

_ROOT = Path(__file__).resolve().parents[1]
_SOURCES = {".py", ".sql", ".toml"}


def code_version() -> dict[str, str]:
    """What code this is.

    Returns
    -------
    ``package``: version of exitwatch; ``sources``: SHA-256 over every source file of the four packages, the same in a
    checkout and in an installed wheel; ``commit``: the commit checked out, with ``-changed`` added where files differ
    from it, or ``unknown`` outside a checkout.
    """
    return {"package": metadata.version("exitwatch"), "sources": sources_hash(), "commit": _commit()}


def sources_hash() -> str:
    """SHA-256 over names and contents of the source files of the four packages."""
    total = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in _SOURCES and path.is_file():
                total.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries a model depends on."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}}


def _commit() -> str:
    def git(*words: str) -> str:
        command = ["git", "-C", str(_ROOT), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "HEAD") if (_ROOT / ".git").exists() else ""
        if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
            return "unknown"
        changed = git("status", "--porcelain", "--untracked-files=no", "--", *PACKAGES)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return f"{commit}-changed" if changed else commit
