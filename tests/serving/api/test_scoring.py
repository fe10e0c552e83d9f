"""Scores on request are those of the batch."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

Ask = Callable[..., httpx.Response]
Body = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}
NUMBERS = ("risk", "margin", "forced")


@pytest.fixture(scope="module")
def scores(lived: Any) -> pd.DataFrame:
    return pd.read_parquet(lived.home.scores / "2024-06-30" / "scores.parquet").set_index("client_id")


def same(one: dict[str, Any], row: pd.Series) -> None:
    numbers = one["numbers"]
    assert numbers["risk"] == pytest.approx(row["risk"], abs=1e-9, rel=0)
    assert numbers["margin"] == pytest.approx(row["margin"], abs=1e-9, rel=0)
    assert numbers["forced"] == pytest.approx(row["risk_forced"], abs=1e-9, rel=0)
    for point in numbers["curve"]:
        assert point["risk"] == pytest.approx(row[f"risk_{point['days']}d"], abs=1e-9, rel=0)
    assert one["band"] == row["band"]


def test_one_client_sent_alone_gets_the_number_of_the_batch(ask: Ask, posted: Body, scores: pd.DataFrame) -> None:
    for client in scores.index[::25]:
        body = ask("analyst", "/v1/score", "POST", json=posted(client)).json()

        assert (body["context"], body["not_at_risk"]) == ("stored", [])
        same(body["scores"][0], scores.loc[client])


def test_many_clients_sent_together_get_the_numbers_of_the_batch(ask: Ask, posted: Body, scores: pd.DataFrame) -> None:
    body = ask("analyst", "/v1/score", "POST", json=posted(*scores.index)).json()

    assert [one["client_id"] for one in body["scores"]] == sorted(scores.index)
    for one in body["scores"]:
        same(one, scores.loc[one["client_id"]])


def test_a_changed_history_changes_the_number(ask: Ask, posted: Body, scores: pd.DataFrame) -> None:
    body = posted(*scores.index)
    body["tables"]["repayments"] = []

    found = ask("analyst", "/v1/score", "POST", json=body).json()["scores"]

    changed = [one for one in found if abs(one["numbers"]["margin"] - scores.loc[one["client_id"], "margin"]) > 1e-9]
    assert len(changed) > len(found) / 2


def test_rows_known_later_change_nothing(ask: Ask, posted: Body, scores: pd.DataFrame) -> None:
    client = scores.index[0]
    body = posted(client)
    later = {"loan_id": body["tables"]["loans"][0]["loan_id"], "paid_on": "2024-06-01", "amount": 500.0}
    body["tables"]["repayments"].append(later | {"known_on": "2024-07-01", "channel": None})

    same(ask("analyst", "/v1/score", "POST", json=body).json()["scores"][0], scores.loc[client])


def test_without_context_others_are_not_known_and_the_answer_says_so(
    ask: Ask, posted: Body, scores: pd.DataFrame
) -> None:
    body = ask("analyst", "/v1/score", "POST", json=posted(scores.index[0], context="none")).json()

    assert body["context"] == "none"
    assert body["scores"][0]["numbers"]["risk"] != pytest.approx(scores.iloc[0]["risk"], abs=1e-9)


def test_a_client_who_is_not_at_risk_is_named(ask: Ask) -> None:
    loan = {"loan_id": "1", "client_id": "x", "disbursed_on": "2020-01-01", "amount": 9, "closed_on": "2020-06-01"}
    asked = {
        "as_of": "2024-06-30",
        "tables": {
            "clients": [{"client_id": "x", "joined_on": "2020-01-01"}],
            "loans": [loan | {"closed_how": "repaid"}],
        },
        "context": "none",
    }
    body = ask("analyst", "/v1/score", "POST", json=asked).json()

    assert (body["scores"], body["not_at_risk"]) == ([], ["x"])


def test_a_date_without_stored_scores_is_refused(ask: Ask, posted: Body) -> None:
    answer = ask("analyst", "/v1/score", "POST", json=posted("c000") | {"as_of": "2024-05-05"})

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(
        "as_of=2024-05-05 has no stored scores; the newest is 2024-06-30"
    )


CLIENT = {"client_id": "x", "joined_on": "2024-01-01"}
LOAN = {"loan_id": "1", "client_id": "x", "disbursed_on": "2024-01-01", "amount": 100.0}
SAVED = {"client_id": "x", "moved_on": "2024-02-01", "amount": 5}


def one(**loan: Any) -> dict[str, Any]:
    """Tables of one client with one loan, changed as given."""
    return {"clients": [CLIENT], "loans": [LOAN | loan]}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({}, "table 'clients' is missing"),
        ({"clients": [CLIENT]}, "table 'loans' is missing"),
        ({"clients": [], "loans": []}, "table 'clients' has no row"),
        (one() | {"\ud800": [{"a": {}}]}, "a table that is not part of the canonical book"),
        ({"clients": [CLIENT], "loans": [LOAN], "visits": []}, "table 'visits' is not part of the canonical book"),
        ({"clients": [CLIENT | {"age": 3}], "loans": [LOAN]}, "table 'clients' has no column 'age'"),
        ({"clients": [CLIENT], "loans": [{"client_id": "x"}]}, "table 'loans' has no column 'loan_id'"),
        ({"clients": [CLIENT], "loans": [LOAN | {"amount": None}]}, "row 1 of table 'loans', column 'amount' is empty"),
        ({"clients": [CLIENT], "loans": [LOAN | {"amount": "a"}]}, "column 'amount' is not a finite number"),
        ({"clients": [CLIENT], "loans": [LOAN | {"amount": True}]}, "column 'amount' is not a finite number"),
        ({"clients": [CLIENT], "loans": [LOAN | {"amount": -1}]}, "column 'amount' is below 0"),
        ({"clients": [CLIENT], "loans": [LOAN | {"amount": 1e18}]}, "column 'amount' is larger than"),
        ({"clients": [CLIENT], "loans": [LOAN | {"disbursed_on": "1/2/24"}]}, "'disbursed_on' is not an ISO date"),
        ({"clients": [CLIENT], "loans": [LOAN | {"instalment_count": 1.5}]}, "is not a whole number"),
        ({"clients": [CLIENT], "loans": [LOAN | {"client_id": 5}]}, "column 'client_id' is not text"),
        ({"clients": [CLIENT], "loans": [LOAN, LOAN]}, "row 2 of table 'loans' repeats a loan_id"),
        ({"clients": [CLIENT, CLIENT], "loans": [LOAN]}, "row 2 of table 'clients' repeats a client_id"),
        ({"clients": [CLIENT], "loans": [LOAN | {"client_id": "y"}]}, "row 1 of table 'loans' belongs to a client_id"),
        (
            one(closed_on="2024-02-01", closed_how="eaten"),
            "row 1 of table 'loans', column 'closed_how', is with a value",
        ),
        (one(closed_on="2023-12-31"), "row 1 of table 'loans', column 'closed_on', is closed before disbursed_on"),
        (one(disbursed_on="0001-01-01"), "row 1 of table 'loans', column 'disbursed_on', is dated before 1950"),
        (one(disbursed_on="20250601"), "row 1 of table 'loans', column 'disbursed_on' is not an ISO date"),
        (one(disbursed_on="2025-W20-1"), "row 1 of table 'loans', column 'disbursed_on' is not an ISO date"),
        (one(disbursed_on="2025-02-30"), "row 1 of table 'loans', column 'disbursed_on' is not a day of the calendar"),
        (one(loan_id=""), "row 1 of table 'loans', column 'loan_id' is empty"),
        (one(loan_id=" 1"), "row 1 of table 'loans', column 'loan_id' has blanks around the value"),
        (one(client_id="x\n"), "row 1 of table 'loans', column 'client_id' has blanks around the value"),
        (one(instalment_count=2**40), "row 1 of table 'loans', column 'instalment_count' is larger than"),
        (one(purpose="\ud800"), "row 1 of table 'loans', column 'purpose'"),
        (one() | {"clients": [CLIENT | {"client_id": "\ud800"}]}, "row 1 of table 'clients', column 'client_id'"),
        (one() | {"clients": [CLIENT | {"\ud800": "x"}]}, "table 'clients' has no column"),
        (one() | {"clients": [CLIENT | {"client_id": ""}]}, "row 1 of table 'clients', column 'client_id' is empty"),
        (
            one(currency="KES")
            | {"loans": [LOAN | {"currency": c, "loan_id": c or "n"} for c in ("KES", None, "USD")]},
            "row 3 of table 'loans', column 'currency', is in another currency",
        ),
        (
            one() | {"departures": [{"client_id": "x", "left_on": "2024-06-01", "leaver_type": "WOW"}]},
            "row 1 of table 'departures', column 'leaver_type', is with a value outside the closed list",
        ),
        (
            one() | {"savings": [{**SAVED, "kind": "deposit"}, {**SAVED, "kind": "x"}]},
            "row 2 of table 'savings', column 'kind', is with a value outside the closed list deposit",
        ),
        (
            one() | {"repayments": [{"loan_id": "1", "paid_on": "2024-02-01", "amount": 1, "repayment_id": "r"}] * 2},
            "row 2 of table 'repayments' repeats a repayment_id",
        ),
        ({"clients": [CLIENT | {"phone_ok": "yes"}], "loans": [LOAN]}, "is neither true nor false"),
    ],
)
@pytest.mark.parametrize("context", ["stored", "none"])
def test_rows_that_cannot_be_used_are_named_by_place(ask: Ask, tables: dict[str, Any], said: str, context: str) -> None:
    text = json.dumps({"as_of": "2024-06-30", "tables": tables, "context": context})

    answer = ask("analyst", "/v1/score", "POST", content=text, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert said in answer.json()["error"]["message"]
    assert set(answer.json()["error"]) == {"code", "message", "hint"}


@pytest.mark.parametrize("as_of", ["9999-12-31", "0001-01-01"])
def test_a_date_no_book_can_stand_on_is_refused(ask: Ask, as_of: str) -> None:
    answer = ask("analyst", "/v1/score", "POST", json={"as_of": as_of, "tables": one(), "context": "none"})

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith("as_of is before 1950 or after 2099")


def test_an_empty_text_is_no_value(ask: Ask) -> None:
    tables = one(closed_how="", product_id="", currency="")

    found = [
        ask("analyst", "/v1/score", "POST", json={"as_of": "2024-06-30", "tables": sent, "context": "none"}).json()
        for sent in (tables, one(closed_how=None, product_id=None, currency=None))
    ]

    assert found[0]["scores"] == found[1]["scores"] != []


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_figures_that_are_not_finite_are_refused(ask: Ask, figure: str) -> None:
    text = json.dumps({"as_of": "2024-06-30", "tables": {"clients": [CLIENT], "loans": [LOAN]}})

    answer = ask("analyst", "/v1/score", "POST", content=text.replace("100.0", figure), headers=JSON)

    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"as_of": "2024-06-30"}', '{"as_of": "x", "tables": {}}', '{"tables": {"clients": 1}}', "\xff"],
)
def test_what_is_no_request_is_refused(ask: Ask, text: str) -> None:
    answer = ask("analyst", "/v1/score", "POST", content=text.encode("latin-1"), headers=JSON)

    assert answer.status_code == (400 if text == "\xff" else 422)
    assert set(answer.json()) == {"error"}


def test_too_many_clients_are_refused(ask: Ask) -> None:
    people = [{"client_id": f"x{n}", "joined_on": "2024-01-01"} for n in range(201)]

    answer = ask(
        "analyst", "/v1/score", "POST", json={"as_of": "2024-06-30", "tables": {"clients": people, "loans": []}}
    )

    assert answer.status_code == 413
    assert "at most 20000 rows and 200 clients" in answer.json()["error"]["message"]
