"""What the check finds, where it points, and that it never repeats what stands in a cell."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.book import Book
from features.connectors.folder import open_book
from features.errors import DataError, UnusableBook
from features.report import Finding, Report, Severity, ensure_usable
from features.schema import TABLES
from features.validate import WITHOUT, check
from features.value_rules import MANY

TODAY = date(2023, 12, 31)


def edit(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / f"{name}.csv"
    change(pd.read_csv(path, dtype="str")).to_csv(path, index=False)


def put(folder: Path, name: str, column: str, row: int, value: str | None) -> None:
    """Write one cell; `row` as a spreadsheet counts."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row - 2, column] = value
        return frame

    edit(folder, name, change)


def add(folder: Path, name: str, drawn: pd.DataFrame) -> None:
    drawn.to_csv(folder / f"{name}.csv", index=False)


def found(report: Report, kind: str) -> Finding:
    matching = [finding for finding in report.findings if finding.kind == kind]
    assert len(matching) == 1, [(finding.kind, finding.place) for finding in report.findings]
    return matching[0]


def told(finding: Finding) -> tuple[str, str, int, tuple[int, ...]]:
    return finding.severity.value, finding.place, finding.rows, finding.examples


def test_a_sound_book_is_usable_and_says_what_is_not_known_without_the_rest(sound_folder: Path) -> None:
    report = check(sound_folder, today=TODAY)
    assert report.usable
    assert report.rows == {"clients": 3, "loans": 4, "repayments": 4}
    assert {finding.kind for finding in report.findings} == {"optional_table", "span"}
    missing = {finding.table for finding in report.findings if finding.kind == "optional_table"}
    assert missing == set(TABLES) - {"clients", "loans", "repayments"}
    ensure_usable(report)


def test_every_optional_table_says_what_is_not_known_without_it() -> None:
    assert set(WITHOUT) == {name for name, table in TABLES.items() if not table.required}


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "kind", "severity"),
    [
        ("loans", "disbursed_on", 3, "03/02/2023", "not_a_date", "error"),
        ("loans", "disbursed_on", 3, "2023-02-30", "not_a_date", "error"),
        ("loans", "closed_on", 2, "never", "not_a_date", "error"),
        ("loans", "disbursed_on", 3, None, "empty", "error"),
        ("loans", "client_id", 3, None, "empty", "error"),
        ("loans", "amount", 3, "1,250.00", "not_a_number", "error"),
        ("loans", "amount", 3, "-250", "negative", "error"),
        ("loans", "amount", 3, "0", "zero", "warning"),
        ("loans", "amount", 3, "250000000", "absurd", "warning"),
        ("loans", "disbursed_on", 3, "1923-02-03", "implausible_date", "error"),
        ("loans", "due_on", 3, "2203-02-03", "implausible_date", "error"),
        ("loans", "closed_on", 3, "9999-12-31", "open_end", "note"),
        ("loans", "closed_on", 2, "2023-01-09", "ends_before_it_began", "error"),
        ("loans", "due_on", 3, "2023-02-02", "due_before_it_began", "warning"),
        ("loans", "closed_how", 2, "vanished", "unknown_value", "error"),
        ("loans", "closed_how", 3, "repaid", "end_without_date", "warning"),
        ("loans", "client_id", 3, " kofi", "padded", "warning"),
        ("loans", "client_id", 3, "yaw", "orphan", "error"),
        ("loans", "currency", 3, "USD", "two_currencies", "error"),
        ("loans", "currency", 3, None, "currency_unsaid", "warning"),
        ("repayments", "loan_id", 4, "L9", "orphan", "error"),
        ("repayments", "amount", 4, "-40", "negative", "warning"),
        ("repayments", "paid_on", 4, "2023", "not_a_date", "error"),
    ],
)
def test_one_bad_cell_is_one_finding_that_names_its_row(
    sound_folder: Path, table: str, column: str, row: int, value: str | None, kind: str, severity: str
) -> None:
    put(sound_folder, table, column, row, value)
    report = check(sound_folder, today=TODAY)
    finding = found(report, kind)
    assert told(finding) == (severity, f"{table}.{column}", 1, (row,))
    assert finding.file == f"{table}.csv"
    assert report.usable == (severity != "error")
    # A lost day of disbursement leaves a gap, an ancient one comes before the client joined; nothing else follows.
    others = {each.kind for each in report.findings} - {kind, "optional_table", "span"}
    assert others <= ({"gap", "joined_late"} if column == "disbursed_on" else set())


@pytest.mark.parametrize(
    ("hours_from", "hours_until", "kind", "column"),
    [
        ("9:00", "17:00", "not_an_hour", "hours_from"),
        ("09:60", "17:00", "not_an_hour", "hours_from"),
        ("09:00", "24:00", "not_an_hour", "hours_until"),
        ("09:00", "1 pm", "not_an_hour", "hours_until"),
        ("09.00", "", "not_an_hour", "hours_from"),
        ("17:00", "09:00", "ends_before_it_began", "hours_until"),
        ("09:00", "09:00", "ends_before_it_began", "hours_until"),
    ],
)
def test_hours_that_cannot_be_kept_are_an_error(
    sound_folder: Path, drawn: Callable[[str], pd.DataFrame], hours_from: str, hours_until: str, kind: str, column: str
) -> None:
    rows = f"""
        client_id | hours_from   | hours_until
        ama       | 00:00        | 23:59
        kofi      | {hours_from} | {hours_until}
        esi       |              | 12:30
    """
    add(sound_folder, "directory", drawn(rows))

    finding = found(check(sound_folder, today=TODAY), kind)

    assert told(finding) == ("error", f"directory.{column}", 1, (3,))


def test_hours_as_they_should_be_are_no_finding(sound_folder: Path, drawn: Callable[[str], pd.DataFrame]) -> None:
    rows = """
        client_id | name | hours_from | hours_until | safe_to_call | visitor
        ama       | Ama  | 00:00      | 23:59       | true         | woman
        kofi      | Kofi |            | 12:30       |              |
        esi       | Esi  | 09:05      |             | false        | anyone
    """
    add(sound_folder, "directory", drawn(rows))

    assert {finding.kind for finding in check(sound_folder, today=TODAY).findings} == {"optional_table", "span"}


@pytest.mark.parametrize(
    ("table", "column", "row", "value"),
    [
        ("loans", "disbursed_on", 3, "SECRET-1"),
        ("loans", "amount", 3, "SECRET-2"),
        ("loans", "client_id", 3, "SECRET-3"),
        ("loans", "closed_how", 2, "SECRET-4"),
        ("loans", "currency", 3, "SECRET-5"),
        ("clients", "client_id", 3, "SECRET-6"),
    ],
)
def test_no_rendering_and_no_error_repeats_a_value(
    sound_folder: Path, table: str, column: str, row: int, value: str
) -> None:
    put(sound_folder, table, column, row, value)
    report = check(sound_folder, today=TODAY)
    assert not report.usable
    for rendering in (report.as_text(), report.as_markdown(), report.as_json()):
        assert "SECRET" not in rendering
    with pytest.raises(UnusableBook) as caught:
        ensure_usable(report)
    assert "SECRET" not in str(caught.value)


def test_a_file_without_header_line_does_not_have_its_first_row_repeated(sound_folder: Path) -> None:
    loans = sound_folder / "loans.csv"
    loans.write_text("\n".join(loans.read_text().splitlines()[1:]) + "\n")
    report = check(sound_folder, today=TODAY)
    assert "no header line: its first line holds values" in found(report, "unreadable").message
    assert "kofi" not in report.as_text()
    assert "ama" not in report.as_text().replace("amount", "")


def test_rows_are_counted_and_the_first_five_are_named(
    sound_folder: Path, drawn: Callable[[str], pd.DataFrame]
) -> None:
    rows = "\n".join(f"ama | 2023-04-{day:02d} | gift | 5" for day in range(1, 9))
    add(sound_folder, "savings", drawn("client_id | moved_on | kind | amount\n" + rows))
    finding = found(check(sound_folder, today=TODAY), "unknown_value")
    assert told(finding) == ("error", "savings.kind", 8, (2, 3, 4, 5, 6))
    assert finding.shown_rows == "rows 2, 3, 4, 5, 6, ... of savings.csv"


def test_an_id_that_stands_twice_names_both_rows(sound_folder: Path) -> None:
    put(sound_folder, "loans", "loan_id", 4, "L1")
    finding = found(check(sound_folder, today=TODAY), "duplicate")
    assert told(finding) == ("error", "loans.loan_id", 2, (2, 4))


def test_a_payment_exported_twice_is_found_by_its_id(sound_folder: Path) -> None:
    edit(sound_folder, "repayments", lambda frame: pd.concat([frame, frame[:1]]))
    assert told(found(check(sound_folder), "duplicate")) == ("error", "repayments.repayment_id", 2, (2, 6))


def test_rows_without_id_that_are_copies_of_others_are_counted(sound_folder: Path) -> None:
    edit(sound_folder, "repayments", lambda frame: pd.concat([frame, frame[:1]]).drop(columns="repayment_id"))
    finding = found(check(sound_folder), "copies")
    assert (finding.severity, finding.rows) == (Severity.WARNING, 1)


def test_a_closing_known_before_it_happened_is_used_from_the_later_day(
    sound_folder: Path, drawn: Callable[[str], pd.DataFrame]
) -> None:
    edit(sound_folder, "loans", lambda frame: frame.assign(closed_known_on=["2023-04-01", None, None, None]))
    finding = found(check(sound_folder, today=TODAY), "known_before")
    assert told(finding) == ("warning", "loans.closed_known_on", 1, (2,))
    assert finding.remedy == "They are used from the later of the two dates."
    with open_book(sound_folder).known(date(2023, 4, 5)) as known:
        assert known.frame("SELECT count(closed_on) AS n FROM loans").n[0] == 0


def test_a_row_known_before_it_happened_is_a_warning(sound_folder: Path) -> None:
    edit(sound_folder, "repayments", lambda frame: frame.assign(known_on=["2023-02-10"] * 3 + ["2023-03-01"]))
    found_here = {(each.kind, each.rows) for each in check(sound_folder).findings if each.severity is Severity.WARNING}
    assert found_here == {("known_before", 3)}


def test_a_few_dates_in_the_future_warn_and_many_stop(sound_folder: Path, drawn: Callable[[str], pd.DataFrame]) -> None:
    many = "\n".join(f"ama | 2023-05-{1 + n % 28:02d} | deposit | {n}" for n in range(2 * round(1 / MANY)))
    head = "client_id | moved_on | kind | amount\n"
    add(sound_folder, "savings", drawn(head + "ama | 2024-06-01 | deposit | 5\n" + many))
    one = check(sound_folder, today=TODAY)
    assert told(found(one, "future_date")) == ("warning", "savings.moved_on", 1, (2,))
    assert one.usable
    later = check(sound_folder, today=date(2023, 5, 10))
    assert found(later, "future_date").severity is Severity.ERROR
    assert "future_date" not in {finding.kind for finding in check(sound_folder).findings}


def test_a_schedule_may_lie_in_the_future(sound_folder: Path, drawn: Callable[[str], pd.DataFrame]) -> None:
    plan = "loan_id | due_on | amount_due\nL2 | 2024-05-01 | 50\nL2 | 2024-06-01 | 50"
    add(sound_folder, "instalments", drawn(plan))
    assert check(sound_folder, today=date(2023, 6, 1)).usable


def test_one_client_with_ten_thousand_loans_is_named_and_the_book_stays_usable(sound_folder: Path) -> None:
    def crowd(frame: pd.DataFrame) -> pd.DataFrame:
        many = pd.DataFrame(
            {
                "loan_id": [f"X{n}" for n in range(10_000)],
                "client_id": "kofi",
                "disbursed_on": "2023-03-01",
                "amount": "5",
                "currency": "GHS",
            }
        )
        return pd.concat([frame, many])

    edit(sound_folder, "loans", crowd)
    report = check(sound_folder, today=TODAY)
    finding = found(report, "crowded_client")
    assert told(finding) == ("warning", "loans.client_id", 10_001, (3, 6, 7, 8, 9))
    assert "1 client with more than 1,000 loans" in finding.message
    assert report.usable


def test_a_month_without_a_row_is_named(sound_folder: Path) -> None:
    put(sound_folder, "loans", "disbursed_on", 5, "2023-07-01")
    put(sound_folder, "loans", "due_on", 5, "2023-12-01")
    finding = found(check(sound_folder, today=TODAY), "gap")
    assert (finding.place, finding.rows) == ("loans.disbursed_on", 3)
    assert finding.message.endswith("2023-04, 2023-05, 2023-06")


def test_a_book_in_which_no_loan_ends_is_told(sound_folder: Path) -> None:
    edit(sound_folder, "loans", lambda frame: frame.drop(columns=["closed_on", "closed_how"]))
    assert "no client can be seen to leave" in found(check(sound_folder), "no_end").message


def test_a_column_without_any_value_is_a_note(sound_folder: Path) -> None:
    edit(sound_folder, "loans", lambda frame: frame.assign(purpose=None))
    finding = found(check(sound_folder), "all_empty")
    assert (finding.severity, finding.place) == (Severity.NOTE, "loans.purpose")


def test_a_client_who_joined_after_her_first_loan_is_counted(sound_folder: Path) -> None:
    put(sound_folder, "clients", "joined_on", 2, "2023-06-01")
    assert told(found(check(sound_folder), "joined_late")) == ("warning", "clients.joined_on", 1, ())


def test_an_officer_nobody_lists_is_a_warning(sound_folder: Path, drawn: Callable[[str], pd.DataFrame]) -> None:
    add(sound_folder, "officers", drawn("officer_id | name\nO1 | A. Officer"))
    edit(sound_folder, "clients", lambda frame: frame.assign(officer_id=["O1", "O2", "O1"]))
    assert told(found(check(sound_folder), "unknown_reference")) == ("warning", "clients.officer_id", 1, (3,))


@pytest.mark.parametrize(("name", "severity"), [("loans", "error"), ("repayments", "warning")])
def test_a_table_without_rows(sound_folder: Path, name: str, severity: str) -> None:
    edit(sound_folder, name, lambda frame: frame[:0])
    finding = found(check(sound_folder), "empty_table")
    assert (finding.severity.value, finding.table) == (severity, name)


def test_missing_and_extra_columns_are_both_named(sound_folder: Path) -> None:
    edit(sound_folder, "loans", lambda frame: frame.rename(columns={"amount": "loan_amount"}))
    report = check(sound_folder)
    assert found(report, "missing_column").place == "loans.amount"
    assert found(report, "extra_column").place == "loans.loan_amount"
    with pytest.raises(UnusableBook, match=r"loans\.amount: the column is missing"):
        ensure_usable(report)


def test_one_unreadable_file_does_not_hide_what_is_wrong_with_the_others(sound_folder: Path) -> None:
    (sound_folder / "clients.csv").write_bytes("client_id,joined_on\nJos\xe9,2023-01-01\n".encode("latin-1"))
    put(sound_folder, "loans", "amount", 3, "-5")
    report = check(sound_folder)
    assert {finding.kind for finding in report.of(Severity.ERROR)} == {"unreadable", "negative"}


def test_a_data_file_that_is_no_table_is_told(sound_folder: Path) -> None:
    (sound_folder / "loan.csv").write_text("a,b\n1,2\n")
    assert "the file 'loan.csv' is not read" in found(check(sound_folder), "unread_file").message


def test_rows_of_split_files_are_numbered_within_their_file(sound_folder: Path) -> None:
    loans = pd.read_csv(sound_folder / "loans.csv", dtype="str")
    (sound_folder / "loans.csv").unlink()
    loans[:3].to_csv(sound_folder / "loans-1.csv", index=False)
    loans[3:].assign(amount="-1").to_csv(sound_folder / "loans-2.csv", index=False)
    finding = found(check(sound_folder), "negative")
    assert (finding.examples, finding.file) == ((2,), "loans-2.csv")


def test_rows_of_a_parquet_file_are_numbered_from_one(sound_folder: Path) -> None:
    loans = pd.read_csv(sound_folder / "loans.csv", dtype="str")
    (sound_folder / "loans.csv").unlink()
    loans.loc[2, "amount"] = "-1"
    pq.write_table(pa.Table.from_pandas(loans), sound_folder / "loans.parquet")
    finding = found(check(sound_folder), "negative")
    assert (finding.examples, finding.file) == ((3,), "loans.parquet")


def test_rows_behind_a_mapping_are_numbered_in_the_foreign_file(sound_folder: Path) -> None:
    put(sound_folder, "loans", "amount", 4, "lots")
    mapping = sound_folder / "book.toml"
    mapping.write_text(
        """
        [files.loans]
        paths = ["loans.csv"]
        keep = [{ column = "client_id", equals = "ama" }]
        [tables.clients]
        from = "loans"
        one_row_per = ["client_id"]
        [tables.clients.columns]
        client_id = "client_id"
        joined_on = { column = "disbursed_on", take = "min" }
        [tables.loans]
        from = "loans"
        [tables.loans.columns]
        loan_id = "loan_id"
        client_id = "client_id"
        disbursed_on = "disbursed_on"
        amount = "amount"
        """
    )
    assert told(found(check(mapping), "not_a_number")) == ("error", "loans.amount", 1, (4,))


def test_a_mapping_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text("[files]\n")
    report = check(tmp_path / "book.toml")
    assert not report.usable
    assert "has no [files.*]" in report.findings[0].message


def test_a_book_from_another_connector_is_checked_without_row_numbers(drawn_book: Callable[..., Book]) -> None:
    book = drawn_book(
        loans="""
        loan_id | client_id | disbursed_on | amount
        1       | ama       | 2023-01-01   | -5
        1       | ama       | 2023-01-02   | 10
        """
    )
    report = check(book, today=TODAY)
    assert found(report, "negative").examples == ()
    assert found(report, "duplicate").rows == 2


def test_findings_are_worst_first(sound_folder: Path) -> None:
    put(sound_folder, "repayments", "amount", 2, "-1")
    put(sound_folder, "repayments", "paid_on", 3, "x")
    put(sound_folder, "loans", "amount", 3, "-1")
    findings = [each for each in check(sound_folder).findings if each.kind != "optional_table"]
    assert [(each.severity.value, each.place) for each in findings] == [
        ("error", "loans.amount"),
        ("error", "repayments.paid_on"),
        ("warning", "repayments.amount"),
        ("note", "loans.disbursed_on"),
    ]


def test_the_refusal_names_the_worst_findings_and_counts_the_rest(sound_folder: Path) -> None:
    for column, value in (("amount", "-1"), ("disbursed_on", "x"), ("closed_how", "y"), ("client_id", "z")):
        put(sound_folder, "loans", column, 3, value)
    edit(sound_folder, "clients", lambda frame: frame.drop(columns="joined_on"))
    report = check(sound_folder)
    expected = r"book 'book' cannot be used: clients\.joined_on: the column is missing.*; and 2 more errors\. Run `exit"
    with pytest.raises(UnusableBook, match=expected):
        ensure_usable(report)


def test_the_three_renderings_say_the_same(sound_folder: Path) -> None:
    put(sound_folder, "loans", "amount", 3, "-250")
    report = check(sound_folder, today=TODAY)
    plain = json.loads(report.as_json())
    assert plain["usable"] is False
    assert plain["findings"][0] == {
        "severity": "error",
        "kind": "negative",
        "table": "loans",
        "column": "amount",
        "rows": 1,
        "message": "1 row below 0",
        "remedy": "Mend the rows, or leave them out with keep in a book.toml.",
        "examples": [3],
        "file": "loans.csv",
    }
    assert "ERROR loans.amount: 1 row below 0 (row 3 of loans.csv)" in report.as_text()
    assert "| error | loans.amount | 1 | 1 row below 0 | row 3 of loans.csv | Mend the rows" in report.as_markdown()
    assert report.as_text().startswith("book 'book' is not usable: 1 error, 0 warnings, 15 notes\n")


CELLS = st.sampled_from(
    ["", " ", "x", "-1", "0", "7.5", "2023-01-15", "9999-12-31", "1e3", "ama", "L1", "repaid", "é", '"']
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), CELLS), max_size=4))
def test_a_usable_book_opens_and_a_book_that_does_not_open_is_not_usable(
    sound_folder: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    for path in sound_folder.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        for row, column, value in changes:
            frame.iloc[row, column] = value
        return frame

    edit(folder, "loans", change)
    report = check(folder, today=TODAY)
    try:
        book = open_book(folder)
    except DataError:
        assert not report.usable
    else:
        again = check(book, today=TODAY)
        assert {each.kind for each in again.of(Severity.ERROR)} == {each.kind for each in report.of(Severity.ERROR)}


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["kenya", "superlender", "xente"])
def test_each_real_book_is_usable_without_a_warning(real_data: Path, name: str) -> None:
    toml = Path(__file__).resolve().parents[2] / f"docs/books/{name}.toml"
    report = check(toml, real_data, date(2026, 1, 1))
    assert report.usable
    assert report.of(Severity.WARNING) == ()


@pytest.mark.parametrize(
    ("value", "kind", "severity"), [(" kofi", "padded", "warning"), ("", "empty", "error"), ("  ", "empty", "error")]
)
def test_blanks_and_empty_ids_of_parquet_are_told_as_those_of_csv(
    sound_folder: Path, value: str, kind: str, severity: str
) -> None:
    loans = pd.read_csv(sound_folder / "loans.csv", dtype="str")[["loan_id", "client_id", "disbursed_on", "amount"]]
    (sound_folder / "loans.csv").unlink()
    columns = {name: pa.array(loans[name].tolist(), pa.string()) for name in loans}
    columns["client_id"] = pa.array(["ama", value, "ama", "esi"], pa.string())
    columns["disbursed_on"] = columns["disbursed_on"].cast(pa.date32())
    columns["amount"] = columns["amount"].cast(pa.decimal128(18, 2))
    pq.write_table(pa.table(columns), sound_folder / "loans.parquet")
    report = check(sound_folder, today=TODAY)
    assert told(found(report, kind)) == (severity, "loans.client_id", 1, (2,))
    assert report.usable is (severity == "warning")
