"""The commands drivers and events: what they print, write and refuse."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from serving.cli import run

AS_OF = "2024-06-30"


@pytest.fixture(scope="module")
def folder(mfi: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small MFI as a folder of CSV files, grown to 90 clients."""
    book = tmp_path_factory.mktemp("drivers") / "book"
    book.mkdir()
    for name, frame in mfi(clients=90).items():
        if len(frame):
            frame.to_csv(book / f"{name}.csv", index=False)
    return book


@pytest.fixture
def ready(lived: Any, tmp_path: Path) -> Path:
    """A home with a model in use and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(lived.home.path / "models", home / "models")
    shutil.copy(lived.home.path / "promotions.jsonl", home)
    return home


@pytest.mark.parametrize("ending", ["json", "md"])
def test_drivers_prints_each_finding_with_its_sentence_and_writes_all_of_it(
    folder: Path, ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    out = tmp_path / f"drivers.{ending}"

    code = run(
        ["drivers", str(folder), "--as-of", AS_OF, "--segment", "branch", "--before", "2024-03-31", "--out", str(out),
         "--home", str(ready)]
    )  # fmt: skip

    told = capsys.readouterr().out
    assert code == 0
    for title in ("What weighs on", "by parts", "What changed since", "move together", "Would-be exits", "Quick wins"):
        assert title in told
    assert told.count("not proof of a cause") >= 4
    written = out.read_text()
    if ending == "json":
        found = json.loads(written)["findings"]
        assert {"drivers", "segment", "change", "alike", "pareto", "board", "shapes", "deciles loans_taken"} <= set(
            found
        )
        assert {row["part"] for row in found["segment"]["rows"]} == {"b0", "b1"}
        assert "NaN" not in written
    else:
        assert "| place | driver | name |" in written


def test_the_same_book_gives_the_same_file(folder: Path, ready: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.json" for number in range(2)]
    for file in files:
        run(["drivers", str(folder), "--as-of", AS_OF, "--out", str(file), "--home", str(ready)])

    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--out", "f.xlsx"], 2, "ends in neither .json nor .md"),
        (["--segment", "mood"], 2, "segment='mood' is not known; there are branch"),
        (["--segment", "poverty"], 2, "segment='poverty': the book has no clients.poverty_band. Supply it"),
        (["--segment", "target"], 2, "segment='target' needs the rule that says who is a target client"),
        (["--segment", "target", "--target", "no.toml"], 3, "the target rule 'no.toml' cannot be read as TOML"),
        (["--before", "2024-07-31"], 3, "is not before 2024-06-30"),
        (["--before", "spring"], 2, "--before='spring' is not a date"),
        (["--ease", "no.toml"], 2, "no.toml cannot be read as TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    folder: Path, ready: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int, said: str
) -> None:
    assert run(["drivers", str(folder), "--as-of", AS_OF, "--home", str(ready), *more]) == code
    assert said in capsys.readouterr().err


def test_events_needs_events(folder: Path, ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["events", str(folder), "--as-of", AS_OF, "--home", str(ready)]) == 3
    assert "0 events are known" in capsys.readouterr().err

    assert run(["events", str(folder), "--as-of", AS_OF, "--event", "none.csv", "--home", str(ready)]) == 2
    assert "none.csv cannot be read; give a CSV file" in capsys.readouterr().err


def test_events_reads_a_file_of_dates_and_says_what_followed(
    ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two branches, one of which moves away: half of its clients leave, a quarter of the others."""
    book = tmp_path / "book"
    book.mkdir()
    loans, served = [], []
    for n in range(240):
        client, here, left = f"c{n:03d}", n % 2, n // 2 % 4 < (2 if n % 2 else 1)
        served.append({"client_id": client, "officer_id": f"o{here}", "from_on": date(2021, 1, 1)})
        loans.append((client, date(2022, 1, 3), date(2023, 3, 31), date(2023, 3, 31)))
        if not left:
            loans.append((client, date(2023, 4, 3), date(2024, 12, 31), None))
    loans.append(("c239", date(2024, 6, 30), date(2024, 12, 31), None))
    names = ["client_id", "disbursed_on", "due_on", "closed_on"]
    frame = pd.DataFrame(loans, columns=names).assign(amount=100, loan_id=lambda t: [f"l{n}" for n in range(len(t))])
    frame["closed_how"] = frame["closed_on"].map(lambda day: "repaid" if isinstance(day, date) else None)
    ids = sorted({row["client_id"] for row in served})
    tables = {
        "clients": pd.DataFrame({"client_id": ids, "joined_on": date(2021, 1, 1)}),
        "loans": frame,
        "assignments": pd.DataFrame(served),
        "officers": pd.DataFrame({"officer_id": ["o0", "o1"], "branch_id": ["b0", "b1"]}),
    }
    for name, table in tables.items():
        table.to_csv(book / f"{name}.csv", index=False)
    (tmp_path / "moved.csv").write_text("happened_on,kind,unit\n2023-02-01,branch,b1\n")

    code = run(
        ["events", str(book), "--as-of", AS_OF, "--event", str(tmp_path / "moved.csv"), "--out",
         str(tmp_path / "moved.json"), "--home", str(ready)]
    )  # fmt: skip

    told = capsys.readouterr()
    assert code == 0, told.err
    assert "After 1 event, 50 % of 120 clients to whom it happened left when their loan ended, and 25 %" in told.out
    assert "fewer than 5 of the branch units" in told.out
    after = json.loads((tmp_path / "moved.json").read_text())["findings"]["events"]["rows"][-1]
    assert (after["period"], after["difference"]) == ("after", 0.25)
