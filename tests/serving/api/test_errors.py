"""Every error has one shape, ``{"error": {"code", "message", "hint"}}``, and repeats nothing that was sent."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from serving.app import create_app
from serving.home import Home

OUTCOME = "00000000-0000-4000-8000-000000000001"
ROUTES = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/v1/models/current"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/lists/current"),
    ("GET", "/v1/lists/2024-W27"),
    ("GET", "/v1/clients/c000/risk"),
    ("POST", "/v1/score"),
    ("GET", "/v1/outcomes"),
    ("POST", "/v1/outcomes"),
    ("POST", "/v1/outcomes/paper"),
    ("POST", f"/v1/outcomes/{OUTCOME}/settle"),
    ("GET", "/v1/measures"),
    ("GET", "/v1/visits"),
    ("GET", "/v1/effect"),
    ("GET", "/v1/drivers"),
    ("GET", "/v1/reports"),
    ("GET", "/v1/reports/2024-06"),
    ("GET", "/v1/drivers/features/loans_taken"),
    ("POST", "/v1/survey"),
    ("GET", "/v1/survey/reasons"),
    ("GET", "/v1/survey/whistles"),
    ("GET", "/v1/objectives"),
    ("GET", "/v1/feedback"),
    ("POST", "/v1/feedback"),
    ("POST", f"/v1/feedback/{OUTCOME}/move"),
]
OPEN = {"/healthz", "/readyz"}


def shaped(answer: httpx.Response, status: int) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    body: dict[str, dict[str, str]] = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint"}
    assert all(body["error"].values())
    return body["error"]


def test_these_are_all_routes(client: Any) -> None:
    described = client.app.openapi()["paths"]
    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}

    named = {"2024-W27": "{week}", "c000": "{client_id}", "2024-06": "{month}", "loans_taken": "{feature}"}
    named[OUTCOME] = "{outcome_id}"
    told = {(method, "/".join(named.get(part, part) for part in path.split("/"))) for method, path in ROUTES}
    told = {(method, path.replace("feedback/{outcome_id}", "feedback/{finding_id}")) for method, path in told}
    assert told == routes


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc", "Bearer ew_" + "A" * 43])
def test_without_a_valid_token_there_is_no_answer(client: Any, method: str, path: str, header: str | None) -> None:
    answer = client.request(method, path, headers={"Authorization": header} if header else {})

    assert shaped(answer, 401)["code"] == "no_access"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_wrong_method_gets_the_one_shape(ask: Callable[..., httpx.Response], method: str, path: str) -> None:
    assert shaped(ask("admin", path, "DELETE"), 405)["code"] == "wrong_method"


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/clients/c000", "/v2/lists/current", "/docs", "/openapi.json"])
def test_an_unknown_address_gets_the_one_shape(ask: Callable[..., httpx.Response], path: str) -> None:
    assert shaped(ask("admin", path), 404)["code"] == "not_found"


@pytest.mark.parametrize("scope", ["officer:o0", "manager:b0", "desk"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/metrics"), ("POST", "/v1/score")])
def test_numbers_are_for_analysts(
    ask: Callable[..., httpx.Response], posted: Callable[..., Any], scope: str, method: str, path: str
) -> None:
    body = {"json": posted("c000")} if method == "POST" else {}

    assert shaped(ask(scope, path, method, **body), 403)["code"] == "not_allowed"


def test_a_body_that_is_too_large_is_not_read(ask: Callable[..., httpx.Response]) -> None:
    assert shaped(ask("analyst", "/v1/score", "POST", content=b"x" * 2_000_001), 413)["code"] == "too_large"


def test_a_body_of_unannounced_length_is_not_read_to_its_end(ask: Callable[..., httpx.Response]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100_000

    assert shaped(ask("analyst", "/v1/score", "POST", content=pieces()), 413)["code"] == "too_large"


def test_an_unforeseen_error_says_nothing_of_its_cause(
    lived: Any, client: Any, ask: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("client c000 owes 500")

    monkeypatch.setattr("serving.kept_scores.KeptScores.person", broken)
    answer = ask("admin", "/v1/clients/c000/risk")

    assert shaped(answer, 500)["code"] == "internal"
    assert "c000" not in answer.text


def test_every_answer_of_every_route_is_described(client: Any) -> None:
    described = client.app.openapi()

    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert {"200", "401", "403", "404", "405", "413", "422", "500", "503"} <= set(route["responses"]), path
            for status, answer in route["responses"].items():
                if status != "200":
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Error"}, (path, method, status)


def test_without_a_model_the_server_starts_and_says_it_is_not_ready(home: Home, client_of: Any) -> None:
    empty = client_of(create_app(home.path))

    assert empty.request("GET", "/healthz").json() == {"status": "alive"}
    assert shaped(empty.request("GET", "/readyz"), 503)["code"] == "not_ready"


def test_metrics_name_routes_and_never_clients(ask: Callable[..., httpx.Response]) -> None:
    ask("admin", "/v1/clients/c001/risk")

    text = ask("admin", "/metrics").text

    assert 'exitwatch_requests_total{method="GET",route="/v1/clients/{client_id:path}/risk",status="200"}' in text
    assert "c001" not in text


def test_methods_that_somebody_makes_up_are_counted_as_one(client: Any, ask: Callable[..., httpx.Response]) -> None:
    for place in range(3):
        client.request(f"MADEUP{place}", "/healthz")

    text = ask("admin", "/metrics").text

    assert 'method="OTHER",route="/healthz",status="405"} 3.0' in text
    assert "MADEUP" not in text
