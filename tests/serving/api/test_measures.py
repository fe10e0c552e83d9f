"""Who gets which measures of exit."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.app import create_app

Ask = Callable[..., httpx.Response]
REST = ("everybody", "leaver_types", "breaks", "survival", "differences")


@pytest.mark.parametrize("caller", ["analyst", "admin"])
def test_analysts_get_all_that_was_kept(ask: Ask, caller: str) -> None:
    answer = ask(caller, "/v1/measures").json()

    assert (answer["as_of"], answer["settled"] < answer["as_of"]) == ("2024-06-30", True)
    assert {row["by"] for row in answer["everybody"]} == {"month", "quarter", "year"}
    assert {row["value"] for row in answer["segments"] if row["segment"] == "branch"} == {"b0", "b1"}
    for row in answer["everybody"]:
        assert row["maturity"] == "final" or row["f5_exit"] is None


def test_a_manager_gets_the_branch_and_nothing_else(ask: Ask) -> None:
    whole = ask("analyst", "/v1/measures").json()["segments"]

    answer = ask("manager:b0", "/v1/measures").json()

    own = [row for row in whole if row["segment"] == "branch" and row["value"] == "b0"]
    assert answer["segments"] == own != []
    assert all(answer[name] == [] for name in REST)


@pytest.mark.parametrize("caller", ["officer:o0", "desk", "dpo", "credit"])
def test_nobody_else_gets_any(ask: Ask, caller: str) -> None:
    assert ask(caller, "/v1/measures").status_code == 403


def test_before_the_first_weekly_run_there_is_nothing(
    lived: Any, client_of: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.copytree(lived.home.path, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "measures")
    app = create_app(tmp_path / "home", now=lambda: datetime(2024, 7, 1, 8, 0, tzinfo=UTC))

    answer = client_of(app).request(
        "GET", "/v1/measures", headers={"Authorization": f"Bearer {lived.tokens['analyst']}"}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    app.state.served.store.close()
