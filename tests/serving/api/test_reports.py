"""Who gets the report of a month."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from kept_report import CONTENT, keep_report

from serving import audit
from serving.app import create_app
from serving.home import Home

Get = Callable[[str, str], httpx.Response]


@pytest.fixture(scope="module")
def app(lived: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("reports") / "home"
    shutil.copytree(lived.home.path, home)
    for month in ("2024-06", "2024-05"):
        keep_report(Home(home), month)
    (home / "reports" / "notes.pdf").write_bytes(b"no report")
    made = create_app(home, now=lambda: datetime(2024, 7, 2, 8, 0, tzinfo=UTC))
    yield made
    made.state.served.store.close()


@pytest.fixture(scope="module")
def get(app: Any, lived: Any, client_of: Callable[..., Any]) -> Get:
    def asked(scope: str, path: str) -> httpx.Response:
        answer: httpx.Response = client_of(app).request(
            "GET", path, headers={"Authorization": f"Bearer {lived.tokens[scope]}"}
        )
        return answer

    return asked


@pytest.mark.parametrize("caller", ["analyst", "admin"])
def test_analysts_get_the_months_there_are_and_each_as_pdf(get: Get, caller: str) -> None:
    assert get(caller, "/v1/reports").json() == {"months": ["2024-05", "2024-06"]}

    answer = get(caller, "/v1/reports/2024-06")

    assert (answer.content, answer.headers["content-type"]) == (CONTENT, "application/pdf")
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("caller", ["officer:o0", "manager:b0", "desk", "dpo", "credit"])
@pytest.mark.parametrize("path", ["/v1/reports", "/v1/reports/2024-06"])
def test_nobody_else_gets_any(get: Get, caller: str, path: str) -> None:
    assert get(caller, path).status_code == 403


@pytest.mark.parametrize("month", ["2024-04", "2024-13", "notes", "..%2Fsettings", "2024-06.pdf"])
def test_of_every_other_month_there_is_nothing(get: Get, month: str) -> None:
    assert get("analyst", f"/v1/reports/{month}").status_code == 404


def test_whoever_reads_one_stands_in_the_audit_log(app: Any, get: Get) -> None:
    get("analyst", "/v1/reports/2024-05")

    with app.state.served.store.read() as connection:
        last = list(audit.entries(connection))[-1]
    assert (str(last.event), json.loads(last.detail)) == ("figures_viewed", {"page": "report 2024-05"})
