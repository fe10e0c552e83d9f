"""What a phone keeps: the signed list, the dress of the pages, and how they are installed."""

import json
import re
from typing import Any

from office import TUESDAY

from serving import audit, holds
from serving.events import Event
from serving.holds import Hold, Reach
from serving.pages.assets import assets
from serving.pages.signing import signer, verified


def kept(browser: Any) -> dict[str, str]:
    answer = browser.get("/pages/list.json", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    found: dict[str, str] = answer.json()
    return found


def test_the_list_a_phone_keeps_is_signed_with_the_key_the_page_gives(amina: Any) -> None:
    page = amina.get("/lists").text
    key = re.search(r'data-key="([^"]+)"', page)
    digest = re.search(r'data-document="([^"]+)"', page)
    assert key
    assert digest

    found = kept(amina)

    assert verified(key[1], found["document"].encode(), found["signature"])
    assert not verified(key[1], found["document"].replace("Mary", "Mara").encode(), found["signature"])
    assert found["digest"] == digest[1]


def test_it_says_whose_it_is_and_until_when_it_may_be_read(amina: Any) -> None:
    content = json.loads(kept(amina)["document"])

    assert {name: content[name] for name in ("account", "language", "list_id", "readable_until")} == {
        "account": "amina",
        "language": "en",
        "list_id": "2024-W27-o1",
        "readable_until": "2024-07-14",
    }
    assert content["html"].count('<li class="line') == 8


def test_nothing_of_the_session_is_in_it(site: Any, amina: Any) -> None:
    document = kept(amina)["document"]

    assert amina.csrf not in document
    assert site.cookies["amina"] not in document


def test_the_same_list_gives_the_same_document_and_a_hold_another(site: Any, amina: Any) -> None:
    first, second = kept(amina), kept(amina)
    with site.store.write() as connection:
        holds.add(connection, Hold.OPT_OUT, Reach.CLIENT, "K-19002", TUESDAY, None, actor="dorcas", at=site.clock.at)

    assert first == second
    assert kept(amina)["digest"] != first["digest"]


def test_a_list_kept_on_a_phone_counts_as_given_out(site: Any, amina: Any) -> None:
    kept(amina)

    with site.store.read() as connection:
        found = [entry.detail for entry in audit.entries(connection, event=Event.LIST_EXPORTED)]
    assert found == ['{"format":"phone","lines":8}']


def test_the_key_is_made_once_and_stays(stored_site: Any) -> None:
    assert signer(stored_site.store).public == signer(stored_site.store).public


def test_a_week_on_each_kind_of_database(stored_site: Any) -> None:
    amina, found = stored_site.as_("amina"), assets()

    assert amina.get("/lists").status_code == 200
    sent = {"outcome_id": "0b8c1b4e-6f0e-4c55-9a3e-7a3a6f0e4c55", "code": "S", "kind": "visit"}
    assert amina.post("/lists/2024-W27-o1/3", sent | {"happened_on": str(TUESDAY)}).status_code == 303
    assert "1 of 8 done" in amina.get("/lists").text
    assert "1 / 10" in stored_site.as_("beatrice").get("/branch").text
    assert stored_site.as_("dorcas").get("/desk").status_code == 200
    assert stored_site.as_("paula").get("/audit?actor=amina").status_code == 200
    assert stored_site.as_("dorcas").get("/holds?client=K-20417").status_code == 200
    assert found.digest in amina.get("/lists").text


def test_dress_is_public_packed_and_kept_for_a_year(site: Any) -> None:
    browser = site.anybody()
    for name in assets().files:
        answer = browser.get(assets().address(name))
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.content == assets().files[name].content
    plain = browser.get(assets().address("style.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == assets().files["style.css"].content


def test_dress_of_another_release_is_not_mixed_in(site: Any) -> None:
    assert site.anybody().get("/static/000000000000/style.css").status_code == 404
    assert site.anybody().get(assets().address("../pages/icon.py")).status_code == 404


def test_the_service_worker_keeps_every_file_and_no_page_of_a_person(site: Any) -> None:
    answer = site.anybody().get("/service-worker.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert all(address in answer.text for address in assets().kept_by_phones)
    assert '"/offline"' in answer.text
    assert "/lists" not in answer.text


def test_the_page_without_a_network_holds_nothing_of_anybody(amina: Any) -> None:
    text = amina.get("/offline").text

    assert "amina" not in text
    assert "csrf" not in text


def test_the_pages_can_be_installed(site: Any) -> None:
    browser = site.anybody()
    manifest = browser.get("/manifest.webmanifest").json()

    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    sizes = {(icon["sizes"], icon.get("purpose")) for icon in manifest["icons"]}
    assert sizes == {("192x192", None), ("192x192", "maskable"), ("512x512", None), ("512x512", "maskable")}
    for icon in manifest["icons"]:
        answer = browser.get(icon["src"])
        assert answer.content.startswith(b"\x89PNG")
        width = int.from_bytes(answer.content[16:20], "big")
        assert f"{width}x{width}" == icon["sizes"]


def test_everything_a_first_visit_loads_is_under_60_kb_on_the_wire(site: Any, amina: Any) -> None:
    page = amina.ask("GET", "/lists", headers={"Accept-Encoding": "gzip"})
    parts = [page, *(amina.get(address) for address in assets().kept_by_phones)]
    parts += [amina.get(address) for address in ("/service-worker.js", "/offline", "/manifest.webmanifest")]
    parts.append(amina.get("/pages/list.json"))

    total = sum(int(part.headers["content-length"]) + 700 for part in parts)  # and its headers

    assert total < 60_000, f"{total} bytes"


def test_who_asks_for_the_session_without_one_is_told_by_status(site: Any) -> None:
    assert site.anybody().get("/pages/me.json").status_code == 401
    assert site.anybody().get("/pages/list.json").status_code == 401
    assert site.entered("amina").get("/pages/me.json").json()["account"] == "amina"
