"""What a client may ask for: she sees all that is kept, in her words; what she says is wrong; to be left out."""

import io
import json
import re
import zipfile
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from known_client import HER, NOW, OTHER, TODAY, copied, made_once
from sqlalchemy import update

from features.book import Book
from features.drivers import DRIVERS
from features.errors import UsageError
from features.schema import TABLES
from serving import audit, holds, rights
from serving.access import Actor, Role
from serving.corrections import CORRECTABLE, as_table, corrections_of, every, forget_met, said_by, waiting
from serving.events import Event
from serving.holds import Hold
from serving.home import Home
from serving.languages import LANGUAGES, language
from serving.rights import DATA, PAGE, SubjectFile
from serving.settings import Settings
from serving.store.database import Store
from serving.store.tables import outcomes
from serving.subject_page import DONE, LABELS, PEACE, ROLES

DPO = Actor("amina", "dpo")


class Text(HTMLParser):
    """The words of a page, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "action", "onload", "onclick")]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return "\n".join(self.words)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    return made_once(tmp_path_factory.mktemp("template") / "home", migrated)


@pytest.fixture
def life(template: Path, store: Store, tmp_path: Path) -> Home:
    return copied(template, tmp_path / "home", store)


def exported(store: Store, home: Home, client: str = HER, code: str = "en", book: Book | None = None) -> SubjectFile:
    settings = Settings(institution="Bright Corner")
    return rights.export(store, home, settings, client, language(code), NOW, TODAY, DPO, book=book)


def a_book() -> Book:
    return Book.of(
        {
            "clients": pd.DataFrame(
                {
                    "client_id": [HER, OTHER],
                    "joined_on": [date(2020, 1, 2)] * 2,
                    "village": ["Kibera", "Juja"],
                    "meeting_weekday": [2, 3],
                }
            ),
            "loans": pd.DataFrame(
                {"loan_id": ["1"], "client_id": [HER], "disbursed_on": [date(2024, 1, 1)], "amount": [100]}
            ),
            "directory": pd.DataFrame(
                {
                    "client_id": [HER, OTHER],
                    "phone": ["0711", "0722"],
                    "safe_to_call": [True, None],
                    "reach_by": ["call", None],
                    "visitor": ["woman", None],
                }
            ),
        }
    )


def test_she_is_given_everything_that_is_kept_and_nothing_of_others(life: Home, store: Store) -> None:
    given = exported(store, life)

    kept = json.loads(given.files[DATA])
    assert kept == given.content
    assert [(row["as_of"], row["band"], row["risk_91d"], row["why"]) for row in kept["scores"]] == [
        ("2024-06-30", "high", 0.34, [DRIVERS["RNW-1"].name])
    ]
    assert {(row["as_of"], row["kind"]) for row in kept["figures"]} == {
        (day, kind) for day in ("2024-06-30", "2023-01-01") for kind in ("features", "facts", "people")
    }
    assert [(row["list_id"], row["revision"]) for row in kept["lists"]] == [
        ("2024-W27-desk", 1),
        ("2024-W27-o17", 1),
        ("2024-W27-desk", 2),
        ("2024-W27-o17", 2),
    ]
    assert all(row["reasons"] and row["asked_to"] and row["line"]["client_id"] == HER for row in kept["lists"])
    assert [row["note"] for row in kept["found"]] == [f"a note on {HER}"] * 2
    assert [row["note"] for row in kept["handed_over"]] == [f"on {HER}"]
    assert [row["kind"] for row in kept["peace"]] == ["bereavement"]
    assert [(row["reasons"], row["story"]) for row in kept["asked"]] == [(["HLT-1", "PRC-1"], f"told by {HER}")]
    assert [(row["sample_id"], row["left_on"]) for row in kept["sampled"]] == [("s0", "2024-06-30")]
    assert [(row["arm"], row["from_on"], row["until_on"]) for row in kept["lots"]] == [
        ("held_out", "2024-06-30", "2024-09-29")
    ]
    assert [(row["what"], row["value"]) for row in kept["corrections"]] == [("phone", "0711 000")]
    assert [(row["role"], row["event"]) for row in kept["seen"]] == [("officer", "client_viewed")]
    assert kept["kept_months"] == {
        "scores": 13,
        "lists": 13,
        "figures": 36,
        "found": 36,
        "seen": 60,
        "asked": 36,
        "by_law": 0,
    }
    assert kept["attributes"] is None
    for content in given.files.values():
        assert OTHER.encode() not in content


def test_no_name_of_staff_is_in_it(life: Home, store: Store) -> None:
    with store.write() as connection:
        connection.execute(update(outcomes).values(settled_by="juma"))
        audit.record(connection, NOW, "wairimu", "manager", Event.LIST_VIEWED, "2024-W27-o17", lines=3)
        audit.record(connection, NOW, "njeri", "manager", Event.LIST_VIEWED, "2024-W27-o18", lines=1)

    given = exported(store, life)

    seen = [(row["role"], row["event"], row["list_id"]) for row in given.content["seen"]]
    assert seen == [("officer", "client_viewed", ""), ("manager", "list_viewed", "2024-W27-o17")]
    for content in given.files.values():
        for name in (b"moses", b"juma", b"wairimu", b"njeri", b"command line", b"amina"):
            assert name not in content


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_it_in_her_language_and_loads_nothing(life: Home, store: Store, code: str) -> None:
    if store.engine.dialect.name != "sqlite" and code != "en":
        pytest.skip("words do not depend on the database")
    tongue = language(code)
    kept = exported(store, life, code=code)
    page = kept.files[PAGE].decode()

    text = Text(page)
    assert text.loads == []
    assert "<script" not in page
    assert f'<html lang="{code}">' in page
    for row in kept.content["lists"]:
        if row["revision"] == 2:
            for said in (*row["reasons"], row["asked_to"], row["asked_not_to"]):
                assert said in text.text
    for message in ("What is kept about you", "What it is for", "Who looked at it", "To have everything erased."):
        assert tongue.text(message) in text.text
    assert tongue.text("{n} in 100", n=tongue.number(34)) in text.text
    assert f"a note on {HER}" in text.text
    assert f"told by {HER}" in text.text
    assert tongue.text("You were drawn by lot to be asked why you left.") in text.text
    assert tongue.text(PEACE[Hold.BEREAVEMENT]) in text.text


def test_what_was_typed_in_cannot_become_part_of_the_page(life: Home, store: Store) -> None:
    with store.write() as connection:
        connection.execute(update(outcomes).values(note="<script>alert(1)</script>&<img src=x>"))

    page = exported(store, life).files[PAGE].decode()

    assert Text(page).loads == []
    assert "&lt;script&gt;alert(1)" in page


def test_particulars_are_shown_as_read_from_the_book_and_said_to_be_the_institutions(life: Home, store: Store) -> None:
    given = exported(store, life, book=a_book())

    assert given.content["attributes"] == {
        "clients": {"client_id": HER, "joined_on": "2020-01-02", "village": "Kibera", "meeting_weekday": 2},
        "directory": {
            "client_id": HER,
            "phone": "0711",
            "safe_to_call": True,
            "reach_by": "call",
            "visitor": "woman",
        },
    }
    text = Text(given.files[PAGE].decode()).text
    for said in ("Kibera", "0711", "2 Jan 2020", "Tuesday", "by phone", "a woman"):
        assert said in text.split("\n")
    assert "Those stay in the institution's own system" in text
    for content in given.files.values():
        assert b"Juja" not in content


def test_each_request_stands_in_the_log_under_her_pseudonym(life: Home, store: Store) -> None:
    exported(store, life)
    rights.show(store, life, HER, NOW, DPO)
    rights.correct(store, HER, "village", "Juja", NOW, DPO)
    rights.object_to(store, HER, NOW, TODAY, DPO)
    rights.erase(store, life, Settings(), HER, NOW, TODAY, DPO)

    with store.write() as connection:
        name = audit.pseudonym(connection, HER)
        told = [(e.event, e.actor, e.role, e.subject) for e in audit.entries(connection)][-5:]
        assert audit.verify(connection).first_break is None
    assert told == [
        (event, "amina", "dpo", name)
        for event in ("subject_exported", "client_viewed", "correction_made", "objection_made", "client_erased")
    ]


def test_a_client_nothing_is_kept_about_is_told_so(life: Home, store: Store) -> None:
    with store.read() as connection:
        before = audit.head(connection)
    for client in ("nobody", OTHER + " "):
        with pytest.raises(UsageError, match="nothing is kept about a client of this id"):
            exported(store, life, client)
        with pytest.raises(UsageError, match="nothing is kept about a client of this id"):
            rights.show(store, life, client, NOW, DPO)
    for client in ("", "  ", "a\nb", "x" * 201, "\u202ebad"):
        with pytest.raises(UsageError, match="a client's id has"):
            exported(store, life, client)
    with store.read() as connection:
        assert audit.head(connection) == before


def test_an_objection_leaves_her_out_from_today_and_is_kept_once(life: Home, store: Store) -> None:
    first = rights.object_to(store, HER, NOW, TODAY, DPO, note="said at the meeting")
    again = rights.object_to(store, HER, NOW + timedelta(days=1), TODAY + timedelta(days=1), DPO)

    assert first == again
    with store.read() as connection:
        assert HER in holds.objectors(connection, TODAY)
        assert HER not in holds.objectors(connection, TODAY - timedelta(days=1))
        assert sum(entry.event == Event.OBJECTION_MADE for entry in audit.entries(connection)) == 1


def test_a_correction_waits_until_the_institutions_own_system_says_the_same(life: Home, store: Store) -> None:
    rights.correct(store, HER, "phone", " 0733 ", NOW, DPO)
    rights.correct(store, HER, "safe_to_call", "no", NOW, DPO)
    rights.correct(store, HER, "other", "my loan was paid in May", NOW, DPO)

    with store.write() as connection:
        found = corrections_of(connection, [HER, OTHER, "nobody"])
        assert {(each.what, each.value) for each in found[HER]} == {
            ("other", "my loan was paid in May"),
            ("phone", "0733"),
            ("safe_to_call", "no"),
        }
        assert [each.value for each in found[OTHER]] == ["0711 000"]
        said = said_by(a_book())
        assert {each.what for each in waiting(found[HER], said)} == {"phone", "safe_to_call", "other"}
        said[HER] |= {"phone": "0733", "safe_to_call": False}
        assert {each.what for each in waiting(found[HER], said)} == {"other"}
        assert forget_met(connection, said) == 2
        assert {(each.client_id, each.what) for each in every(connection)} == {(HER, "other"), (OTHER, "phone")}


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("sex", "f", "what='sex' cannot be corrected; there are name, phone"),
        ("phone", " ", "1 to|at most 500"),
        ("phone", "x" * 501, "at most 500"),
        ("phone", "a\x00b", "printed|on one line"),
        ("reach_by", "pigeon", "is not one of meeting, visit, call, message"),
        ("safe_to_call", "perhaps", "neither yes nor no"),
    ],
)
def test_what_cannot_be_corrected_is_refused(store: Store, what: str, value: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rights.correct(store, HER, what, value, NOW, DPO)

    with store.read() as connection:
        assert every(connection) == []
        assert audit.head(connection).seq == 0


def test_corrections_leave_as_a_table_no_spreadsheet_runs(store: Store) -> None:
    rights.correct(store, HER, "phone", "=1+1", NOW, DPO)
    rights.correct(store, HER, "name", 'Ama "Mama", Otieno', NOW, DPO)

    with store.read() as connection:
        table = as_table(every(connection)).decode()

    lines = table.splitlines()
    assert lines[0] == "client_id,column,value,said_on"
    assert set(lines[1:]) == {
        f"{HER},directory.phone,'=1+1,2024-07-09",
        f'{HER},directory.name,"Ama ""Mama"", Otieno",2024-07-09',
    }


def test_what_can_be_corrected_is_a_column_of_the_book_that_no_model_reads_alone() -> None:
    for name in filter(None, CORRECTABLE.values()):
        table, column = name.split(".")
        assert TABLES[table].columns[column].current


@pytest.mark.parametrize("name", ["file.zip", "folder"])
def test_it_is_written_for_its_owner_alone_and_over_nothing(
    life: Home, store: Store, tmp_path: Path, name: str
) -> None:
    given = exported(store, life)

    given.write(tmp_path / name)

    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name) as opened:
            assert {each: opened.read(each) for each in opened.namelist()} == dict(given.files)
        written = [tmp_path / name]
    else:
        written = sorted((tmp_path / name).iterdir())
        assert {file.name: file.read_bytes() for file in written} == dict(given.files)
    assert {file.stat().st_mode & 0o777 for file in written} == {0o600}
    with pytest.raises(UsageError, match="already"):
        given.write(tmp_path / name)
    assert given.as_zip() == given.as_zip()
    assert zipfile.is_zipfile(io.BytesIO(given.as_zip()))


def test_every_role_event_hold_and_correction_has_words() -> None:
    of_clients = {
        event
        for event in Event
        if re.search(r"[Cc]lient|line|found|hold|peace|asked to be erased|How a client", event.meaning)
    }
    assert set(ROLES) == {*map(str, Role), "operator"}
    assert set(PEACE) == set(Hold)
    assert set(CORRECTABLE) <= set(LABELS)
    assert set(DONE) <= set(map(str, Event))
    assert {Event.CLIENT_VIEWED, Event.OUTCOME_RECORDED, Event.SUBJECT_EXPORTED} <= of_clients
    assert {str(e) for e in of_clients} - set(DONE) <= {
        "client_refused",
        "clients_scored",
        "searched",
        "lists_viewed",
        "lists_issued",
        "lists_stopped",
        "lot_seed_refused",
        "holds_viewed",
        "audit_forgotten",
    }
