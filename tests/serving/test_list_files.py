"""Lists as files: tables without formulas that read back exactly, a manifest, and a folder put in place whole."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.drivers import DRIVERS
from serving.delimited import as_csv, read_table
from serving.home import Home
from serving.issued import Origin
from serving.languages import language
from serving.line import Card, Line, OfficerList, Said, check_letters
from serving.list_files import as_table, contents_of_all, list_contents, week_contents, write_lists
from serving.settings import Settings

AS_OF = date(2024, 6, 30)
ORIGIN = Origin("a" * 64, "b" * 64, "2024-W26", "0.1.0")
LINE = Line(
    client_id="ama",
    place=1,
    rank=1,
    band="high",
    reasons=(Said("RNW-1", "days_to_loan_end", 21.0),),
    reasons_note="",
    changes=(),
    changes_note="unchanged",
    action="visit",
    avoid=DRIVERS["OFF-2"].avoid,
    last_contact_on=date(2024, 5, 21),
    last_contact_result="not_reached",
    loan_ends_on=date(2024, 7, 21),
    meeting_on=date(2024, 7, 2),
    carried_over=True,
    routed=(),
    card=Card(name="Ama Boateng", group="Umoja", village="Kibera", phone_works=False, cycle=3),
)


def page(*lines: Line, officer: str = "o1", spoken: str = "en") -> OfficerList:
    name = f"2024-W27-{officer}"
    check = check_letters(name, [line.client_id for line in lines])
    return OfficerList(name, officer, "Amina", "b1", "North", "2024-W27", AS_OF, spoken, check, lines)


def written(home: Home, *lists: OfficerList, chosen: Settings | None = None) -> dict[str, bytes]:
    """Every file of the week's folder."""
    decided = chosen or Settings()
    files = week_contents(lists, "2024-W27", AS_OF, decided)
    for each in lists:
        files |= list_contents(each, decided)
    folder = write_lists(home, lists, files, "2024-W27", AS_OF, decided, ORIGIN)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


FORMULAS = [
    *("=1+1", '=HYPERLINK("x")', "+254700", "-5", "@sum", "\tx", "\rx", " @a", " +1"),
    *("'=x", "''-1", "' @a", '"=1', "\"' =1"),
]
#: Text in which a formula would begin once a reader has split it in two, and how it stands in a table.
SPLIT = {
    "Awa;=cmd|'/C calc'!A0;x": "Awa;'=cmd|'/C calc'!A0;x",
    "a; @sum;;-5": "a;' @sum;;'-5",
    'a;"=1+1"': 'a;\'"=1+1"',
    "a\n=1\r\n+1": "a\n'=1\r'\n'+1",
    "a\t-1": "a\t'-1",
    "=1;=1": "'=1;'=1",
    "a;'=1": "a;''=1",
    "a; b = c - d; e-f": "a; b = c - d; e-f",
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("name", ["lists.csv", "2024-W27-o1.csv"])
def test_no_table_holds_what_a_spreadsheet_would_run(home: Home, formula: str, name: str) -> None:
    found = written(home, page(replace(LINE, client_id=formula, last_contact_result=formula)))

    (row,) = csv.DictReader(io.StringIO(found[name].decode("utf-8-sig"), newline=""))
    assert (row["client_id"], row["last_contact_result"]) == (f"'{formula}", f"'{formula}")


@pytest.mark.parametrize(("text", "stands"), SPLIT.items())
def test_a_table_holds_nothing_to_run_for_who_splits_it_elsewhere(home: Home, text: str, stands: str) -> None:
    line = replace(LINE, card=replace(LINE.card, name=text))
    found = written(home, page(line))["2024-W27-o1.csv"]

    (row,) = csv.DictReader(io.StringIO(found.decode("utf-8-sig"), newline=""))
    assert row["name"] == stands
    assert read_table(found)[0]["name"] == text


TEXTS = st.one_of(st.sampled_from([*FORMULAS, *SPLIT]), st.text("'\"=+-@;, \t\r\na", max_size=8))


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=3), st.sampled_from(";\t,"))
@settings(max_examples=300)
def test_no_reader_finds_a_formula_whatever_it_splits_lines_at(rows: list[list[str]], split: str) -> None:
    table = as_csv(("x", "y", "z"), rows).decode()

    for row in csv.reader(io.StringIO(table, newline=""), delimiter=split):
        assert not [cell for cell in row if cell.lstrip()[:1] in tuple("=+-@")]


@given(st.lists(TEXTS, min_size=1, max_size=4))
@settings(max_examples=300)
def test_ids_read_back_exactly_as_they_are(ids: Sequence[str]) -> None:
    lists = [page(*(replace(LINE, client_id=client) for client in ids))]

    assert [row["client_id"] for row in read_table(as_table(lists))] == list(ids)


def test_the_columns_of_the_table_are_those_that_were_agreed(home: Home) -> None:
    agreed = (
        "list_id officer_id rank client_id band driver_1 driver_2 driver_3 reason_1 reason_2 reason_3 action avoid "
        "last_contact_on last_contact_result loan_ends_on meeting_on carried_over why_now"
    )
    (row,) = read_table(written(home, page(LINE))["lists.csv"])

    assert " ".join(row) == agreed
    assert (row["rank"], row["carried_over"], row["loan_ends_on"], row["reason_2"]) == ("1", "yes", "2024-07-21", "")
    assert (row["driver_1"], row["reason_1"]) == ("RNW-1", "21 days until all open loans are to be repaid")


def test_the_table_is_in_order_of_risk_and_the_page_in_order_of_the_week(home: Home) -> None:
    late = replace(LINE, client_id="kofi", place=2, rank=1)
    early = replace(LINE, client_id="ama", place=1, rank=2)
    found = written(home, page(early, late))

    assert [row["client_id"] for row in read_table(found["lists.csv"])] == ["kofi", "ama"]
    assert [row["client_id"] for row in read_table(found["2024-W27-o1.csv"])] == ["ama", "kofi"]


def test_each_list_is_spoken_in_its_own_language(home: Home) -> None:
    found = written(home, page(LINE), page(LINE, officer="o2", spoken="fr"))
    actions = {row["officer_id"]: row["action"] for row in read_table(found["lists.csv"])}

    assert actions == {
        "o1": "Visit, and ask how things are going.",
        "o2": language("fr").text("Visit, and ask how things are going."),
    }
    assert len(set(actions.values())) == 2


def test_no_table_and_no_page_holds_a_risk(home: Home) -> None:
    for name, data in written(home, page(LINE)).items():
        if name.endswith((".csv", ".html", ".txt", ".json")):
            text = re.sub(r"<style>.*?</style>", "", data.decode(), flags=re.DOTALL)
            assert not re.search(r"\brisk\b|margin|probab|0\.\d{3,}", text), name


def test_the_index_links_every_file_of_every_list(home: Home) -> None:
    found = written(home, page(LINE), page(LINE, officer="o2"))

    linked = set(re.findall(r'href="([^"]+)"', found["index.html"].decode()))
    assert linked == {name for name in found if name.startswith("2024-W27-")}


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><b>evil', "{{ 7*7 }}", "</style><i>"])
def test_names_are_text_whatever_is_in_them(home: Home, evil: str) -> None:
    line = replace(LINE, client_id=evil, card=replace(LINE.card, name=evil, village=evil, group=evil))
    lists = replace(page(line), officer_name=evil, branch_name=evil)
    found = written(home, lists, chosen=Settings(institution=evil))

    for name in ("2024-W27-o1.html", "index.html"):
        assert evil not in found[name].decode() or evil == "{{ 7*7 }}"
        assert ">49<" not in found[name].decode()


def test_the_manifest_says_what_the_lists_were_made_from(home: Home) -> None:
    found = written(home, page(LINE), chosen=Settings(list_length=5))
    manifest = json.loads(found["manifest.json"])

    assert (manifest["model_version"], manifest["book_digest"]) == ("a" * 64, "b" * 64)
    assert (manifest["last_week"], manifest["software"]) == ("2024-W26", "0.1.0")
    assert manifest["settings"]["list_length"] == 5
    assert "database_url" not in manifest["settings"]
    assert manifest["files"] == {n: sha256(data).hexdigest() for n, data in found.items() if n != "manifest.json"}


def test_a_week_without_anybody_to_see_is_still_written(home: Home) -> None:
    assert sorted(written(home)) == ["index.html", "lists.csv", "manifest.json"]


def test_files_that_others_replace_are_kept(home: Home) -> None:
    before = written(home, page(LINE))

    after = written(home, page(replace(LINE, client_id="esi")))

    (kept,) = (home.lists / "superseded").iterdir()
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == before != after


def test_what_a_hold_finds_a_client_by_stands_in_no_file() -> None:
    card = replace(LINE.card, group_id="g-secret", household_id="h-secret", branch_id="b-secret")

    files = list_contents(page(replace(LINE, card=card)), Settings())

    assert not any(b"-secret" in content for content in files.values())


def test_lists_made_on_every_core_are_the_same_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [page(replace(LINE, client_id=f"c{number}"), officer=f"o{number}") for number in range(9)]
    told: list[int] = []
    one_by_one = contents_of_all(pages, Settings())
    monkeypatch.setattr("serving.list_files.MANY", 2)

    together = contents_of_all(pages, Settings(), told.append)

    assert together == one_by_one
    assert list(together) == list(one_by_one)
    assert told == list(range(1, 10))
