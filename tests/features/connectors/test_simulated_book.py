"""The simulated MFI's book: every table as the schema wants it, untidy as real books are, at published levels."""

import hashlib
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.connectors.simulated import (
    DRIVER_STRENGTHS,
    SimulationReport,
    SimulationSettings,
    people,
    simulate,
    simulation,
    true_driver_ranking,
)
from features.connectors.simulated.writing import ARROW_TYPES
from features.errors import MissingTable, StorageError, UsageError
from features.schema import TABLES

END = date(2025, 12, 28)
FAR = pd.Timestamp("2100-01-01")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationReport]:
    folder = tmp_path_factory.mktemp("mfi")
    return folder, simulate(folder, SimulationSettings(clients=6_000, seed=8))


@pytest.fixture(scope="module")
def tables(book: tuple[Path, SimulationReport]) -> dict[str, pd.DataFrame]:
    return {name: _frame(book[0] / f"{name}.parquet") for name in TABLES}


def _frame(file: Path) -> pd.DataFrame:
    table = pq.read_table(file)
    plain = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_decimal(column.type):
            column = pc.cast(column, pa.float64())
        plain[name] = column.cast(pa.timestamp("s")) if pa.types.is_date(column.type) else column
    return pa.table(plain).to_pandas()


def _small(tmp: Path, name: str, **changes: object) -> dict[str, str]:
    folder = tmp / name
    simulate(folder, SimulationSettings(clients=1_100, weeks=40, **changes))  # type: ignore[arg-type]
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("name", list(TABLES))
def test_each_canonical_table_is_as_the_schema_wants_it(name: str, book: tuple[Path, SimulationReport]) -> None:
    table, spec = pq.read_table(book[0] / f"{name}.parquet"), TABLES[name]
    assert table.column_names == [column for column in spec.columns if column in table.column_names]
    assert table.num_rows == book[1].rows[name] > 0
    for column, of in spec.columns.items():
        if column not in table.column_names:
            assert not of.required
            continue
        values = table.column(column)
        assert values.type == ARROW_TYPES[of.kind], column
        if of.required:
            assert values.null_count == 0, column
        if of.one_of:
            assert set(pc.unique(values).to_pylist()) <= {*of.one_of, None}, column
        if of.at_least is not None:
            assert pc.min(values).as_py() >= of.at_least, column
    if spec.key:
        assert table.select(list(spec.key)).group_by(list(spec.key)).aggregate([]).num_rows == table.num_rows
    for column, (parent, key) in spec.parents.items():
        known = set(pq.read_table(book[0] / f"{parent}.parquet", columns=[key]).column(0).to_pylist())
        assert set(pc.unique(table.column(column)).to_pylist()) <= known


def test_officers_groups_branches_and_products_that_are_named_exist(tables: dict[str, pd.DataFrame]) -> None:
    for column, parent in (
        ("officer_id", "officers"),
        ("branch_id", "branches"),
        ("group_id", "groups"),
        ("product_id", "products"),
    ):
        known = set(tables[parent][column])
        for name, table in tables.items():
            if column in table:
                assert set(table[column].dropna()) <= known, name
    assert set(tables["complaints"]["about_officer"].dropna()) <= set(tables["officers"]["officer_id"])
    linked = tables["applications"].dropna(subset="loan_id")
    owner = tables["loans"].set_index("loan_id")["client_id"]
    assert (owner.loc[linked["loan_id"]].to_numpy() == linked["client_id"].to_numpy()).all()


def test_nothing_is_known_before_it_happens_or_after_the_last_day(tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        about = TABLES[name].about
        if about is None or "known_on" not in table:
            continue
        assert table["known_on"].notna().all(), name
        assert (table["known_on"] <= pd.Timestamp(END)).all(), name
        if name != "instalments":
            assert (table["known_on"] >= table[about]).all(), name
    for name in ("loans", "complaints"):
        closed = tables[name].dropna(subset="closed_on")
        assert (closed["closed_known_on"] >= closed["closed_on"]).all()
        assert (closed["closed_known_on"] <= pd.Timestamp(END)).all()


def test_dates_follow_each_other(tables: dict[str, pd.DataFrame]) -> None:
    loans, clients = tables["loans"], tables["clients"]
    joined = clients.set_index("client_id")["joined_on"]
    assert (loans["disbursed_on"] >= joined.loc[loans["client_id"]].to_numpy()).all()
    assert (loans["closed_on"].fillna(FAR) > loans["disbursed_on"]).all()
    assert (loans["due_on"] > loans["disbursed_on"]).all()
    one = loans.set_index("loan_id")
    paid = tables["repayments"].join(one[["disbursed_on", "closed_on"]], on="loan_id")
    assert (paid["paid_on"] > paid["disbursed_on"]).all()
    assert (paid["paid_on"] <= paid["closed_on"].fillna(FAR)).all()
    asked = tables["applications"].dropna(subset="decided_on")
    assert (asked["decided_on"] >= asked["applied_on"]).all()
    granted = asked[asked["decision"] == "approved"].join(one["disbursed_on"], on="loan_id")
    assert (granted["decided_on"] <= granted["disbursed_on"]).all()
    served = tables["assignments"].sort_values(["client_id", "from_on"])
    assert (served["to_on"].fillna(FAR) >= served["from_on"]).all()
    after = served.groupby("client_id")["from_on"].shift(-1)
    assert (after.dropna() == served.loc[after.notna(), "to_on"] + pd.Timedelta(days=1)).all()


def test_money_adds_up(tables: dict[str, pd.DataFrame]) -> None:
    loans = tables["loans"].set_index("loan_id")
    planned = tables["instalments"]
    first = planned[planned["known_on"] <= loans.loc[planned["loan_id"], "known_on"].to_numpy()]
    total = first.groupby("loan_id")["amount_due"].sum()
    assert (total > loans.loc[total.index, "amount"]).all()
    assert (first.groupby("loan_id").size() == loans.loc[total.index, "instalment_count"]).all()
    received = tables["repayments"]
    standing = received[received["reversed_on"].isna() & ~received.duplicated(["loan_id", "paid_on", "amount"])]
    paid = standing.groupby("loan_id")["amount"].sum()
    assert (paid <= total.loc[paid.index] + 0.01).mean() > 0.995
    repaid = loans.index[(loans["closed_how"] == "repaid") & loans.index.isin(paid.index)]
    assert np.isclose(paid.loc[repaid], total.loc[repaid], atol=0.01).mean() > 0.99
    assert (tables["savings"]["balance_after"] >= 0).all()


def test_the_book_is_as_untidy_as_real_books(tables: dict[str, pd.DataFrame]) -> None:
    repayments, loans, instalments = tables["repayments"], tables["loans"], tables["instalments"]
    assert 0.01 < (repayments["known_on"] > repayments["paid_on"]).mean() < 0.06
    assert 0.001 < repayments["reversed_on"].notna().mean() < 0.01
    closed = loans.dropna(subset="closed_on")
    assert 0.03 < (closed["closed_known_on"] > closed["closed_on"]).mean() < 0.1
    assert (loans["known_on"] > loans["disbursed_on"]).any()
    assert instalments["replaced_on"].notna().any()
    moved = instalments[
        instalments["known_on"] > loans.set_index("loan_id").loc[instalments["loan_id"], "known_on"].to_numpy()
    ]
    assert set(moved["loan_id"]) <= set(instalments.loc[instalments["replaced_on"].notna(), "loan_id"])
    for table, column in (("loans", "purpose"), ("clients", "village"), ("groups", "name")):
        words = tables[table][column].dropna()
        tidy = words.str.strip().str.lower().nunique()
        assert words.nunique() > tidy, column
    assert loans["purpose"].isna().any()


def test_officers_come_and_go_and_posts_stand_empty(tables: dict[str, pd.DataFrame]) -> None:
    served = tables["assignments"]
    assert served["officer_id"].isna().any()
    officers_of = served.dropna(subset="officer_id").groupby("client_id")["officer_id"].nunique()
    assert (officers_of > 1).mean() > 0.2
    assert tables["officers"]["to_on"].notna().any()
    assert (tables["contacts"]["topic"] == "handover").any()
    today = served[served["to_on"].isna()].set_index("client_id")["officer_id"]
    clients = tables["clients"].set_index("client_id")
    both = today.reindex(clients.index).fillna("") == clients["officer_id"].fillna("")
    assert both.all()


def test_all_kinds_of_lives_are_there(tables: dict[str, pd.DataFrame]) -> None:
    loans, contacts, leaving = tables["loans"], tables["contacts"], tables["departures"]
    assert set(loans["closed_how"].dropna()) == {"repaid", "written_off", "refinanced"}
    assert set(tables["applications"]["decision"].dropna()) == {"approved", "refused", "withdrawn"}
    cut = tables["applications"].dropna(subset="approved_amount")
    assert 0.05 < (cut["approved_amount"] < 0.85 * cut["requested_amount"]).mean() < 0.3
    granted = cut.join(loans.set_index("loan_id")["disbursed_on"], on="loan_id")
    assert 0.05 < ((granted["disbursed_on"] - granted["applied_on"]).dt.days >= 21).mean() < 0.4
    assert set(leaving["leaver_type"]) == {"VOL", "GRAD", "PUSH_MFI", "WO", "DIED", "XFER"}
    told = leaving["reasons"].dropna().str.split(";").explode()
    assert set(told) <= set(DRIVER_STRENGTHS)
    asked = leaving[leaving["leaver_type"].isin(["VOL", "GRAD"])]
    assert ((asked["known_on"] - asked["left_on"]).dt.days > 90).all()
    assert (leaving["known_on"] > leaving["left_on"]).mean() > 0.8
    assert {"not_reached", "wrong_number", "reached", "promised"} <= set(contacts["result"])
    assert {"visit", "call", "message", "survey"} <= set(contacts["kind"])
    assert tables["complaints"]["about_officer"].notna().any()
    assert tables["complaints"]["closed_on"].isna().any()
    assert 0.7 < tables["attendance"]["attended"].mean() < 0.97
    assert {"group", "individual"} == set(tables["products"]["lending"])
    assert set(tables["savings"]["kind"]) == {"deposit", "withdrawal", "interest", "fee"}
    main = loans[loans["product_id"] != "P8"].sort_values(["client_id", "disbursed_on"])
    gap = (main["disbursed_on"] - main.groupby("client_id")["closed_on"].shift()).dt.days.dropna()
    assert (gap > 365 / 2).any(), "some come back long after the grace"
    assert ((gap > 20) & (gap <= 90)).mean() > 0.05, "some rest for the season"
    side = loans[loans["product_id"] == "P8"].merge(main, on="client_id", suffixes=("", "_main"))
    beside = (side["disbursed_on"] >= side["disbursed_on_main"]) & (
        side["disbursed_on"] < side["closed_on_main"].fillna(FAR)
    )
    assert side.loc[beside, "loan_id"].nunique() == (loans["product_id"] == "P8").sum(), (
        "second loans run beside a main one"
    )


def test_levels_are_those_that_were_published(tables: dict[str, pd.DataFrame]) -> None:
    loans = tables["loans"]
    term = (loans["due_on"] - loans["disbursed_on"]).dt.days / 30.4
    assert 3.5 < term.min() < term.max() < 12.2, "loans of 4 to 12 months"
    begin, end = pd.Timestamp("2024-01-07"), pd.Timestamp("2025-01-05")
    from_on, to_on = loans["disbursed_on"], loans["closed_on"].fillna(FAR) + pd.Timedelta(days=90)
    at_begin = set(loans.loc[(from_on <= begin) & (to_on > begin), "client_id"])
    at_end = set(loans.loc[(from_on <= end) & (to_on > end), "client_id"])
    first = loans.groupby("client_id")["disbursed_on"].min()
    new = int(((first > begin) & (first <= end)).sum())
    dropout = (len(at_begin) + new - len(at_end)) / (len(at_begin) + new)
    assert 0.20 < dropout < 0.32, "about a quarter of the clients leave in a year"
    posts = tables["assignments"].loc[tables["assignments"]["to_on"].isna(), "officer_id"].dropna().nunique()
    active = loans.loc[(from_on <= end) & (loans["closed_on"].fillna(FAR) > end), "client_id"].nunique()
    assert 270 < active / max(posts, 1) < 520, "250 to 419 clients for each officer, and posts that stand empty"
    assert 0.6 < (tables["clients"]["group_id"].notna()).mean() < 0.75


def test_what_is_hidden_stands_in_the_truth_alone(
    book: tuple[Path, SimulationReport], tables: dict[str, pd.DataFrame]
) -> None:
    truth = pq.read_table(book[0] / "truth" / "client_dates.parquet").to_pandas()
    assert set(truth["visit_class"]) == {"unmoved", "helped", "driven_away"}
    for name, table in tables.items():
        assert not {"visit_class", "trait", "payer", "rester"} & set(table.columns), name
        for column in table.columns:
            assert not table[column].isin(["helped", "driven_away", "unmoved"]).any(), (name, column)
    words = json.loads((book[0] / "truth" / "settings.json").read_text(encoding="utf-8"))
    assert set(words["drivers"]) == set(words["settings"]["drivers"]) == set(DRIVER_STRENGTHS)
    assert sorted(file.name for file in book[0].iterdir()) == sorted([*(f"{name}.parquet" for name in TABLES), "truth"])


def test_the_true_ranking_follows_the_strengths(book: tuple[Path, SimulationReport]) -> None:
    ranking = true_driver_ranking(book[0])
    strength = dict(ranking)
    assert [value for _, value in ranking] == sorted(strength.values(), reverse=True)
    assert strength["CHN-1"] == 0
    assert {code for code, _ in ranking[:5]} == {"ARR-1", "AMT-1", "NEW-1", "GRP-2", "PAY-1"}
    assert ranking[4][1] > 1.2 * ranking[5][1], "five drivers are clearly stronger than the others"


def test_a_folder_without_truth_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingTable, match=r"no truth/client_dates.parquet in '.*'. Simulate the book first"):
        true_driver_ranking(tmp_path)


def test_the_same_settings_give_the_same_bytes_on_one_thread_or_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PIECE_CLIENTS", 400)
    once = _small(tmp_path, "once", seed=3)
    monkeypatch.setattr(simulation, "WORKERS", 1)
    again = _small(tmp_path, "again", seed=3)
    other = _small(tmp_path, "other", seed=4)
    assert once == again
    assert len(once) == len(TABLES) + 2
    same = {name for name in once if once[name] == other[name]}
    assert same <= {"products.parquet", "branches.parquet"}


def test_a_piece_does_not_depend_on_the_pieces_made_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PIECE_CLIENTS", 400)
    settings = SimulationSettings(clients=1_100, weeks=30)
    causes = simulation.Causes(settings)
    oracle = simulation.truth.Oracle(settings, causes)
    cut = people.pieces(settings)
    assert len(cut) > 1
    straight = [simulation.piece_tables(settings, causes, oracle, piece) for piece in cut]
    mixed = list(enumerate(cut))
    random.Random(1).shuffle(mixed)
    for number, piece in mixed:
        for name, table in simulation.piece_tables(settings, causes, oracle, piece).items():
            assert table.equals(straight[number][name]), name


def test_the_directory_names_everybody_and_no_number_of_it_can_be_called(tables: dict[str, pd.DataFrame]) -> None:
    directory = tables["directory"]
    assert set(directory["client_id"]) == set(tables["clients"]["client_id"])
    assert directory["name"].notna().all()
    assert directory["phone"].dropna().str.fullmatch(r"\+999\d{9}").all()
    assert 0.02 < directory["phone"].isna().mean() < 0.12
    assert (directory["hours_from"].dropna() < directory["hours_until"].dropna()).all()
    assert 0.01 < (directory["safe_to_call"] == False).mean() < 0.06  # noqa: E712
    branch = tables["clients"].set_index("client_id")["branch_id"]
    homes: dict[str, list[tuple[str, str]]] = {}
    for row in directory.dropna(subset="household_id").itertuples():
        homes.setdefault(str(row.household_id), []).append((str(row.name).split()[1], branch[row.client_id]))
    assert len(homes) > 100
    assert all(len(home) == 2 and home[0] == home[1] for home in homes.values()), "one family name, one branch"
    wishes = {"visitor": {"woman", "man", "anyone"}, "reach_by": {"meeting", "visit", "call", "message"}}
    for column, values in wishes.items():
        assert set(directory[column].dropna()) == values


def test_no_other_table_depends_on_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimulationSettings(clients=400, weeks=30)
    causes = simulation.Causes(settings)
    work = (settings, causes, simulation.truth.Oracle(settings, causes), people.pieces(settings)[0])
    before = simulation.piece_tables(*work)
    table = simulation.directory.directory_table

    def drawn_otherwise(*given: Any) -> pa.Table:
        given[-1].random(1_000)
        return table(*given)

    monkeypatch.setattr(simulation.directory, "directory_table", drawn_otherwise)
    after = simulation.piece_tables(*work)
    assert {name for name in before if not before[name].equals(after[name])} == {"directory"}


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    report = simulate(tmp_path, SimulationSettings(clients=100, weeks=26), lambda _, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert (report.last_day - report.first_day).days == 26 * 7 - 1
    assert report.rows["clients"] == 100


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written to 'book'"):
        simulate(tmp_path / "book", SimulationSettings(clients=100, weeks=26))


@pytest.mark.parametrize(
    "kept", ["clients.parquet", "loans.csv", "notes/of-the-week.txt", "truth/client_dates.parquet"]
)
def test_a_file_that_no_simulation_wrote_is_left_alone(tmp_path: Path, kept: str) -> None:
    (tmp_path / kept).parent.mkdir(exist_ok=True)
    (tmp_path / kept).write_bytes(b"real")
    with pytest.raises(UsageError, match=rf"holds {kept}, which no simulation wrote.*Give a new or an empty folder"):
        simulate(tmp_path, SimulationSettings(clients=100, weeks=26))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / kept]
    assert (tmp_path / kept).read_bytes() == b"real"


def test_a_simulation_is_replaced_by_another_but_not_what_was_put_beside_it(tmp_path: Path) -> None:
    simulate(tmp_path, SimulationSettings(clients=100, weeks=26))
    other = simulate(tmp_path, SimulationSettings(clients=120, weeks=26))
    assert pq.read_metadata(tmp_path / "clients.parquet").num_rows == other.rows["clients"] == 120
    (tmp_path / "loans.csv").write_text("loan_id\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds loans\.csv, which"):
        simulate(tmp_path, SimulationSettings(clients=100, weeks=26))
    assert pq.read_metadata(tmp_path / "clients.parquet").num_rows == 120


def test_a_simulation_that_was_stopped_can_be_run_again(tmp_path: Path) -> None:
    def stop(_what: str, _share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path, SimulationSettings(clients=100, weeks=26), stop)
    simulate(tmp_path, SimulationSettings(clients=100, weeks=26))
    assert pq.read_metadata(tmp_path / "clients.parquet").num_rows == 100
