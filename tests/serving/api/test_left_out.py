"""Who objected, or was erased, is not computed and not told, though the scores of last Sunday or a caller name her."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from serving import rights
from serving.access import OPERATOR
from serving.app import create_app
from serving.settings import Settings

NOW = datetime(2024, 7, 1, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 1)
Body = Callable[..., dict[str, Any]]


@dataclass
class Home:
    """An application over a home in which one client objected and another was erased since the lists were drawn."""

    app: FastAPI
    send: Callable[..., httpx.Response]
    objector: str
    erased: str
    other: str
    officer: str

    def questions(self, scope: str, path: str) -> list[str]:
        """What the database is asked for one request."""
        heard: list[str] = []

        def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            heard.append(statement)

        engine = self.app.state.served.store.engine
        event.listen(engine, "before_cursor_execute", listen)
        try:
            self.send(scope, path)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return heard


@pytest.fixture(scope="module")
def later(lived: Any, client_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("left out") / "home"
    shutil.copytree(lived.home.path, folder)
    app = create_app(folder, now=lambda: NOW)
    client, shared = client_of(app), app.state.served

    def send(scope: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        answer: httpx.Response = client.request(
            method, path, headers={"Authorization": f"Bearer {lived.tokens[scope]}"}, **more
        )
        return answer

    people = lived.tables["clients"]
    mine = [
        client_id
        for client_id in people.loc[people["officer_id"] == "o0", "client_id"]
        if send("officer:o0", f"/v1/clients/{client_id}/risk").status_code == 200
    ]
    objector, erased, other = mine[:3]
    rights.object_to(shared.store, objector, NOW, TODAY, OPERATOR)
    rights.erase(shared.store, shared.home, Settings(), erased, NOW, TODAY, OPERATOR)
    yield Home(app, send, objector, erased, other, "officer:o0")
    shared.store.close()


@pytest.mark.parametrize("scope", ["officer:o0", "manager:b0", "desk", "analyst", "admin"])
def test_how_an_objector_stands_is_answered_as_for_nobody(later: Home, scope: str) -> None:
    nobody = later.send(scope, "/v1/clients/nobody/risk")
    for client in (later.objector, later.erased):
        answer = later.send(scope, f"/v1/clients/{client}/risk")

        assert (answer.status_code, answer.text) == (404, nobody.text)
    assert later.send(scope, f"/v1/clients/{later.other}/risk").status_code == 200


@pytest.mark.parametrize("scope", ["officer:o0", "officer:o1", "analyst"])
def test_an_objector_takes_the_same_questions_as_nobody(later: Home, scope: str) -> None:
    nobody = later.questions(scope, "/v1/clients/nobody/risk")

    assert later.questions(scope, f"/v1/clients/{later.objector}/risk") == nobody
    assert later.questions(scope, f"/v1/clients/{later.erased}/risk") == nobody


@pytest.mark.parametrize("context", ["stored", "none"])
def test_of_who_is_left_out_nothing_is_computed_and_the_answer_says_so(later: Home, posted: Body, context: str) -> None:
    alone = later.send("analyst", "/v1/score", "POST", json=posted(later.other, context=context)).json()
    sent = posted(later.objector, later.erased, later.other, context=context)

    answer = later.send("analyst", "/v1/score", "POST", json=sent).json()

    assert answer["left_out"] == sorted([later.objector, later.erased])
    assert answer["scores"] == alone["scores"]
    assert [one["client_id"] for one in answer["scores"]] == [later.other]
    assert (answer["not_at_risk"], alone["left_out"]) == ([], [])


@pytest.mark.parametrize("context", ["stored", "none"])
def test_where_everybody_sent_is_left_out_nobody_is_scored(later: Home, posted: Body, context: str) -> None:
    sent = posted(later.objector, later.erased, context=context)

    answer = later.send("analyst", "/v1/score", "POST", json=sent)

    assert answer.status_code == 200
    assert (answer.json()["scores"], answer.json()["not_at_risk"]) == ([], [])
    assert answer.json()["left_out"] == sorted([later.objector, later.erased])


def test_rows_of_who_is_left_out_are_judged_like_all_others(later: Home, posted: Body) -> None:
    sent = posted(later.objector, later.other)
    sent["tables"]["loans"][0]["amount"] = -1

    assert later.send("analyst", "/v1/score", "POST", json=sent).status_code == 422


def test_the_description_names_who_was_left_out(later: Home) -> None:
    described = later.send("analyst", "/v1/openapi.json").json()["components"]["schemas"]["ScoreAnswer"]

    assert "left_out" in described["required"]
    assert "objected or were erased" in described["properties"]["left_out"]["description"]
