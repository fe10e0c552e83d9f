"""What people hold: pages without numbers, tables without formulas, a manifest that says what it was made from."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import StorageError
from models.reasons import NO_LAST_WEEK, UNCHANGED
from serving.home import Home
from serving.line import Card, Line, OfficerList
from serving.list_files import Origin, contents, listed_clients, read_lists, write_lists
from serving.settings import Settings

AS_OF = date(2024, 6, 30)
ORIGIN = Origin("a" * 64, "b" * 64, "2024-W26")

CARD = Card(
    group="Umoja",
    village="Kibera",
    phone_works=False,
    language="Swahili",
    cycle=3,
    state="open",
    last_contact_kind="visit",
    contacts_known=True,
    open_complaint=False,
)
LINE = Line(
    list_id="2024-W27-o1",
    officer_id="o1",
    rank=1,
    client_id="ama",
    band="high",
    driver_1="OFF-2",
    driver_2="RNW-1",
    driver_3="",
    reason_1="no contact for 40 days",
    reason_2="21 days to the agreed end of the loan",
    reason_3="",
    action="Visit, and ask how things are going.",
    avoid="Do not press for a new loan.",
    last_contact_on=date(2024, 5, 21),
    last_contact_result="not_reached",
    loan_ends_on=date(2024, 7, 21),
    meeting_on=date(2024, 7, 2),
    carried_over=True,
    why_now="no contact for 40 days (last week 33 days)",
    card=CARD,
)


def page(*lines: Line, officer: str = "o1") -> OfficerList:
    return OfficerList(f"2024-W27-{officer}", officer, "Amina", "b1", "North", "2024-W27", AS_OF, lines)


def made(*lists: OfficerList, settings: Settings | None = None) -> dict[str, str]:
    found = contents(lists, "2024-W27", AS_OF, settings or Settings(), ORIGIN)
    return {name: data.decode() for name, data in found.items()}


class Words(HTMLParser):
    """Text a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.skipping = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.skipping = tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.skipping and data.strip():
            self.seen.append(" ".join(data.split()))


def words(html: str) -> str:
    reader = Words()
    reader.feed(html)
    return " | ".join(reader.seen)


def test_a_page_says_everything_a_visit_needs() -> None:
    text = words(made(page(LINE))["2024-W27-o1.html"])

    for said in (
        "Amina, North",
        "Mon 1 Jul to Sun 7 Jul 2024",
        "Contact between 09:00 and 18:00",
        "ama | Umoja · Kibera · speaks Swahili | carried over from last week",
        "| high |",
        "Meeting | Tue 2 Jul",
        "Loan ends | 21 Jul 2024 (no. 3)",
        "Last contact | 21 May 2024, visit, not reached",
        "Phone | does not work",
        "no contact for 40 days | 21 days to the agreed end of the loan",
        "New this week: no contact for 40 days (last week 33 days)",
        "Do | Visit, and ask how things are going.",
        "Avoid | Do not press for a new loan.",
        "do not contact again",
        "List 2024-W27-o1, 1 line, drawn on what was known on 30 Jun 2024.",
    ):
        assert said in text, said


def test_what_is_not_known_is_said_to_be_so() -> None:
    card = replace(CARD, phone_works=None, contacts_known=False, cycle=None, group="", village="", language="")
    bare = replace(LINE, last_contact_on=None, loan_ends_on=None, meeting_on=None, card=card, carried_over=False)
    text = words(made(page(bare))["2024-W27-o1.html"])

    for said in ("Meeting | none this week", "Loan ends | not known", "Last contact | not known", "Phone | not known"):
        assert said in text, said
    told = words(made(page(replace(bare, card=replace(card, contacts_known=True))))["2024-W27-o1.html"])
    assert "Last contact | none on record" in told


@pytest.mark.parametrize("nothing", [UNCHANGED, NO_LAST_WEEK, ""])
def test_that_nothing_is_new_is_not_worth_a_line(nothing: str) -> None:
    assert "New this week" not in made(page(replace(LINE, why_now=nothing)))["2024-W27-o1.html"]


def test_a_resting_clients_loan_has_ended() -> None:
    assert "Loan ended | 21 Jul 2024" in words(
        made(page(replace(LINE, card=replace(CARD, state="resting"))))["2024-W27-o1.html"]
    )


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    for name, html in made(page(LINE)).items():
        if name.endswith(".html"):
            assert not re.search(r"<(script|link|img|iframe|form)|https?://|url\(|@import|\son\w+=", html), name


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><b>evil', "{{ 7*7 }}", "</style><i>"])
def test_ids_and_names_are_text_whatever_is_in_them(evil: str) -> None:
    line = replace(LINE, client_id=evil, card=replace(CARD, village=evil, group=evil))
    found = made(replace(page(line), officer_name=evil, branch_name=evil), settings=Settings(institution=evil))

    for name in ("2024-W27-o1.html", "index.html"):
        assert evil not in found[name] or evil == "{{ 7*7 }}"
        assert ">49<" not in found[name]


def test_no_page_and_no_table_holds_a_risk() -> None:
    for text in made(page(LINE)).values():
        assert not re.search(r"risk|margin|probab|0\.\d{3,}", re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL))


FORMULAS = [
    "=1+1",
    '=HYPERLINK("x")',
    "+254700",
    "-5",
    "@sum",
    "\tx",
    "\rx",
    " @a",
    "\n=x",
    " \t +1",
    "'=x",
    "''-1",
    "' @a",
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", ["lists.csv", "2024-W27-o1.csv"])
def test_no_table_holds_what_a_spreadsheet_would_run(formula: str, name: str) -> None:
    found = made(page(replace(LINE, client_id=formula, last_contact_result=formula)))

    (row,) = csv.DictReader(io.StringIO(found[name].removeprefix("\ufeff"), newline=""))
    assert (row["client_id"], row["last_contact_result"]) == (f"'{formula}", f"'{formula}")


@given(st.lists(st.one_of(st.sampled_from(FORMULAS), st.text("'=+-@ \t\r\na", max_size=6)), min_size=1, max_size=4))
@settings(max_examples=40)
def test_ids_read_back_exactly_as_they_are(ids: list[str]) -> None:
    with TemporaryDirectory() as folder:
        lines = [replace(LINE, client_id=client, officer_id=client) for client in ids]
        for name, data in contents([page(*lines)], "2024-W27", AS_OF, Settings(), ORIGIN).items():
            (Path(folder) / name).write_bytes(data)

        stored = read_lists(Path(folder)).lines["2024-W27-o1"]

    assert [(line["client_id"], line["officer_id"]) for line in stored] == [(client, client) for client in ids]


def test_last_weeks_clients_are_known_again_by_their_ids(home: Home) -> None:
    ids = {"=x", "'=x", "-5", " @a", "ama"}
    write_lists(
        home,
        [page(*(replace(LINE, client_id=client) for client in sorted(ids)))],
        "2024-W27",
        AS_OF,
        Settings(),
        ORIGIN,
    )

    assert listed_clients(home, date(2024, 7, 7)) == ("2024-W27", frozenset(ids))


def test_the_table_reads_back() -> None:
    (row,) = csv.DictReader(io.StringIO(made(page(LINE))["lists.csv"], newline=""))

    assert tuple(row) == Line.columns()
    assert (row["rank"], row["carried_over"], row["loan_ends_on"], row["reason_3"]) == ("1", "yes", "2024-07-21", "")


def test_the_index_links_every_page() -> None:
    other = replace(LINE, list_id="2024-W27-o2", officer_id="o2")
    html = made(page(LINE), page(other, officer="o2"))["index.html"]

    assert re.findall(r'href="([^"]+)"', html) == [
        "2024-W27-o1.html", "2024-W27-o1.csv", "2024-W27-o2.html", "2024-W27-o2.csv",
    ]  # fmt: skip


def test_the_manifest_says_what_the_lists_were_made_from() -> None:
    found = contents([page(LINE)], "2024-W27", AS_OF, Settings(list_length=5), ORIGIN)
    manifest = json.loads(found["manifest.json"])

    assert (manifest["model_version"], manifest["book_digest"], manifest["last_week"]) == (
        "a" * 64,
        "b" * 64,
        "2024-W26",
    )
    assert manifest["settings"]["list_length"] == 5
    assert "tokens_file" not in manifest["settings"]
    assert manifest["files"] == {
        name: sha256(data).hexdigest() for name, data in found.items() if name != "manifest.json"
    }


def test_stored_lists_read_back_and_a_changed_table_is_noticed(home: Home) -> None:
    folder = write_lists(home, [page(LINE)], "2024-W27", AS_OF, Settings(), ORIGIN)
    stored = read_lists(folder)
    assert [line["client_id"] for line in stored.lines["2024-W27-o1"]] == ["ama"]
    assert stored.heads[0]["officer_name"] == "Amina"

    table = folder / "lists.csv"
    table.write_text(table.read_text().replace("ama", "esi"))

    with pytest.raises(StorageError, match="the lists of 2024-W27 were changed after they were written"):
        read_lists(folder)


def test_a_week_without_anybody_to_see_is_still_written(home: Home) -> None:
    folder = write_lists(home, [], "2024-W27", AS_OF, Settings(), ORIGIN)

    assert sorted(file.name for file in folder.iterdir()) == ["index.html", "lists.csv", "manifest.json"]
    assert read_lists(folder).heads == []


def test_one_page_stays_small(mfi: Callable[..., Any]) -> None:
    html = made(page(*(replace(LINE, rank=n, client_id=f"c{n}") for n in range(1, 11))))["2024-W27-o1.html"]

    assert len(html.encode()) < 60_000
