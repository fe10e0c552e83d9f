from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def scores(lived: Any) -> pd.DataFrame:
    return pd.read_parquet(lived.home.scores / "2024-06-30" / "scores.parquet").set_index("client_id")


def officer_of(lived: Any, client: str) -> str:
    people = lived.tables["clients"].set_index("client_id")
    return str(people.loc[client, "officer_id"])


def test_an_officer_sees_bands_of_own_clients_on_the_list_and_no_number(ask: Ask, scores: pd.DataFrame) -> None:
    (mine,) = ask("officer:o0", "/v1/lists/current").json()["lists"]
    client = mine["lines"][0]["client_id"]

    body = ask("officer:o0", f"/v1/clients/{client}/risk").json()

    assert body["band"] == scores.loc[client, "band"]
    assert body["numbers"] is None
    assert [past["as_of"] for past in body["history"]] == ["2024-06-23"]
    assert body["history"][0]["risk"] is None


@pytest.mark.parametrize("scope", ["officer:o0", "manager:b0", "desk"])
def test_who_acts_on_lists_sees_nothing_of_a_client_on_no_list(ask: Ask, scores: pd.DataFrame, scope: str) -> None:
    listed = {line["client_id"] for page in ask("admin", "/v1/lists/current").json()["lists"] for line in page["lines"]}
    answers = [ask(scope, f"/v1/clients/{client}/risk") for client in scores.index if client not in listed]

    assert len(answers) > 5
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, ask(scope, "/v1/clients/x/risk").text)}


def test_neither_officer_nor_manager_is_told_whom_the_desk_has(lived: Any, ask: Ask) -> None:
    (desk,) = ask("desk", "/v1/lists/current").json()["lists"]
    people = lived.tables["clients"].set_index("client_id")
    mine = [line["client_id"] for line in desk["lines"] if people.loc[line["client_id"], "officer_id"] == "o0"]

    assert mine
    for client in mine:
        path = f"/v1/clients/{client}/risk"
        assert ask("desk", path).status_code == 200
        assert ask("officer:o0", path).text == ask("officer:o0", "/v1/clients/x/risk").text
        assert ask(f"manager:{people.loc[client, 'branch_id']}", path).status_code == 404


def test_the_client_of_somebody_else_looks_like_a_client_who_does_not_exist(
    lived: Any, ask: Ask, scores: pd.DataFrame
) -> None:
    other = next(c for c in scores.index if officer_of(lived, c) == "o1")
    answers = [ask("officer:o0", f"/v1/clients/{client}/risk") for client in (other, "nobody", "%2e%2e%2fx", "c0'--")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_an_analyst_sees_the_numbers_of_the_batch(ask: Ask, scores: pd.DataFrame) -> None:
    for client in scores.index[:5]:
        numbers = ask("analyst", f"/v1/clients/{client}/risk").json()["numbers"]
        row = scores.loc[client]

        assert numbers["risk"] == row["risk"]
        assert numbers["margin"] == row["margin"]
        assert {p["days"]: p["risk"] for p in numbers["curve"]} == {d: row[f"risk_{d}d"] for d in (28, 91, 182)}
        assert numbers["horizon_days"] == 91
        assert numbers["drivers"] == sorted(numbers["drivers"], key=lambda d: -d["contribution"])
        assert numbers["drivers"]


def test_reasons_are_the_lists_reasons(lived: Any, ask: Ask) -> None:
    (mine,) = ask("officer:o1", "/v1/lists/current").json()["lists"]
    for line in mine["lines"]:
        body = ask("officer:o1", f"/v1/clients/{line['client_id']}/risk").json()

        assert [reason["sentence"] for reason in body["reasons"]] == line["reasons"]
        assert body["reasons_missing"] is None


@pytest.mark.parametrize("scope", ["officer:o0", "officer:o1"])
def test_an_officer_never_reads_of_a_complaint(lived: Any, ask: Ask, scores: pd.DataFrame, scope: str) -> None:
    for client in scores.index[::3]:
        answer = ask(scope, f"/v1/clients/{client}/risk")

        assert "CMP-1" not in answer.text
        assert "complain" not in answer.text


def test_scores_of_another_model_are_shown_without_reasons(
    lived: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.kept_scores.KeptScores.model_version", "another")

    body = ask("analyst", "/v1/clients/c000/risk").json()

    assert body["reasons"] == []
    assert body["reasons_missing"] == "The scores are from another model than the one in use; run `exitwatch weekly`."
    assert body["numbers"]["drivers"] == []


def test_the_model_in_use_is_named(lived: Any, ask: Ask) -> None:
    body = ask("officer:o0", "/v1/models/current").json()

    assert (body["version"], body["horizon_days"], body["horizons"]) == (lived.version, 91, [28, 91, 182])
    assert body["scored"] == "2024-06-30"
