"""Who sees which drivers over the interface."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.app import create_app
from serving.driver_summary import FILE


@pytest.mark.parametrize("scope", ["analyst", "admin"])
def test_those_who_count_see_the_book_and_every_branch(ask: Any, lived: Any, scope: str) -> None:
    answer = ask(scope, "/v1/drivers")

    kept = json.loads((lived.home.scores / "2024-06-30" / FILE).read_bytes())
    found = answer.json()
    assert answer.status_code == 200
    assert (found["as_of"], found["model_version"], found["missing"]) == ("2024-06-30", lived.version, None)
    assert [part["branch_id"] for part in found["parts"]] == [None, "b0", "b1"]
    assert found["parts"][0]["drivers"] == kept["parts"][0]["drivers"]


def test_a_manager_sees_the_own_branch_and_nothing_of_the_book(ask: Any) -> None:
    for branch in ("b0", "b1"):
        assert [part["branch_id"] for part in ask(f"manager:{branch}", "/v1/drivers").json()["parts"]] == [branch]


@pytest.mark.parametrize("scope", ["officer:o0", "desk", "dpo", "credit"])
def test_nobody_else_sees_any(ask: Any, scope: str) -> None:
    assert ask(scope, "/v1/drivers").status_code == 403


def test_scores_that_are_older_than_the_summary_have_none(lived: Any, tmp_path: Path, client_of: Any) -> None:
    home = tmp_path / "home"
    shutil.copytree(lived.home.path, home)
    (home / "scores" / "2024-06-30" / FILE).unlink()
    app = create_app(home, now=lambda: datetime(2024, 7, 1, 8, 0, tzinfo=UTC))

    answer = client_of(app).request(
        "GET", "/v1/drivers", headers={"Authorization": f"Bearer {lived.tokens['analyst']}"}
    )

    app.state.served.store.close()
    assert (answer.status_code, set(answer.json())) == (404, {"error"})
