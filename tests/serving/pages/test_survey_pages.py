"""The survey as analysts read and enter it: shares that tell of nobody, and the same rules as everywhere."""

import csv
import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from office import NOW
from surveyed import AGAIN, ASKED, SAMPLE, answer

from serving import audit, holds
from serving.events import Event
from serving.holds import Hold, Reach
from serving.survey import kept

NEW = ASKED[-1]
ID = str(uuid5(NAMESPACE_OID, "an answer"))


@pytest.fixture(scope="module")
def begun(surveyed: Path) -> Path:
    """Each test begins where leavers were asked."""
    return surveyed


@pytest.fixture
def asked(site: Any) -> Any:
    """An institution that has asked a sample of leavers."""
    return site


@pytest.fixture
def analyst(asked: Any) -> Any:
    return asked.entered("ann")


def shown(page: str) -> str:
    """A page as it is read."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def rows(page: str, title: str) -> list[list[str]]:
    """Cells of the table of a section."""
    part = next(part for part in page.split("<section") if f">{title}</h2>" in part)
    found = re.findall("<tr>(.*?)</tr>", part)
    return [
        [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in found
    ]


def test_samples_are_told_with_what_is_small_added_up(analyst: Any) -> None:
    table = rows(analyst.get("/analysis/survey").text, "Samples")

    assert table[0][4:] == [
        *("Answers wanted", "Drawn", "Answered", "Refused", "Waiting", "Not asked", "In peace", "Together"),
    ]
    assert table[1] == [
        *(SAMPLE, "2024-06-12", "2024-01-01", "2024-03-31", "78", "135", "100", "–", "–", "–", "–", "35"),
    ]
    assert table[2] == [
        f"{AGAIN} (asks {SAMPLE} again)",
        "2024-06-12",
        "–",
        "–",
        "–",
        "–",
        "44",
        "–",
        "–",
        "–",
        "–",
        "–",
    ]


def test_a_sample_tells_the_shares_of_reasons_who_asked_and_how_far_to_trust_them(analyst: Any) -> None:
    page = analyst.get(f"/analysis/survey?sample={SAMPLE}").text

    reasons = rows(page, "What it began with, as clients say")
    assert [row[:4] for row in reasons[1:]] == [
        ["Business is weak or closed", "BUS-1", "40", "40.0 %"],
        ["Too dear", "PRC-1", "32", "32.0 %"],
        ["Instalments too heavy; Family matters", "ARR-2; FAM-1", "28", "28.0 %"],
    ]
    assert rows(page, "What happened last, as clients say")[1][:4] == ["Borrows elsewhere", "CMPT-1", "100", "100.0 %"]
    assert rows(page, "Who asked")[1:] == [["The retention desk", "50"], ["Others together", "50"]]
    assert "Sample leavers-1: 100 answers, fewer than 20 who did not want to." in shown(page)
    assert "IRIS PI9872" in page
    assert [row[:2] for row in rows(page, "Do two interviews say the same?")[1:3]] == [
        ["Root reason", "44"],
        ["Last link", "44"],
    ]


@pytest.mark.parametrize("name", [f"root-sample-{SAMPLE}", f"last-sample-{SAMPLE}", "root-year-2024"])
def test_drawing_page_and_file_of_reasons_hold_the_same_figures(asked: Any, analyst: Any, name: str) -> None:
    for n in range(20):
        answer(asked.store, f"other-{n}", "", reasons="DST-1")
    address = f"?sample={SAMPLE}" if SAMPLE in name else ""
    drawn = analyst.get(f"/analysis/survey/chart/{name}/640").text
    file = list(csv.DictReader(io.StringIO(analyst.get(f"/analysis/survey/table/{name}").text.removeprefix("\ufeff"))))
    title = "What it began with" if name.startswith("root") else "What happened last"
    page = rows(analyst.get(f"/analysis/survey{address}").text, f"{title}, as clients say")

    marks = re.findall(r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="bar"', drawn)
    assert len(marks) == len(file) == len(page) - 1 > 0
    for mark, cells, read in zip(marks, file, page[1:], strict=True):
        share = f"{100 * float(cells['value']):.1f} %"
        assert html.unescape(mark).endswith(f": {share}")
        assert read[:4] == [cells["names"], cells["codes"], cells["answers"], share]


@pytest.mark.parametrize(
    "address",
    [
        "survey?sample=none",
        "survey/agreement?sample=none",
        "survey/chart/root-year-2024/300",
        f"survey/chart/root-sample-{AGAIN}/300",
        f"survey/chart/root-sample-{SAMPLE}/301",
        "survey/table/root-year-9999",
        "survey/table/root-year-20x4",
        "survey/table/what",
        "survey/answer?sample=none",
    ],
)
def test_what_there_is_not_is_not_found(analyst: Any, address: str) -> None:
    assert analyst.get(f"/analysis/{address}").status_code == 404


def test_of_few_clients_nothing_is_told_of_data_against_words(analyst: Any) -> None:
    page = shown(analyst.get(f"/analysis/survey/agreement?sample={SAMPLE}").text)

    assert "Both is known of fewer than 20 clients" in page


def typed(**more: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    said = {
        "answer_id": ID,
        "sample_id": SAMPLE,
        "client_id": NEW,
        "interviewed_on": "2024-07-01",
        "interviewer": "rose",
        "interviewer_role": "outside",
        "consent": "yes",
        "leaver_type": "VOL",
        "reasons": ["HLT-1", "", "BUS-1", "ARR-1", ""],
        "private_consent": "yes",
    }
    return said | more


def answers(site: Any, client: str = NEW) -> list[tuple[str, tuple[str, ...]]]:
    """How and with which chain a client's answers that hold came in."""
    with site.store.read() as connection:
        return [
            (each.channel, each.answer.reasons)
            for each in kept.of_client(connection, client)
            if each.replaced_on is None
        ]


def test_an_answer_is_entered_once_with_its_chain_and_written_down(asked: Any, analyst: Any) -> None:
    first = analyst.post("/analysis/survey/answer", typed())
    again = analyst.post("/analysis/survey/answer", typed())

    assert [each.status_code for each in (first, again)] == [303, 303]
    assert first.headers["location"] == f"/analysis/survey/answer?sample={SAMPLE}&done=kept"
    assert answers(asked) == [("page", ("HLT-1", "BUS-1", "ARR-1"))]
    with asked.store.read() as connection:
        newest = next(
            e for e in audit.entries(connection, event=Event.SURVEY_ANSWERED) if e.actor == "ann" and "page" in e.detail
        )
    assert newest.subject.startswith("client-")
    assert "HLT" not in newest.detail
    assert "Kept. Thank you." in analyst.get(first.headers["location"]).text


@pytest.mark.parametrize(
    ("more", "said", "field"),
    [
        ({"private_consent": ""}, "Illness, family and faith are written down only if", "private_consent"),
        ({"consent": ""}, "Write yes or no: whether the client agreed", "consent"),
        ({"interviewer_role": ""}, "Say who asked", "interviewer_role"),
        ({"interviewer_role": "own_officer", "reasons": ["OFF-3"]}, "have somebody else ask", "interviewer_role"),
        ({"reasons": ["", ""]}, "Write the chain of reasons", "reasons"),
        ({"reasons": ["BUS-1", "BUS-1"]}, "A reason stands twice", "reasons"),
        ({"client_id": "nobody"}, "This client was not drawn in that sample", "sample"),
        ({"client_id": "P-1"}, "left in peace", "client_id"),
        ({"client_id": ASKED[0]}, "has answered already", "client_id"),
        ({"interviewed_on": "2024-06-01"}, "older than the sample", "interviewed_on"),
        ({"interviewed_on": "2024-07-03"}, "after today", "interviewed_on"),
        ({"story": "call 0700 000 0001"}, "without names and numbers", "story"),
        ({"sample_id": "none"}, "There is no such sample", "sample"),
    ],
)
def test_what_the_form_cannot_mean_is_refused_at_its_field_and_what_was_typed_stays(
    asked: Any, analyst: Any, more: Mapping[str, Any], said: str, field: str
) -> None:
    before = answers(asked), answers(asked, ASKED[0])

    page = analyst.post("/analysis/survey/answer", typed(**more))

    assert page.status_code == 422
    assert said in shown(page.text)
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    assert f'value="{html.escape(typed(**more)["client_id"])}"' in page.text
    assert (answers(asked), answers(asked, ASKED[0])) == before


def test_without_consent_nothing_is_kept_but_the_refusal(asked: Any, analyst: Any) -> None:
    analyst.post("/analysis/survey/answer", typed(consent="no", story="She was angry"))

    assert answers(asked) == [("page", ())]
    with asked.store.read() as connection:
        (only,) = kept.of_client(connection, NEW)
    assert (only.answer.story, only.answer.leaver_type) == ("", "")


def test_an_answer_is_corrected_by_one_that_says_so(asked: Any, analyst: Any) -> None:
    analyst.post("/analysis/survey/answer", typed())
    other = str(uuid5(NAMESPACE_OID, "another"))
    refused = analyst.post("/analysis/survey/answer", typed(answer_id=other, reasons=["PRC-1"]))
    analyst.post("/analysis/survey/answer", typed(answer_id=other, reasons=["PRC-1"], corrects="yes"))

    assert "This corrects what was entered before" in refused.text
    assert answers(asked) == [("page", ("PRC-1",))]


def offered(page: str) -> list[str]:
    """Numbers that the form offers."""
    return re.findall('value="([^"]+)"', re.findall(r'<datalist id="waiting">(.*?)</datalist>', page, re.DOTALL)[0])


def test_the_form_offers_whoever_was_handed_out_and_has_not_objected_since(asked: Any, analyst: Any) -> None:
    address = f"/analysis/survey/answer?sample={SAMPLE}"
    before = offered(analyst.get(address).text)
    with asked.store.write() as connection:
        holds.add(connection, Hold.OBJECTION, Reach.CLIENT, NEW, NOW.date(), None, actor="paula", at=NOW)

    assert before == ASKED[-24:]
    assert offered(analyst.get(address).text) == ASKED[-24:-1]
    assert offered(analyst.get("/analysis/survey/answer").text) == []
