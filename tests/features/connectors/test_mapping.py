"""What a `book.toml` can say, and what it answers when it is wrong."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.book import Book
from features.connectors.folder import open_book
from features.errors import DataError, MappingError, UnreadableFile
from features.exit import ExitDefinition, Rule, at_risk, left_within, outcomes

CLIENTS = """
[tables.clients]
from = "all"
one_row_per = ["client_id"]
[tables.clients.columns]
client_id = "Client"
joined_on = { column = "Paid out", take = "min" }
"""
LOANS = """
[tables.loans]
from = "all"
[tables.loans.columns]
loan_id = "Loan"
client_id = "Client"
disbursed_on = "Paid out"
amount = "Amount"
"""
FILES = """
[files.all]
paths = ["loans_2023.csv"]
dates = "%d/%m/%Y"
"""
ROWS = """Loan,Client,Paid out,Amount,Status,Officer fee,Days
1,ama,05/01/2023,100,done,1.50,30
2,kofi,06/01/2023,200,open,2.25,60
3,ama,07/02/2023,300,lost,3.00,90
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loans_2023.csv").write_text(ROWS)
    return tmp_path


def opened(folder: Path, toml: str, data: Path | None = None) -> Book:
    (folder / "book.toml").write_text(toml)
    return open_book(folder / "book.toml", data)


def loans(book: Book) -> pd.DataFrame:
    frame = book.engine.frame("SELECT * FROM raw.loans ORDER BY loan_id")
    return frame.assign(
        **{name: frame[name].dt.strftime("%Y-%m-%d") for name in frame if name.endswith("_on")},
        amount=frame.amount.astype("float64"),
    )


def column(book: Book, name: str) -> list[object]:
    return [None if pd.isna(value) else value for value in loans(book)[name]]


def with_loan_columns(extra: str, keep: str = "") -> str:
    return FILES + keep + CLIENTS + LOANS + extra


# What can be said


def test_columns_are_renamed_and_day_first_dates_are_read(folder: Path) -> None:
    book = opened(folder, FILES + CLIENTS + LOANS)
    assert column(book, "loan_id") == ["1", "2", "3"]
    assert column(book, "disbursed_on") == ["2023-01-05", "2023-01-06", "2023-02-07"]
    assert column(book, "known_on") == ["2023-01-05", "2023-01-06", "2023-02-07"]


def test_a_column_is_called_as_in_the_files_too(folder: Path) -> None:
    book = opened(folder, CLIENTS + LOANS + FILES)

    assert book.called("loans.amount") == "loans.amount (Amount in the files)"
    assert book.called("loans.closed_on") == "loans.closed_on"


def test_clients_are_made_from_their_loans(folder: Path) -> None:
    book = opened(folder, FILES + CLIENTS + LOANS)
    clients = book.current_clients()
    assert clients.client_id.tolist() == ["ama", "kofi"]
    assert clients.joined_on.dt.strftime("%Y-%m-%d").tolist() == ["2023-01-05", "2023-01-06"]


def test_the_name_of_the_book_is_the_file_s_unless_it_says_otherwise(folder: Path) -> None:
    assert opened(folder, FILES + CLIENTS + LOANS).name == "book"
    assert opened(folder, "name = 'north'\n" + FILES + CLIENTS + LOANS).name == "north"


def test_files_are_found_in_the_data_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "book.toml").write_text(FILES + CLIENTS + LOANS)
    assert len(loans(open_book(elsewhere / "book.toml", folder))) == 3
    with pytest.raises(UnreadableFile, match=r"file 'loans_2023.csv' is not there"):
        open_book(elsewhere / "book.toml")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("currency = { constant = 'GHS' }", ["GHS", "GHS", "GHS"]),
        ("currency = { column = 'Status', values = { done = 'A', lost = 'B' } }", ["A", "open", "B"]),
        ("currency = { column = 'Status', values = { done = 'A' }, others = 'Z' }", ["A", "Z", "Z"]),
        ("currency = { column = 'Status', values = { done = 'A' }, others = '' }", ["A", None, None]),
        ("product_id = { join = ['Client', 'Loan'] }", ["ama-1", "kofi-2", "ama-3"]),
        ("product_id = { join = ['Client', 'Loan'], between = '/' }", ["ama/1", "kofi/2", "ama/3"]),
        ("due_on = { after = 'disbursed_on', days = 7 }", ["2023-01-12", "2023-01-13", "2023-02-14"]),
        ("due_on = { after = 'disbursed_on', days_from = 'Days' }", ["2023-02-04", "2023-03-07", "2023-05-08"]),
        (
            "closed_on = { column = 'Paid out', only_if = [{ column = 'Status', equals = 'done' }] }",
            ["2023-01-05", None, None],
        ),
    ],
)
def test_a_rule_makes_a_column(folder: Path, rule: str, expected: list[object]) -> None:
    assert column(opened(folder, with_loan_columns(rule)), rule.split(" =")[0]) == expected


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("column = 'Status', equals = 'done'", ["1"]),
        ("column = 'Status', not_equals = 'done'", ["2", "3"]),
        ("column = 'Status', one_of = ['done', 'lost']", ["1", "3"]),
        ("column = 'Status', none_of = ['done', 'lost']", ["2"]),
        ("column = 'Amount', equals = 200", ["2"]),
        ("column = 'Amount', at_least = 200", ["2", "3"]),
        ("column = 'Amount', at_least = 150, at_most = 250", ["2"]),
        ("column = 'Paid out', at_least = 2023-01-06", ["2", "3"]),
        ("column = 'Paid out', at_most = 2023-01-06", ["1", "2"]),
        ("column = 'Paid out', equals = 2023-01-06", ["2"]),
        ("column = 'Status', empty = false", ["1", "2", "3"]),
        ("column = 'Status', empty = true", []),
    ],
)
def test_filters_keep_rows(folder: Path, condition: str, kept: list[str]) -> None:
    book = opened(folder, with_loan_columns("", f"keep = [{{ {condition} }}]\n"))
    assert column(book, "loan_id") == kept


def test_a_row_a_filter_cannot_read_is_kept_so_that_the_check_names_it(folder: Path) -> None:
    (folder / "loans_2023.csv").write_text(ROWS.replace("06/01/2023", "2023-01-06"))
    with pytest.raises(DataError, match="table 'clients' has a value that does not fit"):
        opened(folder, with_loan_columns("", "keep = [{ column = 'Paid out', at_least = 2023-01-01 }]\n"))


def test_texts_that_mean_no_value_are_empty(folder: Path) -> None:
    extra = "purpose = 'Status'\n"
    book = opened(folder, with_loan_columns(extra, "no_value = ['open', 'n/a']\n"))
    assert column(book, "purpose") == ["done", None, "lost"]


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        ("sum", [400.0, 200.0]),
        ("min", [100.0, 200.0]),
        ("max", [300.0, 200.0]),
        ("first", [100.0, 200.0]),
        ("last", [300.0, 200.0]),
        ("count", [2.0, 1.0]),
    ],
)
def test_several_rows_become_one(folder: Path, take: str, expected: list[float]) -> None:
    grouped = f"""
    [tables.loans]
    from = "all"
    one_row_per = ["loan_id"]
    order = ["disbursed_on"]
    [tables.loans.columns]
    loan_id = "Client"
    client_id = {{ column = "Client", take = "min" }}
    disbursed_on = {{ column = "Paid out", take = "min" }}
    amount = {{ column = "Amount", take = "{take}" }}
    """
    assert column(opened(folder, FILES + CLIENTS + grouped), "amount") == expected


def test_numbers_are_compared_as_numbers_when_rows_become_one(folder: Path) -> None:
    (folder / "loans_2023.csv").write_text(ROWS.replace("300", "9"))
    grouped = LOANS.replace('from = "all"', 'from = "all"\none_row_per = ["client_id"]').replace(
        'amount = "Amount"', "amount = { column = 'Amount', take = 'min' }"
    )
    grouped = grouped.replace('loan_id = "Loan"', "loan_id = { column = 'Loan', take = 'min' }")
    grouped = grouped.replace('"Paid out"', "{ column = 'Paid out', take = 'min' }")
    assert column(opened(folder, FILES + CLIENTS + grouped), "amount") == [9.0, 200.0]


def test_one_unreadable_amount_spoils_the_sum_instead_of_being_left_out(folder: Path) -> None:
    (folder / "loans_2023.csv").write_text(ROWS.replace("300", "three hundred"))
    grouped = LOANS.replace('from = "all"', 'from = "all"\none_row_per = ["client_id"]').replace(
        'amount = "Amount"', "amount = { column = 'Amount', take = 'sum' }"
    )
    grouped = grouped.replace('loan_id = "Loan"', "loan_id = { column = 'Loan', take = 'min' }")
    grouped = grouped.replace('"Paid out"', "{ column = 'Paid out', take = 'min' }")
    with pytest.raises(DataError, match="table 'loans' has a value that does not fit"):
        opened(folder, FILES + CLIENTS + grouped)


def test_sources_with_other_columns_and_date_formats_are_united(folder: Path) -> None:
    (folder / "old.csv").write_text("Loan;Client;When;Amount\n9;esi;2022-12-01;50\n")
    old = """
    [files.old]
    paths = ["old.csv"]
    separator = ";"
    rename = { When = "Paid out" }
    """
    toml = FILES + old + (CLIENTS + LOANS).replace('from = "all"', 'from = ["all", "old"]') + "purpose = 'Status'\n"
    book = opened(folder, toml)
    assert column(book, "disbursed_on") == ["2023-01-05", "2023-01-06", "2023-02-07", "2022-12-01"]
    assert column(book, "purpose") == ["done", "open", "lost", None]


def test_files_of_a_pattern_are_one_source(folder: Path) -> None:
    (folder / "loans_2024.csv").write_text(
        "Loan,Client,Paid out,Amount,Status,Officer fee,Days\n4,esi,01/02/2024,5,,,\n"
    )
    book = opened(folder, FILES.replace("loans_2023.csv", "loans_*.csv") + CLIENTS + LOANS)
    assert column(book, "loan_id") == ["1", "2", "3", "4"]


@pytest.mark.parametrize(("encoding", "codec"), [("latin-1", "latin-1"), ("utf-16", "utf-16")])
def test_another_encoding_can_be_named(folder: Path, encoding: str, codec: str) -> None:
    (folder / "loans_2023.csv").write_bytes(ROWS.replace("ama", "amá").encode(codec))
    book = opened(folder, with_loan_columns("", f"encoding = '{encoding}'\n"))
    assert column(book, "client_id") == ["amá", "kofi", "amá"]


def test_a_restated_amount_is_known_when_the_rule_says_so(folder: Path) -> None:
    instalments = """
    [tables.instalments]
    from = "all"
    [tables.instalments.columns]
    loan_id = "Loan"
    due_on = "Paid out"
    amount_due = "Amount"
    """
    ruled = instalments + "known_on = { after = 'due_on', days = 14 }\n"
    query = "SELECT CAST(known_on AS VARCHAR) AS day FROM raw.instalments ORDER BY loan_id"
    with_rule = opened(folder, FILES + CLIENTS + LOANS + ruled).engine.frame(query)
    assert with_rule.day.tolist() == ["2023-01-19", "2023-01-20", "2023-02-21"]
    assert opened(folder, FILES + CLIENTS + LOANS + instalments).engine.frame(query).day.isna().all()


def test_rows_without_a_parent_can_be_left_out(folder: Path) -> None:
    some = LOANS.replace('from = "all"', "from = 'all'\nkeep = [{ column = 'Status', equals = 'done' }]")
    payments = """
    [tables.repayments]
    from = "all"
    without_parent = "leave_out"
    [tables.repayments.columns]
    loan_id = "Loan"
    paid_on = "Paid out"
    amount = "Officer fee"
    """
    book = opened(folder, FILES + CLIENTS + some + payments)
    assert book.engine.frame("SELECT loan_id FROM raw.repayments").loan_id.tolist() == ["1"]


def test_a_shuffled_file_is_the_same_book(folder: Path) -> None:
    grouped = LOANS.replace('from = "all"', 'from = "all"\none_row_per = ["client_id"]\norder = ["disbursed_on"]')
    grouped = grouped.replace('loan_id = "Loan"', "loan_id = { column = 'Loan', take = 'last' }")
    grouped = grouped.replace('"Paid out"', "{ column = 'Paid out', take = 'max' }")
    grouped = grouped.replace('"Amount"', "{ column = 'Amount', take = 'first' }")
    before = opened(folder, FILES + CLIENTS + grouped).digest()
    head, *rows = ROWS.splitlines()
    (folder / "loans_2023.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    assert opened(folder, FILES + CLIENTS + grouped).digest() == before


def test_parquet_can_be_mapped_too(folder: Path) -> None:
    frame = pd.read_csv(folder / "loans_2023.csv")
    frame["Paid out"] = pd.to_datetime(frame["Paid out"], format="%d/%m/%Y")
    frame.to_parquet(folder / "loans_2023.parquet")
    from_csv = opened(folder, FILES + CLIENTS + LOANS).digest()
    assert opened(folder, FILES.replace(".csv", ".parquet") + CLIENTS + LOANS).digest() == from_csv


# What it answers when it is wrong


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("name = ", "mapping 'book.toml' is not TOML"),
        ("name = 5", "book.toml name=5 is not a text"),
        ("colour = 'blue'", "book.toml has a key 'colour' the grammar lacks; it has name, files, tables"),
        ("name = 'x'", r"book.toml has no \[files\.\*\]; it has name"),
        (FILES, r"book.toml has no \[tables\.\*\]"),
        ("[files.all]\nseparator = ';'", r"\[files.all\] has no paths"),
        (FILES + "separator = '||'", r"\[files.all\] separator='\|\|' is not one character"),
        (FILES + "encoding = 'ebcdic'", "encoding='ebcdic' is not one of utf-8, utf-16, latin-1"),
        (FILES.replace("%d/%m/%Y", "day first"), "dates='day first' is not a date format"),
        (FILES + "keep = 'all'\n" + CLIENTS, "keep='all' is not a list such as"),
        (FILES + "keep = [{ equals = 'x' }]\n" + CLIENTS, "keep has a filter without column"),
        (
            FILES + "keep = [{ column = 'a', like = 'x' }]\n" + CLIENTS,
            "keep on 'a' has like; there are equals, not_equals",
        ),
        (FILES + "keep = [{ column = 'a', empty = 'no' }]\n" + CLIENTS, "empty='no' does not suit the operator"),
        (FILES + "keep = [{ column = 'a', at_least = 'x' }]\n" + CLIENTS, "at_least='x' does not suit the operator"),
        (
            FILES + "keep = [{ column = 'a', equals = 1 }]\n" + CLIENTS + LOANS,
            "keep names the column 'a', which the file lacks",
        ),
        (
            FILES + CLIENTS.replace("clients", "customers"),
            r"\[tables.customers\] is not a canonical table; there are clients",
        ),
        (FILES + CLIENTS.replace('"all"', '"some"'), r"\[tables.clients\] from='some' is not there; there are all"),
        (FILES + CLIENTS.replace('from = "all"', ""), "does not say what it comes from"),
        (FILES + "[tables.loans]\nfrom = 'all'", r"\[tables.loans\] has no columns"),
        (with_loan_columns("colour = 'Status'"), "maps 'colour', which loans lacks; it has loan_id"),
        (with_loan_columns("purpose = 5"), "purpose=5 is not a column name"),
        (
            with_loan_columns("purpose = { column = 'Status', constant = 'x' }"),
            "purpose has column, constant. Give exactly one",
        ),
        (with_loan_columns("purpose = {}"), "purpose has no source. Give exactly one"),
        (
            with_loan_columns("purpose = { column = 'Sattus' }"),
            "purpose names the column 'Sattus', which the file lacks; it has Loan",
        ),
        (
            with_loan_columns("due_on = { after = 'disbursed_on' }"),
            "due_on needs after together with either days or days_from",
        ),
        (
            with_loan_columns("due_on = { after = 'purpose', days = 3 }"),
            "due_on comes after 'purpose', which has no source",
        ),
        (with_loan_columns("due_on = { after = 'disbursed_on', days = 'x' }"), "days='x' is not a whole number"),
        (
            with_loan_columns("purpose = { column = 'Status', take = 'min' }"),
            "purpose has take='min' but no one_row_per",
        ),
        (
            with_loan_columns("purpose = { column = 'Status', take = 'mode' }"),
            "take='mode' is not one of first, last, sum",
        ),
        (
            FILES + CLIENTS.replace(', take = "min"', ""),
            "joined_on has no take, yet one_row_per makes several rows one",
        ),
        (FILES + CLIENTS.replace('"min"', '"first"'), "joined_on takes the first row of no order"),
        (
            FILES + CLIENTS.replace('["client_id"]', '["group_id"]'),
            "one_row_per names 'group_id', which it does not map",
        ),
        (
            FILES + LOANS.replace('"all"', "'all'\nwithout_parent = 'drop'"),
            "without_parent='drop' is not one of keep, leave_out",
        ),
    ],
)
def test_each_mistake_is_a_sentence(folder: Path, toml: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        opened(folder, toml)


def test_a_mapping_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"mapping 'gone.toml' is not there"):
        open_book(tmp_path / "gone.toml")


@pytest.mark.parametrize("path", ["../loans.csv", "/etc/passwd"])
def test_a_path_never_leaves_the_data_folder(folder: Path, path: str) -> None:
    with pytest.raises(DataError, match="leaves the data folder"):
        opened(folder, FILES.replace("loans_2023.csv", path) + CLIENTS + LOANS)


def test_a_quote_in_a_name_or_value_stays_a_quote(folder: Path) -> None:
    (folder / "loans_2023.csv").write_text(ROWS.replace("Status", 'St\'at""us').replace("done", "o'neill"))
    book = opened(
        folder, with_loan_columns("", 'keep = [{ column = "Client", none_of = ["\'); DROP TABLE x; --"] }]\n')
    )
    assert len(loans(book)) == 3


# The real books


BOOKS = Path(__file__).resolve().parents[3] / "docs/books"


@pytest.fixture(scope="module")
def kenya(real_data: Path) -> Book:
    return open_book(BOOKS / "kenya.toml", real_data)


def counted(book: Book) -> dict[str, int]:
    return {name: int(book.engine.frame(f"SELECT count(*) AS n FROM raw.{name}").n[0]) for name in book.present}


@pytest.mark.realdata
def test_the_kenyan_book_has_the_population_and_the_leavers_of_its_readme(kenya: Book) -> None:
    definition = ExitDefinition(rule=Rule.DORMANCY, active_days=28)
    sundays = [date(2022, 10, day) for day in (2, 9, 16, 23, 30)]
    population = {}
    for sunday in sundays:
        with kenya.known(sunday) as known:
            population[sunday] = at_risk(known, definition)
    became = outcomes(kenya, population, definition, known_by=date(2022, 11, 30))
    left = [round(float(left_within(became[day], definition, 28)["choice"].mean()), 3) for day in sundays]
    assert [len(population[day]) for day in sundays] == [3658, 3658, 3613, 3503, 3354]
    assert left == [0.222, 0.262, 0.329, 0.323, 0.310]


@pytest.mark.realdata
def test_what_kenyan_loans_were_restated_to_is_known_fourteen_days_after_they_were_due(kenya: Book) -> None:
    gap = kenya.engine.frame(
        "SELECT count(*) AS n, count(*) FILTER (known_on = due_on + 14) AS late FROM raw.instalments"
    )
    assert (int(gap.n[0]), int(gap.late[0])) == (64443, 64443)


@pytest.mark.realdata
def test_the_kenyan_book_is_read_whole(kenya: Book) -> None:
    assert counted(kenya) == {"clients": 5252, "loans": 64443, "instalments": 64443}


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "expected", "borrowers"),
    [
        (
            "superlender",
            {"clients": 5810, "loans": 28458, "instalments": 22766, "repayments": 22766, "applications": 28458},
            5810,
        ),
        ("xente", {"clients": 504, "loans": 1637, "repayments": 1485, "applications": 2662}, 296),
    ],
)
def test_each_real_book_is_read_whole(real_data: Path, name: str, expected: dict[str, int], borrowers: int) -> None:
    book = open_book(BOOKS / f"{name}.toml", real_data)
    assert counted(book) == expected
    assert int(book.engine.frame("SELECT count(DISTINCT client_id) AS n FROM raw.loans").n[0]) == borrowers
