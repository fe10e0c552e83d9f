"""A book is its content: not its format, its order of rows, or the way it is split into files."""

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.book import Book
from features.connectors.folder import open_book
from features.errors import DataError, MissingColumn, MissingTable, UnreadableFile
from features.schema import SQL_TYPES, TABLES


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype="str")


def as_parquet(frame: pd.DataFrame, name: str, path: Path) -> None:
    """Write text as Parquet whose columns bear the canonical types."""
    arrow = {"date": pa.date32(), "money": pa.decimal128(18, 2)}
    columns = {}
    for column in frame.columns:
        kind = TABLES[name].columns[column].kind
        text = pa.array([None if pd.isna(value) else value for value in frame[column]], pa.string())
        columns[column] = text.cast(arrow[kind]) if kind in arrow else text
    pq.write_table(pa.table(columns), path)


def rows_of(book: Book, name: str) -> int:
    return int(book.engine.frame(f"SELECT count(*) AS n FROM raw.{name}").n[0])


def test_a_folder_of_csv_is_a_book(sound_folder: Path) -> None:
    book = open_book(sound_folder)
    assert book.name == "book"
    assert {name: rows_of(book, name) for name in book.present} == {"clients": 3, "loans": 4, "repayments": 4}
    loans = book.engine.frame("SELECT * FROM raw.loans ORDER BY loan_id")
    assert [str(day) for day in loans.closed_on.dt.date[:1]] == ["2023-04-12"]
    assert loans.closed_on.isna().tolist() == [False, True, True, True]
    assert loans.currency.unique().tolist() == ["GHS"]


def test_every_column_has_its_canonical_type(sound_folder: Path) -> None:
    book = open_book(sound_folder)
    held = book.engine.columns("raw.loans")
    assert {name: held[name] for name in ("disbursed_on", "amount", "loan_id")} == {
        "disbursed_on": "DATE",
        "amount": "DECIMAL(18,2)",
        "loan_id": SQL_TYPES["id"],
    }


def test_parquet_and_compressed_csv_give_the_same_book(sound_folder: Path, tmp_path: Path) -> None:
    packed, columnar = tmp_path / "packed", tmp_path / "columnar"
    packed.mkdir()
    columnar.mkdir()
    for path in sound_folder.glob("*.csv"):
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        as_parquet(table(sound_folder, path.stem), path.stem, columnar / f"{path.stem}.parquet")
    digest = open_book(sound_folder).digest()
    assert open_book(packed).digest() == digest
    assert open_book(columnar).digest() == digest


def test_large_parquet_is_read_where_it_lies(sound_folder: Path) -> None:
    as_parquet(table(sound_folder, "repayments"), "repayments", sound_folder / "repayments.parquet")
    (sound_folder / "repayments.csv").unlink()
    book = open_book(sound_folder)
    copied = book.engine.frame("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'given' ORDER BY 1")
    assert copied.table_name.tolist() == ["clients", "loans"]


def test_parquet_whose_dates_are_text_is_judged_like_csv(sound_folder: Path) -> None:
    digest = open_book(sound_folder).digest()
    table(sound_folder, "loans").to_parquet(sound_folder / "loans.parquet")
    (sound_folder / "loans.csv").unlink()
    assert open_book(sound_folder).digest() == digest


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_shuffled_rows_and_split_files_are_the_same_book(
    sound_folder: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    other = tmp_path_factory.mktemp("other")
    for name in ("clients", "loans", "repayments"):
        frame = table(sound_folder, name)
        order = data.draw(st.permutations(range(len(frame))))
        shuffled = frame.iloc[order][data.draw(st.permutations(list(frame.columns)))]
        cut = data.draw(st.integers(0, len(frame)))
        form = data.draw(st.sampled_from(["one", "named", "folder", "parquet"]))
        if form == "one":
            shuffled.to_csv(other / f"{name}.csv", index=False)
        elif form == "named":
            shuffled[:cut].to_csv(other / f"{name}-1.csv", index=False)
            shuffled[cut:].to_csv(other / f"{name}-2.csv", index=False)
        elif form == "folder":
            (other / name).mkdir()
            shuffled[:cut].to_csv(other / name / "a.csv", index=False)
            shuffled[cut:].iloc[:, ::-1].to_csv(other / name / "b.csv", index=False)
        else:
            as_parquet(shuffled[:cut], name, other / f"{name}-1.parquet")
            as_parquet(shuffled[cut:], name, other / f"{name}-2.parquet")
    assert open_book(other).digest() == open_book(sound_folder).digest()


def test_another_amount_is_another_book(sound_folder: Path) -> None:
    before = open_book(sound_folder).digest()
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace("250.50", "250.51"))
    assert open_book(sound_folder).digest() != before


def test_the_truth_of_a_simulated_institution_is_never_read(sound_folder: Path) -> None:
    digest = open_book(sound_folder).digest()
    truth = sound_folder / "truth"
    truth.mkdir()
    (truth / "clients.csv").write_text("client_id,risk\nama,0.9\n")
    (truth / "departures.csv").write_text("client_id,left_on,leaver_type\nama,2023-05-01,VOL\n")
    book = open_book(sound_folder)
    assert book.digest() == digest
    assert "departures" not in book.present


def test_blanks_around_an_id_are_taken_off(sound_folder: Path) -> None:
    digest = open_book(sound_folder).digest()
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace(",kofi,", ", kofi ,"))
    assert open_book(sound_folder).digest() == digest


def test_the_same_rows_are_the_same_book_as_csv_and_as_parquet(sound_folder: Path) -> None:
    groups = pd.DataFrame(
        {
            "group_id": ["g1", " g2 ", "g3"],
            "name": [" Windmill Women ", "  ", None],
            "branch_id": ["b1 ", "", None],
        }
    )
    groups.to_csv(sound_folder / "groups.csv", index=False)
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace(",kofi,", ", kofi ,"))
    digest = open_book(sound_folder).digest()

    for name in ("groups", "clients", "loans", "repayments"):
        rows = groups if name == "groups" else table(sound_folder, name)
        as_parquet(rows, name, sound_folder / f"{name}.parquet")
        (sound_folder / f"{name}.csv").unlink()
    book = open_book(sound_folder)

    assert book.digest() == digest
    assert book.reference("groups")["name"].fillna("-").tolist() == ["Windmill Women", "-", "-"]
    assert not book.engine.rows("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'given'")


def test_an_optional_table_without_rows_is_not_known_rather_than_nothing(sound_folder: Path) -> None:
    (sound_folder / "savings.csv").write_text("client_id,moved_on,kind,amount\n")
    assert "savings" not in open_book(sound_folder).present


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(sound_folder: Path) -> None:
    digest = open_book(sound_folder).digest()
    loans = sound_folder / "loans.csv"
    loans.write_bytes(b"\xef\xbb\xbf" + loans.read_bytes().replace(b"\n", b"\r\n"))
    assert open_book(sound_folder).digest() == digest


def test_a_date_with_a_time_is_its_day(sound_folder: Path) -> None:
    digest = open_book(sound_folder).digest()
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace("2023-01-10", "2023-01-10 14:05:59"))
    assert open_book(sound_folder).digest() == digest


@pytest.mark.parametrize(
    "value", ["10/01/2023", "10.01.23", "01/10/23", "20230110", "2023-02-30", "2023-1-5", "44936", "yesterday"]
)
def test_only_iso_dates_are_dates_and_the_value_is_not_repeated(sound_folder: Path, value: str) -> None:
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace("2023-01-10", value))
    with pytest.raises(
        DataError, match=r"table 'loans' has a value that does not fit its column\. Run `exitwatch ch"
    ) as caught:
        open_book(sound_folder)
    assert value not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("value", ["1,000.00", "1_000", "ten", "NaN", "inf", "1e400", "12345678901234567890", "--5"])
def test_only_plain_numbers_are_amounts(sound_folder: Path, value: str) -> None:
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace("250.50", f'"{value}"'))
    with pytest.raises(DataError, match="does not fit its column"):
        open_book(sound_folder)


def test_a_table_that_is_there_twice_is_refused(sound_folder: Path) -> None:
    (sound_folder / "loans-2.csv").write_text((sound_folder / "loans.csv").read_text())
    with pytest.raises(UnreadableFile, match=r"table 'loans' is there twice, as 'loans.csv' and as 'loans-2.csv'"):
        open_book(sound_folder)


def test_parts_of_a_table_must_have_the_same_columns(sound_folder: Path) -> None:
    (sound_folder / "loans.csv").rename(sound_folder / "loans-1.csv")
    (sound_folder / "loans-2.csv").write_text("loan_id,client_id\nL9,ama\n")
    with pytest.raises(MissingColumn, match=r"files that differ: 'loans-1.csv' and 'loans-2.csv' in column 'amount'"):
        open_book(sound_folder)


def test_a_required_table_must_be_there(sound_folder: Path) -> None:
    (sound_folder / "loans.csv").unlink()
    with pytest.raises(MissingTable, match=r"table 'loans' is missing; the book has clients, repayments. Supply it"):
        open_book(sound_folder)


def test_a_folder_without_any_table_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear all")
    with pytest.raises(MissingTable, match=r"has no table of a book; it has letters.txt\. Name the files clients.csv"):
        open_book(tmp_path)


def test_a_path_that_is_neither_folder_nor_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"is not a folder nor a .toml file"):
        open_book(tmp_path / "nowhere")


def test_a_column_nobody_asked_for_is_refused(sound_folder: Path) -> None:
    frame = table(sound_folder, "loans").assign(shoe_size="42")
    frame.to_csv(sound_folder / "loans.csv", index=False)
    with pytest.raises(MissingColumn, match="table 'loans' has a column 'shoe_size' that nobody asked for"):
        open_book(sound_folder)


def test_two_columns_of_one_name_are_refused(sound_folder: Path) -> None:
    loans = sound_folder / "loans.csv"
    loans.write_text(loans.read_text().replace("due_on", "Amount"))
    with pytest.raises(UnreadableFile, match="has the column 'amount' twice"):
        open_book(sound_folder)
