"""The protection officer's page: a client sees what is kept, has it put right, objects, and is erased."""

import io
import zipfile
from typing import Any

import pytest

from serving import audit, holds
from serving.events import Event


@pytest.fixture
def paula(site: Any) -> Any:
    return site.entered("paula")


def logged(site: Any, event: Event) -> int:
    with site.store.read() as connection:
        return len(list(audit.entries(connection, event=event)))


def test_what_is_kept_is_counted_and_the_look_is_written_down(site: Any, paula: Any) -> None:
    text = paula.get("/rights?client=K-20417").text

    assert "<dt>Lines on lists</dt><dd>2</dd>" in text
    assert "Wanjiru" not in text
    assert logged(site, Event.CLIENT_VIEWED) == 1


def test_nothing_is_kept_of_somebody_unknown(site: Any, paula: Any) -> None:
    answer = paula.get("/rights?client=K-9")

    assert answer.status_code == 404
    assert "Nothing is kept under this number." in answer.text
    assert logged(site, Event.CLIENT_REFUSED) == 1


def test_a_client_is_given_what_is_kept_in_her_language(site: Any, paula: Any) -> None:
    answer = paula.post("/rights/export", {"client": "K-20417", "language": "sw"})

    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        page = archive.read("what-is-kept.html").decode()
    assert 'lang="sw"' in page
    assert logged(site, Event.SUBJECT_EXPORTED) == 1


def test_what_a_client_puts_right_is_on_her_line_at_once(site: Any, paula: Any) -> None:
    sent = {"client": "K-19002", "what": "phone", "value": "+254 711 111 111"}
    assert paula.post("/rights/correct", sent).headers["location"] == "/rights?client=K-19002&done=corrected"

    card = next(part for part in site.entered("amina").get("/lists").text.split("<li class=") if "Mary Njeri" in part)

    assert 'href="tel:+254711111111"' in card
    assert "Put right by the client." in card
    assert "+254 711 111 111" in paula.get("/rights?client=K-19002").text


@pytest.mark.parametrize(
    ("what", "value", "there", "gone"),
    [
        ("name", "Maria Njeri", "<h3>Maria Njeri</h3>", "<h3>Mary Njeri</h3>"),
        ("hours_from", "16:00", "not before 16:00", "tel:"),
        ("safe_to_call", "no", "do not call", "tel:"),
        ("other", "the debt of 2019 is paid", "the debt of 2019 is paid", "tel:+x"),
    ],
)
def test_whatever_is_put_right_counts(site: Any, paula: Any, what: str, value: str, there: str, gone: str) -> None:
    paula.post("/rights/correct", {"client": "K-19002", "what": "phone", "value": "+254 711 111 111"})
    paula.post("/rights/correct", {"client": "K-19002", "what": what, "value": value})

    cards = site.entered("amina").get("/lists").text.split("<li class=")
    card = next(part for part in cards if 'data-client="K-19002"' in part)

    assert there in card
    assert gone not in card


def test_what_cannot_be_put_right_is_told_in_words(paula: Any) -> None:
    answer = paula.post("/rights/correct", {"client": "K-19002", "what": "gender", "value": "x"})

    assert answer.status_code == 422
    assert "That cannot be kept" in answer.text


def test_an_objection_holds_from_today(site: Any, paula: Any) -> None:
    paula.post("/rights/object", {"client": "K-20417", "note": "said at the branch"})

    with site.store.read() as connection:
        assert holds.objectors(connection, site.clock.at.date()) == {"K-20417"}
    assert "do not visit" in site.entered("amina").get("/lists").text


def test_a_client_is_erased_only_if_her_number_is_written_once_more(site: Any, paula: Any) -> None:
    refused = paula.post("/rights/erase", {"client": "K-20417", "again": "K-20418"})
    assert refused.status_code == 422
    assert "Nothing was erased" in refused.text

    assert paula.post("/rights/erase", {"client": "K-20417", "again": "K-20417"}).status_code == 303

    assert "Wanjiru" not in site.entered("amina").get("/lists").text
    assert logged(site, Event.CLIENT_ERASED) == 1
