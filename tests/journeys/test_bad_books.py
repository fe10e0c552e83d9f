"""Someone hands in a damaged book: one sentence says what is wrong, and nothing on the disk is touched."""

import gzip
import hashlib
import os
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.connectors.folder import open_book
from features.errors import DataError, MissingColumn, UnreadableFile, UnusableBook
from features.validate import check, ensure_usable
from serving.cli import run

TODAY = date(2023, 12, 31)
LOANS = "loans.csv"


@dataclass(frozen=True)
class Damage:
    """One way a book arrives broken.

    Attributes
    ----------
    name
        What happened to it.
    do
        Does it to a sound folder.
    message
        What the report must say.
    opens
        Whether the values could still be read; the check alone then stands between them and the lists.
    usable
        Whether the book may be used all the same, with the treatment the report names.
    """

    name: str
    do: Callable[[Path], object]
    message: str
    opens: bool = False
    usable: bool = False


def text(name: str, change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(change((folder / name).read_text()))


def swap(old: str, new: str, name: str = LOANS) -> Callable[[Path], object]:
    def change(content: str) -> str:
        assert old in content
        return content.replace(old, new)

    return text(name, change)


def encoded(codec: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        content = (folder / "clients.csv").read_text().replace("kofi", "José")
        (folder / "clients.csv").write_bytes(content.encode(codec))
        (folder / LOANS).write_text((folder / LOANS).read_text().replace("kofi", "José"))

    return change


def crowd(folder: Path) -> None:
    rows = "".join(f"X{n},kofi,2023-03-01,5.00,2023-06-01,GHS,,\n" for n in range(10_000))
    (folder / LOANS).write_text((folder / LOANS).read_text() + rows)


def packed_and_cut(folder: Path) -> None:
    whole = gzip.compress((folder / LOANS).read_bytes() + os.urandom(100_000).hex().encode())
    (folder / "loans.csv.gz").write_bytes(whole[: len(whole) // 2])
    (folder / LOANS).unlink()


DAMAGES = [
    Damage(
        "missing table", lambda f: (f / LOANS).unlink(), "loans: the table is missing; the book has clients, repayments"
    ),
    Damage("missing column", swap("amount", "sum"), "loans.amount: the column is missing; the table has loan_id"),
    Damage(
        "no known heading",
        swap("client_id,joined_on", "CLIENT_ID,JOINED_ON", "clients.csv"),
        "clients.client_id: the column is missing; the table has CLIENT_ID, JOINED_ON | "
        "CLIENT_ID looks like client_id: write it in small letters, or name it in a mapping.",
    ),
    Damage(
        "foreign headings",
        swap("client_id,joined_on", "Kundennummer,Beitritt", "clients.csv"),
        "clients.joined_on: the column is missing; the table has Kundennummer, Beitritt | Export it, or map it",
    ),
    Damage(
        "no id",
        swap("loan_id,", "Loan_Id,"),
        "loans.loan_id: the column is missing; the table has Loan_Id, client_id | Loan_Id looks like loan_id: write",
    ),
    Damage("extra column", swap("closed_how", "mood"), "loans.mood: the column is not one of the table's"),
    Damage("empty file", text(LOANS, lambda _: ""), "file 'loans.csv' is empty, 0 bytes"),
    Damage(
        "empty table",
        text(LOANS, lambda content: content.splitlines()[0] + "\n"),
        "loans: the table has no row",
        opens=True,
    ),
    Damage(
        "no header",
        text(LOANS, lambda content: content.split("\n", 1)[1]),
        "has no header line: its first line holds values",
    ),
    Damage(
        "UTF-16", encoded("utf-16"), "file 'clients.csv' is not UTF-8 but looks like UTF-16. | Save it as CSV in UTF-8"
    ),
    Damage("latin-1", encoded("latin-1"), r"file 'clients.csv' is not UTF-8 (line 3) | Save it as CSV in UTF-8"),
    Damage(
        "semicolons",
        text(LOANS, lambda content: content.replace(",", ";")),
        "is separated by semicolons, where a book's CSV uses commas",
    ),
    Damage("tabs", text(LOANS, lambda content: content.replace(",", "\t")), "is separated by tabs"),
    Damage(
        "a spreadsheet", lambda f: (f / LOANS).write_bytes(b"PK\x03\x04rest"), "is a spreadsheet or a zip, not a CSV"
    ),
    Damage(
        "hidden compression",
        lambda f: (f / LOANS).write_bytes(gzip.compress(b"a,b\n")),
        "is compressed | Name it 'loans.csv.gz'",
    ),
    Damage("cut compression", packed_and_cut, "file 'loans.csv.gz' is cut off or not compressed as its name says"),
    Damage("no Parquet", lambda f: (f / LOANS).rename(f / "loans.parquet"), "is not a Parquet file"),
    Damage(
        "ragged row", swap("L1,ama", "L1,ama,ama"), "cannot be read at line 2: it has 9 fields where the header has 8"
    ),
    Damage("open quote", swap("L2,kofi", 'L2,"kofi'), "a double quote is opened and never closed"),
    Damage(
        "not a date",
        swap("2023-02-03", "03.02.2023"),
        "loans.disbursed_on: 1 row not a date such as 2024-01-31 (row 3 of loans.csv)",
    ),
    Damage(
        "future dates",
        swap("2023-02-03", "2062-02-03"),
        "loans.disbursed_on: 1 row dated after 2023-12-31 (row 3 of loans.csv)",
        opens=True,
    ),
    Damage(
        "duplicate ids",
        swap("L3,", "L1,"),
        "loans.loan_id: 2 rows share their id with another row (rows 2, 4 of loans.csv)",
        opens=True,
    ),
    Damage(
        "orphan loan",
        swap("L2,kofi", "L2,yaw"),
        "loans.client_id: 1 row of a client that is not in clients (row 3 of loans.csv)",
        opens=True,
    ),
    Damage(
        "orphan payment",
        swap("L2,", "L7,", "repayments.csv"),
        "repayments.loan_id: 1 row of a loan that is not in loans (row 5 of repayments.csv)",
        opens=True,
    ),
    Damage("negative amount", swap("250.5", "-250.5"), "loans.amount: 1 row below 0 (row 3 of loans.csv)", opens=True),
    Damage(
        "absurd amount",
        swap("250.5", "250500000"),
        "loans.amount: 1 row above 10,000 times the usual amount (row 3 of loans.csv)",
        opens=True,
        usable=True,
    ),
    Damage(
        "closed before it began",
        swap("2023-04-12", "2022-04-12"),
        "loans.closed_on: 1 row closed before disbursed_on (row 2 of loans.csv)",
        opens=True,
    ),
    Damage(
        "two currencies",
        swap("2023-05-03,GHS", "2023-05-03,USD"),
        "loans.currency: 1 row in another currency than most; there are 2, and amounts of two are never added",
        opens=True,
    ),
    Damage(
        "10,000 loans",
        crowd,
        "10,001 rows belong to 1 client with more than 1,000 loans each (rows 3, 6, 7, 8, 9, ... of loans.csv)",
        opens=True,
        usable=True,
    ),
    Damage(
        "no exits",
        swap("2023-04-12,repaid", ","),
        "no loan has an end, so no client can be seen to leave",
        opens=True,
        usable=True,
    ),
    Damage(
        "twice there",
        lambda f: (f / "loans-old.csv").write_bytes((f / LOANS).read_bytes()),
        "table 'loans' is there twice, as 'loans.csv' and as 'loans-old.csv'",
    ),
]


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Nothing below the folder's parent is written, changed or removed."""

    def seen() -> dict[str, tuple[int, str]]:
        return {
            str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.parent.rglob("*"))
            if path.is_file()
        }

    before = seen()
    yield
    assert seen() == before


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_book_is_told_in_a_sentence_and_left_as_it_is(sound_folder: Path, damage: Damage) -> None:
    damage.do(sound_folder)
    with untouched(sound_folder):
        report = check(sound_folder, today=TODAY)
        assert report.usable is damage.usable
        plain = re.sub(r"\n  ", " | ", report.as_text())
        for part in damage.message.split(" | "):
            assert part.rstrip(".") in plain
        if not damage.usable:
            with pytest.raises(UnusableBook, match=r"book 'book' cannot be used: .*Run `exitwatch check`") as refused:
                ensure_usable(report)
            assert refused.value.exit_code == 3
        if damage.opens:
            open_book(sound_folder)
        else:
            with pytest.raises(DataError) as stopped:
                open_book(sound_folder)
            assert "José" not in str(stopped.value)
            assert "kofi" not in str(stopped.value)
    assert "José" not in plain
    assert "kofi" not in plain


def test_the_sound_book_itself_passes(sound_folder: Path) -> None:
    with untouched(sound_folder):
        ensure_usable(check(sound_folder, today=TODAY))
        assert set(open_book(sound_folder).present) == {"clients", "loans", "repayments"}


@pytest.mark.parametrize(("days", "code"), [(-30, 0), (30, 3)])
def test_the_command_tells_of_dates_that_have_not_come_yet(
    sound_folder: Path, capsys: pytest.CaptureFixture[str], days: int, code: int
) -> None:
    day = date.today() + timedelta(days=days)  # noqa: DTZ011 - the command reads the same clock
    swap("2023-04-01", day.isoformat())(sound_folder)
    swap("2023-08-01", "2099-08-01")(sound_folder)

    assert run(["check", str(sound_folder)]) == code

    told = capsys.readouterr().out
    assert ("loans.disbursed_on: 1 row dated after" in told) is (code == 3)
    assert "loans.due_on" not in told


def test_headings_in_capitals_are_told_by_the_command_and_on_opening(
    sound_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swap("client_id,joined_on", "CLIENT_ID,JOINED_ON", "clients.csv")(sound_folder)

    assert run(["check", str(sound_folder)]) == 3

    told = capsys.readouterr().out
    for heading in ("CLIENT_ID", "JOINED_ON"):
        assert f"clients.{heading.lower()}: the column is missing; the table has CLIENT_ID, JOINED_ON" in told
        assert f"{heading} looks like {heading.lower()}: write it in small letters, or name it in a mapping." in told
    with pytest.raises(MissingColumn, match="no column 'client_id' nor 'joined_on'; it has CLIENT_ID, JOINED_ON") as no:
        open_book(sound_folder)
    assert "JOINED_ON looks like joined_on: write it in small letters, or name it in a mapping." in str(no.value)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    report = check(tmp_path / "gone")
    assert "book 'gone' is not a folder nor a .toml file" in report.as_text()
    assert not report.usable


def test_a_row_far_below_the_header_in_another_encoding_is_found(sound_folder: Path) -> None:
    rows = "".join(f"c{n},2023-01-01\n" for n in range(30_000)).encode()
    clients = sound_folder / "clients.csv"
    clients.write_bytes(clients.read_bytes() + rows + "José,2023-01-01\n".encode("latin-1"))
    report = check(sound_folder)
    assert not report.usable
    assert re.search(r"file 'clients.csv' cannot be read at line 30005: it is not UTF-8", report.as_text())


def test_two_currencies_become_two_books_with_one_line_each(sound_folder: Path) -> None:
    swap("2023-05-03,GHS", "2023-05-03,USD")(sound_folder)
    assert not check(sound_folder).usable
    mapping = sound_folder / "cedis.toml"
    tables = ""
    for name in ("clients", "loans", "repayments"):
        header = (sound_folder / f"{name}.csv").read_text().splitlines()[0].split(",")
        columns = "".join(f'{column} = "{column}"\n' for column in header)
        keep = 'keep = [{ column = "currency", equals = "GHS" }]\n' if name == "loans" else ""
        drop = 'without_parent = "leave_out"\n' if name == "repayments" else ""
        tables += f'[files.{name}]\npaths = ["{name}.csv"]\n{keep}'
        tables += f'[tables.{name}]\nfrom = "{name}"\n{drop}[tables.{name}.columns]\n{columns}'
    mapping.write_text(tables)
    report = check(mapping, today=TODAY)
    assert report.usable
    assert report.rows == {"clients": 3, "loans": 3, "repayments": 3}


@pytest.mark.parametrize("command", [["simulate"], ["demo", "--dir"]])
def test_a_simulation_does_not_write_over_a_book(
    sound_folder: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    folder = sound_folder if command == ["simulate"] else sound_folder.parent
    books = {path: path.read_bytes() for path in sound_folder.iterdir()}

    assert run([*command, str(folder), "--clients", "100", "--weeks", "26"]) == 2

    told = " ".join(capsys.readouterr().err.split())
    assert "folder 'book' holds clients.csv, loans.csv, repayments.csv, which no simulation wrote" in told
    assert {path: path.read_bytes() for path in sound_folder.iterdir()} == books


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd"])
@pytest.mark.parametrize("seed", range(3))
def test_parquet_that_is_damaged_in_the_middle_is_told_by_name(
    sound_folder: Path, capsys: pytest.CaptureFixture[str], compression: str, seed: int
) -> None:
    drawn = random.Random(seed)
    count = 3_000
    rows = pa.table(
        {
            "loan_id": [f"L{n}" for n in range(count)],
            "client_id": [drawn.choice(["ama", "kofi", "esi"]) for _ in range(count)],
            "disbursed_on": [date(2023, 3, 1) + timedelta(drawn.randrange(90)) for _ in range(count)],
            "amount": [float(drawn.randrange(100, 900)) for _ in range(count)],
        }
    )
    file = sound_folder / "loans.parquet"
    pq.write_table(rows, file, compression=compression)
    (sound_folder / LOANS).unlink()
    whole = file.read_bytes()
    size = 400
    start = drawn.randrange(4, len(whole) // 2)
    file.write_bytes(whole[:start] + drawn.randbytes(size) + whole[start + size :])

    assert run(["check", str(sound_folder)]) == 3

    told = capsys.readouterr()
    assert "unforeseen" not in told.err
    assert re.search(r"loans: file 'loans.parquet' cannot be read.*\n +Export it again", told.out)
    with pytest.raises(UnreadableFile, match="cannot be read") as stopped:
        open_book(sound_folder).digest()
    assert "kofi" not in str(stopped.value) + told.out
