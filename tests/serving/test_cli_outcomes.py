"""Commands about outcomes: filled-in lists come in, row by row and once; what was found goes out as a book."""

import csv
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from officer_lists import officer_list

from features.book import Book
from features.schema import TABLES
from serving import audit, issued, outcomes
from serving.cli import run
from serving.documents.xlsx import HEAD_ROWS, as_xlsx
from serving.home import Home
from serving.issued import Origin
from serving.languages import language
from serving.line import OfficerList
from serving.settings import Settings
from serving.store.database import Store

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
PAGE = officer_list(8)
DESK = officer_list(3, seed=2, officer="desk")
FIRST, SECOND = (PAGE.lines[place].client_id for place in (0, 1))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with closing(opened(tmp_path)) as store, store.write() as connection:
        issued.issue(connection, (PAGE, DESK), "2024-W27", PAGE.as_of, {}, Origin("m", "d", "", "1"), {}, NOW)
    return tmp_path


def opened(home: Path) -> Store:
    return Home(home).create().store(Settings())


def asked(home: Path, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str], str]:
    code = run(["outcomes", *map(str, words), "--home", str(home)])
    told = capsys.readouterr()
    return code, told.out.splitlines(), told.err


def kept(home: Path) -> dict[str, str]:
    with closing(opened(home)) as store, store.read() as connection:
        return {
            row.client_id: f"{row.code} {row.kind} {row.status}" for row in outcomes.of_week(connection, "2024-W27")
        }


def table(file: Path, *rows: dict[str, str], mark: str = ",") -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, columns, delimiter=mark, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


def row(place: int, code: str, **more: str) -> dict[str, str]:
    return {
        "list": PAGE.printed_id,
        "place": str(place),
        "code": code,
        "kind": "V",
        "happened_on": "2024-07-02",
        **more,
    }


@pytest.mark.parametrize("mark", [",", ";"])
def test_typed_in_paper_is_kept_row_by_row(
    mark: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(
        tmp_path / "paper.csv",
        row(1, "l", reasons="PRC-1 AMT-1", note="two\nlines, and a comma"),
        row(2, ""),
        row(2, "R"),
        row(99, "S"),
        row(3, "O", kind="", override="no_time"),
        {**row(1, "S"), "list": f"{DESK.list_id}-{DESK.check}"},
        {**row(2, "S"), "list": f"{PAGE.list_id}-zzz"},
        mark=mark,
    )

    code, told, error = asked(home, capsys, "import", file)

    assert told == [
        "row 2: accepted",
        "row 4: refused: Say on which day the client means to come back.",
        "row 5: refused: There is no such line for you.",
        "row 6: accepted",
        "row 7: accepted",
        "row 8: refused: there is no list with this id and these check letters",
        "3 accepted, 0 same, 0 conflict, 3 refused",
    ]
    assert code == 3
    assert "3 of 6 rows were refused" in error
    assert kept(home)[FIRST] == "L visit accepted"
    with closing(opened(home)) as store, store.read() as connection:
        (first,) = [each for each in outcomes.of_client(connection, FIRST) if each.list_id == PAGE.list_id]
        events = [entry for entry in audit.entries(connection) if entry.event == "outcome_recorded"]
    assert (first.reasons, first.note) == (("PRC-1", "AMT-1"), "two lines, and a comma")
    assert (first.entered_by, first.entered_role, first.channel) == ("command line", "desk", "file")
    assert [(entry.actor, entry.role) for entry in events] == [("command line", "operator")] * 3


def test_a_file_imported_again_changes_nothing_and_what_differs_waits(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path / "paper.csv", row(1, "S"), row(2, "T"))
    asked(home, capsys, "import", file)
    before = kept(home)

    again = asked(home, capsys, "import", file)
    other = asked(home, capsys, "import", table(tmp_path / "other.csv", row(1, "N"), row(2, "T")))

    assert again == (0, ["row 2: same", "row 3: same", "0 accepted, 2 same, 0 conflict, 0 refused"], "")
    assert before == {FIRST: "S visit accepted", SECOND: "T visit accepted"}
    assert other[1][:2] == ["row 2: conflict", "row 3: same"]


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("a.csv", b"list,place\nx,1\n", 3, "has no column 'code'"),
        ("a.csv", b"list,place,code,Wanjiru\nx,1,S,y\n", 3, "has a column that no such table has"),
        ("a.csv", b"list,place,code\n\xff\xfe,1,S\n", 3, "is not in UTF-8"),
        ("a.csv", b'list,place,code\n"x,1,S\n', 3, "is not a whole CSV table"),
        ("a.csv", b"", 3, "has no column 'list'"),
        ("a.csv", None, 3, "cannot be opened"),
        ("a.xlsx", b"PK", 3, "cannot be read as an XLSX workbook"),
        ("a.ods", b"", 2, "is neither .csv nor .xlsx"),
    ],
)
def test_a_file_that_is_no_such_table_is_told_in_a_sentence(
    name: str,
    content: bytes | None,
    code: int,
    told: str,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    ended, _, error = asked(home, capsys, "import", tmp_path / name)

    assert ended == code
    assert told in error
    assert "Wanjiru" not in error


def workbook(file: Path, page: OfficerList, filled: dict[int, dict[str, Any]], language_code: str = "en") -> Path:
    """An officer's workbook with replies, by place and heading of the column."""
    file.write_bytes(as_xlsx(page, language(language_code), Settings()))
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[HEAD_ROWS + 1]}
    for place, replies in filled.items():
        for head, value in replies.items():
            sheet.cell(HEAD_ROWS + 1 + place, heads[head]).value = value
    book.save(file)
    return file


def test_an_officers_filled_in_workbook_is_kept(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2024, 7, 2)
    said = {"Day of the contact": day, "How": "V", "Code": "L", "First reason": "AMT-1", "Second reason": "PRC-1"}
    file = workbook(
        tmp_path / "o17.xlsx",
        PAGE,
        {
            1: {**said, "Comes on": date(2024, 12, 1), "Note": "asks for a woman"},
            2: {"Day of the contact": day, "How": "C", "Code": "W", "Do not contact again": "yes"},
            4: {"Note": "no code, so not filled in"},
        },
    )

    code, told, _ = asked(home, capsys, "import", file)

    assert (code, told) == (0, ["row 6: accepted", "row 7: accepted", "2 accepted, 0 same, 0 conflict, 0 refused"])
    with closing(opened(home)) as store, store.read() as connection:
        first, second = sorted(outcomes.of_list(connection, PAGE.list_id), key=lambda each: each.place)
    assert (first.client_id, first.happened_on, first.promised_on) == (FIRST, date(2024, 7, 2), date(2024, 12, 1))
    assert (first.reasons, first.note) == (("AMT-1", "PRC-1"), "asks for a woman")
    assert (second.client_id, second.code, second.kind, second.do_not_contact) == (SECOND, "W", "call", True)


def test_a_workbook_whose_columns_were_moved_is_not_misread(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workbook(tmp_path / "o17.xlsx", PAGE, {1: {"How": "M", "Code": "S"}})
    book = openpyxl.load_workbook(file)
    book.worksheets[0].insert_cols(book.worksheets[0].max_column + 1)
    book.worksheets[0].cell(HEAD_ROWS + 1, book.worksheets[0].max_column + 1).value = "My own"
    book.save(file)

    code, told, error = asked(home, capsys, "import", file)

    assert (code, told) == (3, [])
    assert "has other last columns than the list was made with" in error
    assert kept(home) == {}


def test_what_was_found_goes_out_as_tables_of_a_book(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(
        tmp_path / "paper.csv",
        row(1, "L", reasons="PRC-1"),
        row(2, "N", kind="C"),
        row(3, "O", kind="", override="known"),
    )
    asked(home, capsys, "import", file)

    code, told, _ = asked(home, capsys, "export", "--out", tmp_path / "out")

    assert (code, told) == (0, [f"2 contacts and 1 departures in {tmp_path / 'out'}"])
    found = {name: pd.read_csv(tmp_path / "out" / f"{name}.csv", dtype="str") for name in ("contacts", "departures")}
    assert all(set(frame.columns) <= set(TABLES[name].columns) for name, frame in found.items())
    assert sorted(found["contacts"]["result"]) == ["not_reached", "reached"]
    clients = pd.DataFrame({"client_id": [FIRST, SECOND], "joined_on": ["2024-01-01"] * 2})
    loans = pd.DataFrame({"loan_id": ["1"], "client_id": [FIRST], "disbursed_on": ["2024-01-01"], "amount": [100]})
    with Book.of({"clients": clients, "loans": loans, **found}).known(date.max - timedelta(days=1)) as known:
        assert known.frame("SELECT leaver_type, reasons FROM departures").to_numpy().tolist() == [["VOL", "PRC-1"]]
    before = {name: (tmp_path / "out" / f"{name}.csv").read_bytes() for name in found}
    asked(home, capsys, "export", "--out", tmp_path / "out")
    assert before == {name: (tmp_path / "out" / f"{name}.csv").read_bytes() for name in found}
    with closing(opened(home)) as store, store.read() as connection:
        assert [entry.event for entry in audit.entries(connection)].count("list_exported") == 2


def test_lists_are_counted_and_name_nobody(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in (("a", "S"), ("b", "T")):
        asked(home, capsys, "import", table(tmp_path / f"{name}.csv", row(1, "N"), row(2, code)))

    code, told, _ = asked(home, capsys, "list")

    assert (code, told) == (
        0,
        ["2024-W27-o17  2 of 8 lines answered, to be decided: 2", "2024-W27-desk  0 of 3 lines answered"],
    )
    assert asked(home, capsys, "list", "--week", "2024-W27")[1] == told
    assert asked(home, capsys, "list", "--week", "2024-W26")[0] == 2
    assert asked(home, capsys, "list", "--week", "last")[0] == 2
