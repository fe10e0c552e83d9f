"""Who sees which drivers over the interface."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.app import create_app
from serving.driver_summary import FILE
from serving.driver_tables import FILE as TABLES


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


def test_what_the_run_kept_is_given_with_its_sentences_and_what_is_not_there_says_why(ask: Any, lived: Any) -> None:
    kept = json.loads((lived.home.scores / "2024-06-30" / TABLES).read_bytes())["findings"]

    found = ask("analyst", "/v1/drivers").json()

    by_name = {each["segment"]: each for each in found["segments"]}
    assert set(by_name) == {name.split(" ")[1] for name in kept if name.startswith("segments ")}
    assert [row["mean"] for row in by_name["branch"]["rows"]] == [
        row[kept["segments branch"]["columns"].index("mean")] for row in kept["segments branch"]["rows"]
    ]
    for part in ("change", "shapes", "alike"):
        assert found[part]["said"] == kept[part]["said"]
        assert len(found[part]["rows"]) == len(kept[part]["rows"])
    assert found["change"]["since"] == "2024-03-31"
    assert (found["events"], set(found["not_there"])) == (None, {"events"})


def test_a_manager_gets_the_own_branch_among_the_branches_and_nothing_of_everybody(ask: Any) -> None:
    found = ask("manager:b1", "/v1/drivers").json()

    assert [each["segment"] for each in found["segments"]] == ["branch"]
    assert {row["part"] for row in found["segments"][0]["rows"]} == {"b1"}
    assert [found[part] for part in ("change", "shapes", "alike", "events", "not_there")] == [None] * 4 + [{}]
    assert '"b0"' not in json.dumps(found)


def test_tenths_of_one_figure_are_given_to_those_who_see_numbers(ask: Any) -> None:
    found = ask("analyst", "/v1/drivers/features/loans_taken").json()

    assert (found["feature"], found["meaning"]) == ("loans_taken", "Number of loans.")
    assert found["rows"]
    assert set(found["rows"][0]) == {"bin", "lowest", "highest", "clients", "left", "rate", "low", "high"}
    assert ask("manager:b1", "/v1/drivers/features/loans_taken").status_code == 403
    assert ask("analyst", "/v1/drivers/features/gender").status_code == 404
