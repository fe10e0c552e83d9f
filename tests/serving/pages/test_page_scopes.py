"""For every page, from the application's own routes: who gets it, and that everybody else gets the same nothing."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from kept import keep_measures, keep_risks, keep_scores
from kept_report import keep_report
from office import AS_OF, NOW, PEOPLE, lists
from sqlalchemy import event
from starlette.routing import Route
from surveyed import find, want

from serving import handovers, holds, issued, outcomes
from serving.given import Given, Sheet
from serving.holds import Hold, Reach
from serving.outcomes import By

EVERYBODY = frozenset(PEOPLE)
ANALYSTS = frozenset({"ann", "adam"})
OFFICER_OF_IT = frozenset({"amina", "beatrice"})
PLANNERS = frozenset({"amina", "kofi", "joyce", "beatrice", "bashir", "dorcas"})
HANDOVER = "5b2f8a50-2a52-4d39-8d35-6a59a8d0a001"
OBJECTIVES, SURVEY = "/analysis/objectives", "/analysis/survey"
#: The id that the words and the owner of the made-up finding give it.
FINDING = "47009d27-a533-530a-a43b-06c7e2f003f1"


@dataclass(frozen=True)
class Row:
    """One route: an address of it, and who gets it."""

    address: str
    may: frozenset[str]
    public: bool = False


#: Every route that makes a page. One that is added without a row here fails the suite.
ROWS = {
    ("GET", "/"): Row("/", EVERYBODY),
    ("GET", "/login"): Row("/login", EVERYBODY, public=True),
    ("POST", "/login"): Row("/login", EVERYBODY, public=True),
    ("POST", "/logout"): Row("/logout", EVERYBODY),
    ("GET", "/login/openid"): Row("/login/openid", frozenset(), public=True),
    ("GET", "/login/openid/back"): Row("/login/openid/back", frozenset(), public=True),
    ("GET", "/account"): Row("/account", EVERYBODY),
    ("POST", "/account/password"): Row("/account/password", EVERYBODY),
    ("POST", "/language"): Row("/language", EVERYBODY, public=True),
    ("GET", "/static/{digest}/{name}"): Row("/static/x/style.css", frozenset(), public=True),
    ("GET", "/service-worker.js"): Row("/service-worker.js", EVERYBODY, public=True),
    ("GET", "/manifest.webmanifest"): Row("/manifest.webmanifest", EVERYBODY, public=True),
    ("GET", "/offline"): Row("/offline", EVERYBODY, public=True),
    ("GET", "/pages/me.json"): Row("/pages/me.json", EVERYBODY),
    ("GET", "/pages/list.json"): Row("/pages/list.json", frozenset({"amina", "kofi", "joyce"})),
    ("GET", "/lists"): Row("/lists", frozenset({"amina", "kofi", "joyce"})),
    ("GET", "/lists/{list_id}"): Row("/lists/2024-W27-o1", OFFICER_OF_IT),
    ("GET", "/lists/{list_id}/{place}"): Row("/lists/2024-W27-o1/3", OFFICER_OF_IT),
    ("POST", "/lists/{list_id}/{place}"): Row("/lists/2024-W27-o1/3", OFFICER_OF_IT),
    ("GET", "/lists/{list_id}/file/{kind}"): Row("/lists/2024-W27-o1/file/csv", OFFICER_OF_IT),
    ("POST", "/settle/{outcome_id}"): Row("/settle/none", frozenset()),
    ("GET", "/desk"): Row("/desk", frozenset({"dorcas"})),
    ("GET", "/desk/hand-over/{list_id}/{place}"): Row("/desk/hand-over/2024-W27-desk/2", frozenset({"dorcas"})),
    ("POST", "/desk/hand-over/{list_id}/{place}"): Row("/desk/hand-over/2024-W27-desk/2", frozenset({"dorcas"})),
    ("GET", "/desk/paper"): Row("/desk/paper", frozenset({"dorcas"})),
    ("POST", "/desk/paper"): Row("/desk/paper", frozenset()),
    ("GET", "/branch"): Row("/branch", frozenset({"beatrice", "bashir"})),
    ("GET", "/visits"): Row("/visits", PLANNERS),
    ("GET", "/visits/file/{kind}"): Row("/visits/file/csv", PLANNERS),
    ("GET", "/visits/chart/{name}/{width}"): Row(
        "/visits/chart/hours/300", frozenset({"dorcas", "beatrice", "bashir"})
    ),
    ("GET", "/visits/table/{name}"): Row("/visits/table/hours", frozenset({"dorcas", "beatrice", "bashir"})),
    ("GET", "/branch/paper"): Row("/branch/paper", frozenset({"beatrice", "bashir"})),
    ("POST", "/branch/paper"): Row("/branch/paper", frozenset()),
    ("POST", "/branch/handed/{handover_id}"): Row(f"/branch/handed/{HANDOVER}", frozenset({"beatrice"})),
    ("GET", "/branch/handed/{handover_id}/found"): Row(f"/branch/handed/{HANDOVER}/found", frozenset({"beatrice"})),
    ("POST", "/branch/handed/{handover_id}/found"): Row(f"/branch/handed/{HANDOVER}/found", frozenset({"beatrice"})),
    ("GET", "/holds"): Row("/holds", frozenset({"dorcas", "beatrice", "bashir", "paula"})),
    ("POST", "/holds"): Row("/holds", frozenset({"dorcas", "beatrice", "bashir", "paula"})),
    ("POST", "/holds/{hold_id}/lift"): Row("/holds/none/lift", frozenset()),
    ("GET", "/rights"): Row("/rights", frozenset({"paula"})),
    ("POST", "/rights/export"): Row("/rights/export", frozenset({"paula"})),
    ("POST", "/rights/correct"): Row("/rights/correct", frozenset({"paula"})),
    ("POST", "/rights/object"): Row("/rights/object", frozenset({"paula"})),
    ("POST", "/rights/erase"): Row("/rights/erase", frozenset({"paula"})),
    ("GET", "/audit"): Row("/audit", frozenset({"paula", "adam"})),
    ("POST", "/audit/verify"): Row("/audit/verify", frozenset({"paula", "adam"})),
    ("GET", "/analysis"): Row("/analysis", ANALYSTS),
    ("GET", "/analysis/segments"): Row("/analysis/segments", ANALYSTS),
    ("GET", "/analysis/cohorts"): Row("/analysis/cohorts", ANALYSTS),
    ("GET", "/analysis/drivers"): Row("/analysis/drivers", ANALYSTS),
    ("GET", "/analysis/drivers/segments"): Row("/analysis/drivers/segments", ANALYSTS),
    ("GET", "/analysis/deciles"): Row("/analysis/deciles", ANALYSTS),
    ("GET", "/analysis/events"): Row("/analysis/events", ANALYSTS),
    ("GET", "/analysis/model"): Row("/analysis/model", ANALYSTS),
    ("GET", "/analysis/effect"): Row("/analysis/effect", ANALYSTS),
    ("GET", "/analysis/objectives"): Row("/analysis/objectives", ANALYSTS),
    ("GET", "/analysis/objectives/chart/{name}/{width}"): Row(f"{OBJECTIVES}/chart/objective-1/300", ANALYSTS),
    ("GET", "/analysis/objectives/table/{name}"): Row(f"{OBJECTIVES}/table/objective-1", ANALYSTS),
    ("GET", "/analysis/findings"): Row("/analysis/findings", ANALYSTS),
    ("POST", "/analysis/findings"): Row("/analysis/findings", ANALYSTS),
    ("GET", "/analysis/findings/{finding_id}"): Row(f"/analysis/findings/{FINDING}", ANALYSTS),
    ("POST", "/analysis/findings/{finding_id}"): Row(f"/analysis/findings/{FINDING}", ANALYSTS),
    ("GET", "/analysis/survey"): Row("/analysis/survey", ANALYSTS),
    ("GET", "/analysis/survey/agreement"): Row("/analysis/survey/agreement", ANALYSTS),
    ("GET", "/analysis/survey/chart/{name}/{width}"): Row(f"{SURVEY}/chart/root-sample-leavers-1/300", ANALYSTS),
    ("GET", "/analysis/survey/table/{name}"): Row(f"{SURVEY}/table/root-sample-leavers-1", ANALYSTS),
    ("GET", "/analysis/survey/answer"): Row("/analysis/survey/answer", ANALYSTS),
    ("POST", "/analysis/survey/answer"): Row("/analysis/survey/answer", ANALYSTS),
    ("GET", "/analysis/chart/{name}/{width}"): Row("/analysis/chart/exits-month/300", ANALYSTS),
    ("GET", "/analysis/table/{name}"): Row("/analysis/table/exits-month", ANALYSTS),
    ("GET", "/analysis/reports/{month}.pdf"): Row("/analysis/reports/2024-06.pdf", ANALYSTS),
    ("GET", "/accounts"): Row("/accounts", frozenset({"adam"})),
    ("POST", "/accounts"): Row("/accounts", frozenset({"adam"})),
    ("POST", "/accounts/{username}/{what}"): Row("/accounts/amina/unlock", frozenset({"adam"})),
}

#: Whatever names a client, an officer or a list of the institution.
SECRETS = re.compile("Wanjiru|K-20417|Kamau|Abena|N-30001|2024-W27-o2-[a-z]{3}|Amina Otieno|Kofi Mensah")


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route of pages; a router that was included keeps its routes to itself."""
    routers = [getattr(route, "original_router", None) for route in app.routes]
    routes = [*app.routes, *(route for router in routers if router is not None for route in router.routes)]
    return {
        (method, route.path)
        for route in routes
        if isinstance(route, Route) and "pages" in (getattr(route, "tags", None) or ())
        for method in (route.methods or set()) - {"HEAD"}
    }


@pytest.fixture(scope="module")
def begun(surveyed: Path) -> Path:
    """Each test begins where leavers were asked."""
    return surveyed


@pytest.fixture
def waiting(site: Any) -> Iterator[Any]:
    """A line of the desk waits at the first branch, measures were kept, leavers asked, and something was found."""
    keep_measures(site.home)
    keep_risks(site.home, AS_OF, [line.client_id for page in lists() for line in page.lines])
    want(site.home, site.store)
    find(site.store)
    keep_report(site.home, "2024-06")
    with site.store.write() as connection:
        newest = issued.newest(connection)
        assert newest
        desk = next(page for page in issued.sheets(connection, newest) if page.is_desk)
        handovers.hand(
            connection, Sheet.of(desk), "K-20222", "b1", handover_id=HANDOVER, note="", actor="dorcas", at=NOW
        )
        holds.add(connection, Hold.OPT_OUT, Reach.CLIENT, "K-20533", NOW.date(), None, actor="dorcas", at=NOW)
    yield site
    (site.home.path / "objectives.toml").unlink()
    shutil.rmtree(site.home.scores, ignore_errors=True)


def test_every_page_has_a_row_here(app: FastAPI) -> None:
    assert routes_of(app) == set(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row))
def test_who_gets_a_page_and_who_gets_nothing(waiting: Any, row: tuple[str, str]) -> None:
    (method, _), wanted = row, ROWS[row]
    for username in PEOPLE:
        browser = waiting.entered(username)
        nowhere = "/pages/nothing" if wanted.address.startswith("/pages/") else "/nothing-of-this-name"
        nothing = browser.get(nowhere)
        answer = browser.ask(method, wanted.address, data={"csrf": browser.csrf} if method == "POST" else None)
        if username in wanted.may:
            assert answer.status_code in (200, 303, 401, 404, 422), (username, answer.status_code)
            assert answer.status_code != 404 or "Nothing is kept" in answer.text or row[1] == "/holds", username
        else:
            assert (username, answer.status_code) == (username, 404)
            assert answer.text.replace(wanted.address, "") == nothing.text.replace(nowhere, "")
            assert not SECRETS.search(answer.text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row))
def test_whoever_is_not_signed_in_gets_the_way_to_the_door_and_nothing_else(site: Any, row: tuple[str, str]) -> None:
    (method, _), wanted = row, ROWS[row]

    answer = site.anybody().ask(method, wanted.address)

    assert not SECRETS.search(answer.text)
    if wanted.public:
        assert answer.status_code in (200, 303, 401, 404)
    elif wanted.address.startswith("/pages/"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] == "POST"], ids=lambda row: row[1])
def test_a_form_that_another_site_sends_is_refused(site: Any, row: tuple[str, str]) -> None:
    browser = site.entered("amina")

    answer = browser.ask("POST", ROWS[row].address, data={"csrf": "guessed"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


@dataclass(frozen=True)
class Named:
    """An address or a form that names something, the same naming nothing, and who may ask for the former."""

    address: str
    nothing: str
    may: frozenset[str]
    sent: dict[str, str] = field(default_factory=dict)
    sent_nothing: dict[str, str] = field(default_factory=dict)


#: Of managers one may speak for a client, and the desk and the protection officer for all.
OF_FIRST_BRANCH = frozenset({"beatrice", "dorcas", "paula"})
DESKS, NOBODY = frozenset({"dorcas"}), frozenset[str]()
OUTCOME, OTHER = "6c2f8a50-2a52-4d39-8d35-6a59a8d0a002", "6c2f8a50-2a52-4d39-8d35-6a59a8d0a003"
#: For each route that names a client, a list, a hold, a handover or an outcome. In the addresses {hold} and {check}
#: stand for what the institution made up itself.
NAMED = {
    ("GET", "/lists/{list_id}"): (
        Named("/lists/2024-W27-o1", "/lists/2024-W27-o9", OFFICER_OF_IT),
        Named("/lists/2024-W27-desk", "/lists/2024-W27-o9", DESKS),
    ),
    ("GET", "/lists/{list_id}/{place}"): (
        Named("/lists/2024-W27-o1/3", "/lists/2024-W27-o9/3", OFFICER_OF_IT),
        Named("/lists/2024-W27-desk/1", "/lists/2024-W27-o9/1", DESKS),
    ),
    ("POST", "/lists/{list_id}/{place}"): (Named("/lists/2024-W27-o1/3", "/lists/2024-W27-o9/3", OFFICER_OF_IT),),
    ("GET", "/lists/{list_id}/file/{kind}"): (
        Named("/lists/2024-W27-o1/file/csv", "/lists/2024-W27-o9/file/csv", OFFICER_OF_IT),
    ),
    ("POST", "/settle/{outcome_id}"): (
        Named(f"/settle/{OUTCOME}", f"/settle/{OTHER}", OFFICER_OF_IT, {"keep": "this"}, {"keep": "this"}),
    ),
    ("GET", "/desk/hand-over/{list_id}/{place}"): (
        Named("/desk/hand-over/2024-W27-desk/2", "/desk/hand-over/2024-W27-x/2", DESKS),
        Named("/desk/hand-over/2024-W27-o1/2", "/desk/hand-over/2024-W27-x/2", NOBODY),
    ),
    ("POST", "/desk/hand-over/{list_id}/{place}"): (
        Named("/desk/hand-over/2024-W27-desk/2", "/desk/hand-over/2024-W27-x/2", DESKS),
        Named("/desk/hand-over/2024-W27-o1/2", "/desk/hand-over/2024-W27-x/2", NOBODY),
    ),
    ("GET", "/desk/paper"): (
        Named("/desk/paper?printed={check}", "/desk/paper?printed=2024-W27-o9-bcd", DESKS),
        Named("/desk/paper?printed=2024-W27-o1-zzz", "/desk/paper?printed=2024-W27-o9-bcd", NOBODY),
    ),
    ("POST", "/desk/paper"): (
        Named("/desk/paper", "/desk/paper", DESKS, {"printed": "{check}"}, {"printed": "2024-W27-o9-bcd"}),
    ),
    ("GET", "/branch/paper"): (
        Named("/branch/paper?printed={check}", "/branch/paper?printed=2024-W27-o9-bcd", frozenset({"beatrice"})),
    ),
    ("POST", "/branch/paper"): (
        Named(
            "/branch/paper",
            "/branch/paper",
            frozenset({"beatrice"}),
            {"printed": "{check}"},
            {"printed": "2024-W27-o9-bcd"},
        ),
    ),
    ("POST", "/branch/handed/{handover_id}"): (
        Named(f"/branch/handed/{HANDOVER}", f"/branch/handed/{OTHER}", frozenset({"beatrice"})),
    ),
    ("GET", "/branch/handed/{handover_id}/found"): (
        Named(f"/branch/handed/{HANDOVER}/found", f"/branch/handed/{OTHER}/found", frozenset({"beatrice"})),
    ),
    ("POST", "/branch/handed/{handover_id}/found"): (
        Named(f"/branch/handed/{HANDOVER}/found", f"/branch/handed/{OTHER}/found", frozenset({"beatrice"})),
    ),
    ("GET", "/holds"): (
        Named("/holds?client=K-20533", "/holds?client=K-0", OF_FIRST_BRANCH),
        Named("/holds?client=K-1", "/holds?client=K-0", OF_FIRST_BRANCH),
        Named("/holds?client=X-1", "/holds?client=K-0", frozenset({"dorcas", "paula"})),
    ),
    ("POST", "/holds"): (
        *(
            Named(
                "/holds",
                "/holds",
                OF_FIRST_BRANCH,
                {"client": client, "reach": "client", "kind": kind},
                {"client": "K-0", "reach": "client", "kind": kind},
            )
            for client in ("K-20533", "K-1")
            for kind in ("unsafe", "objection")
        ),
        Named(
            "/holds",
            "/holds",
            OF_FIRST_BRANCH,
            {"target": "b1", "reach": "branch", "kind": "unsafe"},
            {"target": "b9", "reach": "branch", "kind": "unsafe"},
        ),
    ),
    ("POST", "/holds/{hold_id}/lift"): (
        Named(
            "/holds/{hold}/lift",
            f"/holds/{OTHER}/lift",
            OF_FIRST_BRANCH,
            {"target": "K-20533"},
            {"target": "K-0"},
        ),
        Named(
            "/holds/{of_branch}/lift",
            f"/holds/{OTHER}/lift",
            OF_FIRST_BRANCH,
            {"target": "b1"},
            {"target": "b9"},
        ),
    ),
    ("GET", "/rights"): (Named("/rights?client=K-20533", "/rights?client=K-0", frozenset({"paula"})),),
    **{
        ("POST", f"/rights/{act}"): (
            Named(f"/rights/{act}", f"/rights/{act}", frozenset({"paula"}), {"client": "K-20533"}, {"client": "K-0"}),
        )
        for act in ("export", "correct", "object", "erase")
    },
    ("GET", "/audit"): (Named("/audit?client=K-20533", "/audit?client=K-0", frozenset({"paula", "adam"})),),
}


@pytest.fixture
def busy(waiting: Any) -> Iterator[tuple[Any, dict[str, str]]]:
    """With scores of two clients on no list, a branch in peace, and an entry that waits; and the made-up ids."""
    keep_scores(waiting.home, AS_OF, {"K-1": "b1", "X-1": None}, {})
    with waiting.store.write() as connection:
        found = issued.sheet(connection, "2024-W27-o1")
        assert found
        for number, code in ((HANDOVER, "S"), (OUTCOME, "T")):
            given = Given.of(outcome_id=number, client_id="K-20533", happened_on="2024-07-01", code=code, kind="visit")
            outcomes.record(connection, Sheet.of(found[1]), given, By("x", "officer", "phone"), NOW, NOW.date())
        many = holds.add(connection, Hold.UNSAFE, Reach.BRANCH, "b1", NOW.date(), None, actor="dorcas", at=NOW)
        one = next(iter(holds.every(connection, "K-20533")))
    yield waiting, {"{hold}": one.hold_id, "{of_branch}": many.hold_id, "{check}": found[1].printed_id}
    shutil.rmtree(waiting.home.scores)


def questions(site: Any, username: str, method: str, address: str, sent: dict[str, str]) -> tuple[int, list[str]]:
    """How somebody is answered, and what the database is asked meanwhile."""
    heard: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        heard.append(statement)

    browser = site.entered(username)
    event.listen(site.store.engine, "before_cursor_execute", listen)
    try:
        answer = browser.ask(method, address, data={"csrf": browser.csrf} | sent if method == "POST" else None)
    finally:
        event.remove(site.store.engine, "before_cursor_execute", listen)
    return answer.status_code, heard


def test_every_address_that_names_something_is_among_the_named() -> None:
    naming = re.compile("client|list_id|place|hold|handed|handover|outcome|paper|/rights/|/audit$|/rights$")
    of_one = {(method, path) for method, path in ROWS if naming.search(path) and not path.startswith("/audit/")}

    assert of_one == set(NAMED)


@pytest.mark.parametrize("row", NAMED, ids=lambda row: " ".join(row))
def test_what_is_not_theirs_takes_the_same_questions_as_what_is_not_there(
    busy: tuple[Any, dict[str, str]], row: tuple[str, str]
) -> None:
    """So that no stop-watch tells the one from the other: the database is asked the same, and nothing more is read."""
    (method, _), (site, made_up) = row, busy

    def filled(text: str) -> str:
        for word, known in made_up.items():
            text = text.replace(word, known)
        return text

    for each in NAMED[row]:
        for username in sorted(set(PEOPLE) - each.may):
            questions(site, username, method, each.nothing, each.sent_nothing)  # whatever is made once is made now
            sent = {name: filled(text) for name, text in each.sent.items()}
            theirs = questions(site, username, method, filled(each.address), sent)
            nothing = questions(site, username, method, each.nothing, each.sent_nothing)

            assert (username, *theirs) == (username, *nothing)


@pytest.mark.parametrize("address", ["/branch", "/holds?client=N-30001", "/lists/2024-W27-o2", "/lists/2024-W27-o2/1"])
def test_a_manager_gets_nothing_of_another_branch(site: Any, address: str) -> None:
    text = site.entered("beatrice").get(address).text

    assert not re.search("Abena|Kofi|Nakuru", text)


def test_the_desk_gets_no_officers_list_and_no_branch_the_desks(site: Any) -> None:
    assert site.entered("dorcas").get("/lists/2024-W27-o1").status_code == 404
    assert site.entered("beatrice").get("/lists/2024-W27-desk").status_code == 404


@pytest.mark.parametrize("path", ["/", "/login", "/account", "/lists", "/offline", "/nothing", "/service-worker.js"])
def test_every_answer_keeps_to_itself(site: Any, path: str) -> None:
    headers = site.entered("amina").get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] in ("private, no-store", "no-cache")
