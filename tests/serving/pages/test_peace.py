"""Peace for clients: placing a hold, seeing it at once, and lifting it, each within one's own branch."""

import re
from typing import Any

import pytest

from serving import audit, holds
from serving.events import Event


def placed(site: Any) -> list[tuple[str, str, str]]:
    with site.store.read() as connection:
        return [(each.kind, each.reach, each.target) for each in holds.every(connection)]


def ask(**more: str) -> dict[str, str]:
    return {"client": "K-20417", "reach": "client", "kind": "do_not_contact", "until": "", "note": ""} | more


def test_the_desk_leaves_a_client_in_peace_and_the_list_says_so_at_once(site: Any) -> None:
    answer = site.entered("dorcas").post("/holds", ask())

    assert answer.headers["location"] == "/holds?client=K-20417&done=held"
    assert placed(site) == [("do_not_contact", "client", "K-20417")]
    card = next(part for part in site.entered("amina").get("/lists").text.split("<li class=") if "Wanjiru" in part)
    assert "do not visit, do not call" in card
    with site.store.read() as connection:
        (entry,) = audit.entries(connection, event=Event.HOLD_PLACED)
    assert entry.subject.startswith("client-")
    assert entry.detail == '{"kind":"do_not_contact","reach":"client","until":null}'


def test_a_hold_for_what_passes_ends_by_itself(site: Any) -> None:
    site.entered("dorcas").post("/holds", ask(kind="bereavement"))

    assert "Bereavement" in site.entered("dorcas").get("/holds?client=K-20417").text
    with site.store.read() as connection:
        (held,) = holds.every(connection)
    assert held.until_on is not None


def test_a_hold_is_lifted_from_today(site: Any) -> None:
    dorcas = site.entered("dorcas")
    dorcas.post("/holds", ask())
    number = re.search(r'action="/holds/([^/]+)/lift"', dorcas.get("/holds?client=K-20417").text)
    assert number

    answer = dorcas.post(f"/holds/{number[1]}/lift", {"target": "K-20417"})

    assert answer.headers["location"] == "/holds?client=K-20417&done=lifted"
    assert "do not visit" not in site.entered("amina").get("/lists").text
    assert dorcas.post(f"/holds/{number[1]}/lift", {"target": "K-20417"}).status_code == 404


def test_a_manager_speaks_for_the_own_branch_alone(site: Any) -> None:
    beatrice, bashir = site.entered("beatrice"), site.entered("bashir")

    assert bashir.get("/holds?client=K-20417").status_code == 404
    assert bashir.post("/holds", ask()).status_code == 404
    assert bashir.post("/holds", ask(reach="branch", target="b1", kind="disaster")).status_code == 404
    assert beatrice.post("/holds", ask(reach="village", target="Kondele", kind="disaster")).status_code == 404
    assert placed(site) == []
    assert beatrice.post("/holds", ask()).status_code == 303
    number = re.search(r'action="/holds/([^/]+)/lift"', beatrice.get("/holds?client=K-20417").text)
    assert number
    assert bashir.post(f"/holds/{number[1]}/lift", {"target": "K-20417"}).status_code == 404


def test_an_unknown_client_and_another_branchs_get_one_and_the_same_answer(site: Any) -> None:
    bashir = site.entered("bashir")
    unknown, other = bashir.get("/holds?client=K-9"), bashir.get("/holds?client=K-20417")

    assert unknown.status_code == other.status_code == 404
    assert other.text == unknown.text.replace("K-9", "K-20417")


def test_an_objection_goes_through_the_protection_officer(site: Any) -> None:
    assert "objection" not in site.entered("dorcas").get("/holds?client=K-20417").text
    assert site.entered("dorcas").post("/holds", ask(kind="objection")).status_code == 404
    assert site.entered("paula").post("/holds", ask(kind="objection")).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [{"kind": ""}, {"kind": "x"}, {"until": "tomorrow"}, {"until": "2020-01-01"}, {"note": "x" * 501}],
)
def test_what_cannot_be_placed_is_told_in_words(site: Any, wrong: dict[str, str]) -> None:
    answer = site.entered("dorcas").post("/holds", ask(**wrong))

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert placed(site) == []


def test_many_are_left_in_peace_at_once(site: Any) -> None:
    dorcas = site.entered("dorcas")

    dorcas.post("/holds", ask(client="", reach="village", target="Manyatta", kind="disaster"))

    assert "Village Manyatta" in dorcas.get("/holds").text
    assert "Village Manyatta" not in site.entered("beatrice").get("/holds").text
    assert site.entered("amina").get("/lists").text.count("do not visit, do not call") == 2


@pytest.mark.parametrize(
    ("reach", "target", "reached"),
    [
        ("household", "h-7", ["Wanjiru Kamau"]),
        ("group", "g-upendo", ["Halima Abdi", "Grace Auma"]),
        ("village", "MANYATTA!", ["Halima Abdi", "Grace Auma"]),
    ],
)
def test_a_hold_on_many_reaches_a_list_that_was_drawn_before(
    site: Any, reach: str, target: str, reached: list[str]
) -> None:
    site.entered("dorcas").post("/holds", ask(client="", reach=reach, target=target, kind="disaster"))

    cards = site.entered("amina").get("/lists").text.split("<li class=")

    assert [
        re.findall(r"<h3>.*?([A-Z][a-z]+ [A-Z][a-z]+)", card)[0] for card in cards if "do not visit" in card
    ] == reached
