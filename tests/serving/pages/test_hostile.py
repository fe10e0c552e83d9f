"""Whatever is sent, a page answers in words and with no 5xx, on each kind of database."""

from typing import Any
from urllib.parse import quote

import pytest

NASTY = (
    "\x00",
    "<script>alert(1)</script>",
    "'; DROP TABLE audit; --",
    "\u202eabc",
    "%ED%A0%80",
    "x" * 5_000,
    "-1",
    "é" * 300,
)

#: Who asks, and the addresses that take something.
ADDRESSES = {
    "amina": ["/lists/{x}", "/lists/{x}/1", "/lists/2024-W27-o1/{x}", "/lists/{x}/file/pdf", "/lists?done={x}", "/{x}"],
    "dorcas": [
        "/desk/hand-over/{x}/1",
        "/desk/hand-over/2024-W27-desk/{x}",
        "/desk/paper?printed={x}",
        "/holds?client={x}",
    ],
    "beatrice": ["/branch/paper?printed={x}", "/holds?client={x}"],
    "paula": ["/rights?client={x}", "/audit?actor={x}", "/audit?event={x}", "/audit?subject={x}", "/audit?client={x}"],
    "adam": ["/audit?before={x}", "/login?next={x}"],
}
FORMS = {
    "amina": [
        (
            "/lists/2024-W27-o1/3",
            ("outcome_id", "based_on", "code", "kind", "happened_on", "reasons", "note", "override"),
        ),
        ("/settle/{x}", ("keep",)),
        ("/language", ("language", "back")),
        ("/account/password", ("old", "new", "again")),
    ],
    "dorcas": [
        ("/desk/hand-over/2024-W27-desk/2", ("handover_id", "branch_id", "note")),
        ("/holds", ("client", "kind", "reach", "target", "until", "note")),
        ("/holds/{x}/lift", ("target",)),
        ("/desk/paper", ("printed",)),
    ],
    "beatrice": [("/branch/handed/{x}", ())],
    "paula": [
        ("/rights/export", ("client", "language")),
        ("/rights/correct", ("client", "what", "value")),
        ("/rights/object", ("client", "note")),
        ("/rights/erase", ("client", "again")),
    ],
    "adam": [
        ("/accounts", ("username", "display_name", "role", "of", "password")),
        ("/accounts/{x}/reset", ("password",)),
        ("/accounts/amina/{x}", ()),
    ],
}
#: What a form holds where only one of its fields is nasty.
PLAIN = {
    "outcome_id": "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55",
    "handover_id": "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55",
    "code": "S",
    "kind": "visit",
    "happened_on": "2024-07-02",
    "branch_id": "b1",
    "client": "K-20417",
    "reach": "client",
    "what": "phone",
    "value": "+254 1",
    "language": "en",
    "keep": "this",
    "username": "neema",
    "role": "desk",
    "password": "granite kettle marsh violin",
    "old": "x",
}


@pytest.mark.parametrize("username", ADDRESSES)
def test_an_address_that_nobody_meant_is_answered(stored_site: Any, username: str) -> None:
    browser = stored_site.as_(username)
    for address in ADDRESSES[username]:
        for nasty in NASTY:
            answer = browser.get(address.format(x=quote(nasty, safe="")))
            assert answer.status_code < 500, (address, nasty[:20], answer.status_code)
            assert "<script>alert" not in answer.text
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("username", FORMS)
def test_a_form_that_nobody_filled_in_so_is_answered(stored_site: Any, username: str) -> None:
    browser = stored_site.as_(username)
    for address, fields in FORMS[username]:
        for nasty in NASTY[:4]:
            for field in (*fields, ""):
                sent = {name: PLAIN.get(name, "") for name in fields} | ({field: nasty} if field else {})
                answer = browser.post(address.format(x=quote(nasty, safe="")), sent)
                assert answer.status_code < 500, (address, field, nasty[:20], answer.status_code)
                assert "<script>alert" not in answer.text


def test_nothing_sent_at_all_is_answered(stored_site: Any) -> None:
    for username, forms in FORMS.items():
        browser = stored_site.as_(username)
        for address, _ in forms:
            assert browser.post(address.format(x="x")).status_code < 500, address
    anybody = stored_site.anybody()
    for sent in ({}, {"username": "x" * 9000, "password": "y" * 9000}):
        assert anybody.post("/login", sent).status_code == 401


def test_a_file_sent_in_place_of_a_field_is_no_field(stored_site: Any) -> None:
    browser = stored_site.as_("dorcas")

    answer = browser.ask(
        "POST", "/holds", data={"csrf": browser.csrf}, files={"client": ("client.txt", b"K-20417", "text/plain")}
    )

    assert answer.status_code in (403, 422)
