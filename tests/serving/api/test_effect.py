"""The effect over the interface: the very figures of the command and of the page, for those who count."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from serving.analysis import of_trial
from serving.app import create_app
from serving.cli import run
from serving.effect_tables import FILE, TITLES, EffectTables, effect_tables, keep_effect, read_effect
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.score import definition_of
from tests.training.effect.reference.lots import World, drawn

ON = date(2024, 6, 30)
NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """A log that has run for a year and a half until the last Sunday."""
    world = World(weeks=80, per_week=80, share=0.2, helped=-0.3, seed=11)
    made = drawn(world).assign(band="high", action="")
    for column in ("as_of", "settled_on"):
        made[column] = pd.to_datetime(made[column]) + (pd.Timestamp(ON) - pd.Timestamp(world.last))
    return made


@pytest.fixture(scope="module")
def home(lived: Any, log: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of the weekly runs, with what that log shows."""
    folder = tmp_path_factory.mktemp("effect") / "home"
    shutil.copytree(lived.home.path, folder)
    matures_after = lived.model.horizon + definition_of(lived.model).maturity_days
    keep_effect(Home(folder), effect_tables(log, ON, matures_after, (), visit_cost=2.0))
    return Home(folder)


@pytest.fixture(scope="module")
def ask(home: Home, lived: Any, client_of: Any) -> Iterator[Callable[[str], httpx.Response]]:
    app = create_app(home.path, now=lambda: NOW)
    client = client_of(app)

    def asked(scope: str) -> httpx.Response:
        answer: httpx.Response = client.request(
            "GET", "/v1/effect", headers={"Authorization": f"Bearer {lived.tokens[scope]}"}
        )
        return answer

    with closing(app.state.served.store):
        yield asked


def kept(home: Home) -> EffectTables:
    found = read_effect(KeptScores(home.scores / ON.isoformat()))
    assert found is not None
    return found


def test_the_interface_the_page_and_the_command_give_the_same_figures(
    ask: Callable[[str], httpx.Response],
    home: Home,
    log: pd.DataFrame,
    mfi: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    book, out = tmp_path / "book", tmp_path / "effect.json"
    book.mkdir()
    for name, frame in mfi(clients=40).items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    monkeypatch.setattr("serving.experiment.log.logged", lambda *_: log)
    command = ["effect", str(book), "--as-of", ON.isoformat(), "--visit-cost", "2", "--out", str(out)]

    assert run([*command, "--home", str(home.path)]) == 0, capsys.readouterr().err
    answer, told = ask("analyst").json(), json.loads(out.read_text())
    page = {section.title: section for section in of_trial.sections(kept(home), ())}

    assert answer["said"] in told["about"]
    assert not answer["missing"]
    for name, title in TITLES.items():
        over_interface, by_command = answer["findings"][name], told["findings"][name]
        assert over_interface["said"] == by_command["said"] == page[title].said
        for one, other in zip(over_interface["rows"], by_command["rows"], strict=True):
            figures = [name for name in one if isinstance(one[name], float)]
            assert [one[name] for name in figures] == pytest.approx([other[name] for name in figures], abs=1e-5)


def test_before_a_weekly_run_kept_anything_there_is_nothing(
    lived: Any, client_of: Any, tmp_path: Path, home: Home
) -> None:
    shutil.copytree(home.path, tmp_path / "home")
    for file in (tmp_path / "home" / "scores").rglob(FILE):
        file.unlink()
    app = create_app(tmp_path / "home", now=lambda: NOW)
    with closing(app.state.served.store):
        headers = {"Authorization": f"Bearer {lived.tokens['analyst']}"}

        assert client_of(app).request("GET", "/v1/effect", headers=headers).status_code == 404


def test_the_weekly_run_keeps_what_is_known_so_far(lived: Any) -> None:
    found = read_effect(KeptScores(lived.home.scores / ON.isoformat()))

    assert found is not None
    assert found.missing
    assert found.as_of == ON


@pytest.mark.parametrize("scope", ["officer:o0", "manager:b0", "desk", "dpo", "credit"])
def test_nobody_who_acts_on_lists_gets_it(ask: Callable[[str], httpx.Response], scope: str) -> None:
    assert ask(scope).status_code == 403
