"""Drawn requests against the interface's own description: no 5xx ever, and no answer it does not name."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.app import create_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(lived: Any) -> Iterator[Any]:
    app = create_app(lived.home.path, now=lambda: datetime(2024, 7, 1, 8, 0, tzinfo=UTC))
    description = schemathesis.openapi.from_asgi("/v1/openapi.json", app=app, headers=bearer(lived, "analyst"))
    yield description
    app.state.served.store.close()


def bearer(lived: Any, scope: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {lived.tokens[scope]}"}


@pytest.mark.parametrize("scope", ["analyst", "officer:o0", "manager:b0", "desk"])
def test_every_answer_is_one_that_is_described(described: Any, lived: Any, scope: str) -> None:
    asked = 0
    for operation in described.get_all_operations():
        drawn = operation.ok()

        @given(case=drawn.as_strategy())
        @settings(
            max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def ask(case: Any) -> None:
            nonlocal asked
            answer = case.call(headers=bearer(lived, scope))
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                assert set(answer.json()) == {"error"}
                assert set(answer.json()["error"]) == {"code", "message", "hint"}
            asked += 1

        ask()

    assert asked > 50
