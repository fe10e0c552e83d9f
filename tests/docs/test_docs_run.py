"""Whatever the manual shows as `bash` runs, in the order it stands in, in an empty folder.

Other blocks are shown, not run: `text` needs root, a server or the reader's own names, `ini` is a file.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from quick_commands import quick_commands

from serving.cli import app

DOCS = Path(__file__).resolve().parents[2] / "docs"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LANGUAGES = {"bash", "text", "ini", "toml", "json", "csv", "python", "sql", ""}


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a page in one language."""
    return [body for found, body in _FENCE.findall(page.read_text("utf-8")) if found == language]


PAGES = sorted(DOCS.rglob("*.md"))
WITH_COMMANDS = [page for page in PAGES if blocks(page, "bash")]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with quick_commands(tmp_path_factory.mktemp("quick")) as folder:
        yield folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_command_of_a_page_runs(page: Path, commands: Path, tmp_path: Path) -> None:
    shown = "\n".join(blocks(page, "bash"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXITWATCH_")}
    environment["PATH"] = f"{commands}{os.pathsep}{environment['PATH']}"

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shown],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_the_manual_of_running_it_is_among_those_that_run() -> None:
    assert DOCS / "operating.md" in WITH_COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_fence_says_what_it_is_in_a_language_the_tests_know(page: Path) -> None:
    text = page.read_text("utf-8")

    assert {language for language, _ in _FENCE.findall(text)} <= _LANGUAGES
    assert text.count("\n```") % 2 == text.startswith("```")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_page_a_page_links_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))

    missing = [each for each in targets if "://" not in each and not (page.parent / each).exists()]

    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_command_a_page_shows_exists(page: Path) -> None:
    """Also those that need root or a server: a command that was renamed is found."""
    text = page.read_text("utf-8")
    code = [body for _, body in _FENCE.findall(text)] + re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))
    shown = {
        tuple(found) for each in code for found in re.findall(r"\bexitwatch +([a-z][a-z-]*)(?: +([a-z-]+))?", each)
    }

    known = {command.name for command in app.registered_commands}
    groups = {
        group.name: {command.name for command in group.typer_instance.registered_commands}
        for group in app.registered_groups
        if group.typer_instance
    }
    assert {first for first, _ in shown} <= known | set(groups)
    assert {(first, second) for first, second in shown if first in groups and second} <= {
        (group, name) for group, names in groups.items() for name in names
    }
