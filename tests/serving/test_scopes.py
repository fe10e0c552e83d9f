"""For every route of the application: nobody gets anything of what is not theirs, nor whether there is any.

The routes are found in the application's own table. One that is added without a row in `ROWS` fails the suite; pages
have their rows in `pages/test_page_scopes.py`.
"""

import asyncio
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from kept_report import keep_report
from sqlalchemy import event
from starlette.routing import BaseRoute, Route

from serving import findings, issued, outcomes
from serving.access import OPERATOR
from serving.app import create_app
from serving.given import Given, Sheet
from serving.home import Home
from serving.line import DESK

NOW = datetime(2024, 7, 2, 8, 0, tzinfo=UTC)
TODAY = date(2024, 7, 2)
WEEK = "2024-W27"
FINDING = str(uuid.uuid5(uuid.NAMESPACE_OID, "A finding\nSomebody"))


@dataclass(frozen=True)
class Things:
    """What an address or a body can name: of somebody, or of nobody."""

    client: str
    list_id: str
    printed_id: str
    outcome: str
    fresh: str
    officer_of_client: str = "nobody"
    branch_of_client: str = "nowhere"


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    json: Any = None


@dataclass(frozen=True)
class Row:
    """What is expected of one route.

    Parameters
    ----------
    ask
        Requests that name some things, as one would send them to get at those.
    may
        Kinds of callers who get an answer of their own; for everybody else every such thing is not there, or the
        whole route is refused.
    public
        Answered to anybody, with nothing of anybody in it.
    fixed
        The same text for all who get it, whatever the institution holds.
    """

    ask: Callable[[Things], Sequence[Ask]]
    may: frozenset[str] = field(default=frozenset())
    public: bool = False
    fixed: bool = False


SCORED = frozenset({"officer", "manager", "desk", "analyst", "admin"})
NUMBERS = frozenset({"analyst", "admin"})
EVERYBODY = SCORED | {"dpo", "credit"}


def get(path: str) -> Callable[[Things], Sequence[Ask]]:
    return lambda things: [Ask("GET", path)]


def entered(things: Things) -> dict[str, Any]:
    return {
        "outcome_id": things.fresh,
        "list_id": things.list_id,
        "client_id": things.client,
        "happened_on": "2024-07-01",
        "kind": "visit",
        "code": "S",
    }


def answered(things: Things) -> dict[str, Any]:
    said = {"interviewer_role": "outside", "leaver_type": "VOL", "reasons": ["BUS-1"]}
    return {"answers": [{"client_id": things.client, "interviewed_on": "2024-07-01", "consent": True, **said}]}


def returned(things: Things) -> dict[str, Any]:
    line = {"place": 1, "code": "S", "kind": "visit"}
    return {"printed_id": things.printed_id, "happened_on": "2024-07-01", "lines": [line]}


def posted(things: Things) -> dict[str, Any]:
    loan = {"loan_id": "1", "client_id": things.client, "disbursed_on": "2024-01-01", "amount": 9}
    clients = [{"client_id": things.client, "joined_on": "2024-01-01"}]
    return {"as_of": "2024-06-30", "tables": {"clients": clients, "loans": [loan]}}


ROWS = {
    ("GET", "/healthz"): Row(get("/healthz"), EVERYBODY, public=True),
    ("GET", "/readyz"): Row(get("/readyz"), EVERYBODY, public=True),
    ("GET", "/metrics"): Row(get("/metrics"), NUMBERS),
    ("GET", "/v1/models/current"): Row(get("/v1/models/current"), SCORED),
    ("GET", "/v1/openapi.json"): Row(get("/v1/openapi.json"), EVERYBODY, fixed=True),
    ("GET", "/v1/drivers"): Row(get("/v1/drivers"), NUMBERS | {"manager"}),
    ("GET", "/v1/drivers/features/{feature}"): Row(get("/v1/drivers/features/loans_taken"), NUMBERS),
    ("GET", "/v1/effect"): Row(get("/v1/effect"), NUMBERS),
    ("GET", "/v1/measures"): Row(get("/v1/measures"), NUMBERS | {"manager"}),
    ("GET", "/v1/reports"): Row(get("/v1/reports"), NUMBERS),
    ("GET", "/v1/reports/{month}"): Row(get("/v1/reports/2024-06"), NUMBERS),
    ("GET", "/v1/lists/current"): Row(get("/v1/lists/current"), SCORED),
    ("GET", "/v1/lists/{week}"): Row(get(f"/v1/lists/{WEEK}"), SCORED),
    ("GET", "/v1/visits"): Row(get("/v1/visits"), frozenset({"officer", "manager", "desk"})),
    ("GET", "/v1/clients/{client_id:path}/risk"): Row(
        lambda things: [Ask("GET", f"/v1/clients/{things.client}/risk")], SCORED
    ),
    ("POST", "/v1/score"): Row(lambda things: [Ask("POST", "/v1/score", posted(things))], NUMBERS),
    ("GET", "/v1/outcomes"): Row(lambda things: [Ask("GET", f"/v1/outcomes?list_id={things.list_id}")], SCORED),
    ("POST", "/v1/outcomes"): Row(
        lambda things: [Ask("POST", "/v1/outcomes", {"outcomes": [entered(things)]})],
        frozenset({"officer", "manager", "desk"}),
    ),
    ("POST", "/v1/outcomes/paper"): Row(
        lambda things: [Ask("POST", "/v1/outcomes/paper", returned(things))],
        frozenset({"officer", "manager", "desk"}),
    ),
    ("POST", "/v1/outcomes/{outcome_id}/settle"): Row(
        lambda things: [
            Ask("POST", f"/v1/outcomes/{things.outcome}/settle", {"keep": keep}) for keep in ("this", "other")
        ],
        frozenset({"officer", "manager", "desk"}),
    ),
    ("POST", "/v1/survey"): Row(lambda things: [Ask("POST", "/v1/survey", answered(things))], NUMBERS),
    ("GET", "/v1/survey/reasons"): Row(get("/v1/survey/reasons"), NUMBERS),
    ("GET", "/v1/survey/whistles"): Row(get("/v1/survey/whistles"), frozenset({"dpo"})),
    ("GET", "/v1/objectives"): Row(get("/v1/objectives"), NUMBERS | {"manager"}),
    ("GET", "/v1/feedback"): Row(get("/v1/feedback"), NUMBERS),
    ("POST", "/v1/feedback"): Row(
        lambda things: [Ask("POST", "/v1/feedback", {"finding": "A finding", "owner": "Somebody"})], NUMBERS
    ),
    ("POST", "/v1/feedback/{finding_id}/move"): Row(
        lambda things: [Ask("POST", f"/v1/feedback/{FINDING}/move", {"note": "Done"})], NUMBERS
    ),
}

#: Caller to those whose things are not theirs.
NOT_THEIRS = {
    "officer:o0": ("o1", "o2", DESK),
    "officer:o1": ("o0", "o2", DESK),
    "manager:b0": ("o1", DESK),
    "manager:b1": ("o0", "o2", DESK),
    "dpo": ("o0", "o1", DESK),
    "credit": ("o0", "o1", DESK),
}


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[Route]:
    """Every route, also those of routers that were included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif isinstance(route, Route):
            yield route
        else:
            raise TypeError(f"this suite does not know how to ask a {type(route).__name__}")


@dataclass
class Site:
    """The application over a home of its own, and what everybody has there."""

    app: FastAPI
    tokens: dict[str, str]
    things: dict[str, Things]
    secrets: dict[str, re.Pattern[str]]

    def ask(self, caller: str | None, asked: Ask) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[caller]}"} if caller else {}

        async def one() -> httpx.Response:
            door = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=door, base_url="http://exitwatch") as client:
                return await client.request(asked.method, asked.path, json=asked.json, headers=headers)

        return asyncio.run(one())

    def questions(self, caller: str, asked: Ask) -> list[str]:
        """What the database is asked for one request."""
        heard: list[str] = []

        def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            heard.append(statement)

        engine = self.app.state.served.store.engine
        event.listen(engine, "before_cursor_execute", listen)
        try:
            self.ask(caller, asked)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return heard


@pytest.fixture(scope="module")
def site(lived: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("scopes") / "home"
    shutil.copytree(lived.home.path, home)
    keep_report(Home(home), "2024-06")
    app = create_app(home, now=lambda: NOW)
    store = app.state.served.store
    people = lived.tables["clients"]
    names = lived.tables["directory"].set_index("client_id")
    things: dict[str, Things] = {}
    secrets: dict[str, re.Pattern[str]] = {}
    with store.write() as connection:
        findings.add(connection, "A finding", "Somebody", TODAY, OPERATOR, NOW)
        newest = issued.newest(connection, WEEK)
        assert newest is not None
        for page in issued.sheets(connection, newest):
            line = page.lines[0]
            hers = people.set_index("client_id").loc[line.client_id]
            things[page.officer_id] = Things(
                client=line.client_id,
                list_id=page.list_id,
                printed_id=page.printed_id,
                outcome=conflict(connection, page, line.client_id),
                fresh=fresh(len(things) + 1),
                officer_of_client=str(hers["officer_id"]),
                branch_of_client=str(hers["branch_id"]),
            )
            own = sorted(people.loc[people["officer_id"] == page.officer_id, "client_id"])
            words = [page.list_id, page.officer_name, *own, *names.loc[own, "name"], *names.loc[own, "phone"]]
            secrets[page.officer_id] = re.compile("|".join(rf"(?<![\w-]){re.escape(word)}(?!\w)" for word in words))
    yield Site(app, lived.tokens, things, secrets)
    store.close()


def fresh(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


def conflict(connection: Any, page: Any, client: str) -> str:
    """Two people found different things at a line: the one that waits."""
    for number, code in ((1, "S"), (2, "T")):
        given = Given.of(
            outcome_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{page.list_id} {number}")),
            client_id=client,
            happened_on="2024-07-01",
            kind="visit",
            code=code,
        )
        kept = outcomes.record(connection, Sheet.of(page), given, outcomes.By("x", "desk", "api"), NOW, TODAY)
    return str(kept.outcome_id)


NOTHING = Things("nobody", f"{WEEK}-nobody", f"{WEEK}-nobody-kfm", fresh(98), fresh(99))


def without_echo(text: str, things: Things) -> str:
    """An answer without what the request itself named."""
    for word in (things.printed_id, things.list_id, things.outcome, things.fresh, things.client):
        text = text.replace(word, "…")
    return text


def told(answer: httpx.Response, things: Things) -> tuple[int, str, dict[str, str]]:
    """All that an answer says."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
    return answer.status_code, without_echo(answer.text, things), headers


def test_every_route_has_a_row_here_or_among_the_pages(site: Site) -> None:
    found = {
        (method, route.path): "pages" in (getattr(route, "tags", None) or ())
        for route in routes_of(site.app.routes)
        for method in (route.methods or set()) - {"HEAD"}
    }

    assert {row for row, of_pages in found.items() if not of_pages} == set(ROWS)


def test_the_rows_ask_the_routes_they_name(site: Site) -> None:
    for (method, path), row in ROWS.items():
        pattern = re.compile(re.sub(r"\{[^}]+\}", ".+", path) + r"(\?.*)?")
        for asked in row.ask(site.things["o0"]):
            assert asked.method == method
            assert pattern.fullmatch(asked.path), asked.path


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_nobody_gets_the_same_refusal_whatever_is_asked(site: Site, row: tuple[str, str]) -> None:
    for owner in ("o0", "o1", DESK):
        for asked, nothing in zip(ROWS[row].ask(site.things[owner]), ROWS[row].ask(NOTHING), strict=True):
            answer = site.ask(None, asked)
            if ROWS[row].public:
                assert answer.status_code == 200
                assert not any(secret.search(answer.text) for secret in site.secrets.values())
                continue
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert told(answer, site.things[owner]) == told(site.ask(None, nothing), NOTHING)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("caller", NOT_THEIRS)
def test_what_is_not_theirs_looks_like_what_is_not_there(site: Site, caller: str, row: tuple[str, str]) -> None:
    for owner in NOT_THEIRS[caller]:
        things = site.things[owner]
        for asked, nothing in zip(ROWS[row].ask(things), ROWS[row].ask(NOTHING), strict=True):
            # A client the desk phones may be one of their own; that the desk has her is not told.
            own = caller in (f"officer:{things.officer_of_client}", f"manager:{things.branch_of_client}")
            if asked == nothing or (own and things.client in asked.path):
                continue
            answer = told(site.ask(caller, asked), things)

            assert answer == told(site.ask(caller, nothing), NOTHING)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("caller", NOT_THEIRS)
def test_what_is_not_theirs_takes_the_same_questions_as_what_is_not_there(
    site: Site, caller: str, row: tuple[str, str]
) -> None:
    """So that no stop-watch tells the one from the other: the database is asked the same, and nothing more is read."""
    for owner in NOT_THEIRS[caller]:
        things = site.things[owner]
        for asked, nothing in zip(ROWS[row].ask(things), ROWS[row].ask(NOTHING), strict=True):
            own = caller in (f"officer:{things.officer_of_client}", f"manager:{things.branch_of_client}")
            if asked == nothing or (own and things.client in asked.path):
                continue

            assert site.questions(caller, asked) == site.questions(caller, nothing)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("caller", NOT_THEIRS)
def test_no_answer_names_anything_that_is_not_theirs(site: Site, caller: str, row: tuple[str, str]) -> None:
    for owner, things in [*site.things.items(), ("", NOTHING)]:
        for asked in ROWS[row].ask(things):
            text = site.ask(caller, asked).text
            if ROWS[row].fixed:
                assert text == site.ask("admin", asked).text
                continue
            seen = without_echo(text, things) if owner in NOT_THEIRS[caller] else text
            for other in NOT_THEIRS[caller]:
                assert not site.secrets[other].search(seen), (asked.path, other)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_who_gets_an_answer_at_all(site: Site, row: tuple[str, str]) -> None:
    """Whoever is not in the row is refused, or finds nothing whatever is named."""
    answered = set()
    for caller in site.tokens:
        kind = caller.partition(":")[0]
        for things in site.things.values():
            for asked in ROWS[row].ask(things):
                answer = site.ask(caller, asked)
                refused = answer.status_code in (403, 404) or '"status":"refused"' in answer.text
                answered |= set() if refused else {kind}

    assert answered == ROWS[row].may


def test_a_system_that_decides_on_credit_gets_nothing_that_was_scored(site: Site) -> None:
    """Every client, every list, every way: the firewall between a forecast of leaving and a decision on a loan."""
    scored = re.compile(r'"(risk|band|margin|drivers|reasons|numbers|code)":(?!"(not_|forged|no_))')
    for row, wanted in ROWS.items():
        for things in site.things.values():
            for asked in wanted.ask(things):
                answer = site.ask("credit", asked)
                if not (wanted.public or wanted.fixed):
                    assert answer.status_code in (403, 404) or '"status":"refused"' in answer.text, row
                    assert not scored.search(answer.text), row
