"""The whole story on a small simulated MFI: simulate, check, train, list; and the same model from a shuffled book."""

import re
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from serving.cli import run
from serving.delimited import read_table
from serving.home import Home

# What takes longest to set up is set up once.
pytestmark = pytest.mark.xdist_group("demo")

RECIPE = """
horizons = [28, 91, 182]
[dates]
step_days = 91
[backtest]
folds = 1
resamples = 20
[learning.boosting]
rounds = 20
min_rows = 20
"""
SIZE = ("--clients", "400", "--weeks", "115")


@dataclass(frozen=True)
class Shown:
    """What a demonstration printed and left."""

    folder: Path
    recipe: Path
    said: str

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE)
    said = StringIO()
    with redirect_stdout(said):
        assert run(["demo", "--dir", str(folder), "--recipe", str(recipe), *SIZE]) == 0
    return Shown(folder, recipe, said.getvalue())


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_a_demonstration_ends_with_lists_and_says_what_to_open(shown: Shown) -> None:
    told = shown.said.split("Open next:")[1]

    page, table = (Path(found) for found in re.findall(r"^  (/\S+)", told, flags=re.MULTILINE))
    assert page.is_file()
    assert table.is_file()
    assert f"exitwatch serve --home {shown.folder / 'home'}" in told


def test_the_report_of_the_last_month_is_made(shown: Shown) -> None:
    assert (shown.home.path / "reports" / "2025-11.pdf").read_bytes().startswith(b"%PDF"), shown.said


def test_two_weeks_have_lists_that_read_back_whole(shown: Shown) -> None:
    assert shown.home.weeks() == ["2025-W52", "2026-W01"]
    for week in shown.home.weeks():
        rows = read_table((shown.home.lists / week / "lists.csv").read_bytes())
        length = Counter(row["officer_id"] for row in rows)
        assert max(count for officer, count in length.items() if officer != "desk") <= 8
        assert all(row["reason_1"] and row["action"] and row["avoid"] for row in rows)


def test_each_list_is_there_as_paper_sheet_page_message_and_table(shown: Shown) -> None:
    folder = shown.home.lists / "2026-W01"
    rows = read_table((folder / "lists.csv").read_bytes())

    for name in {row["list_id"] for row in rows}:
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert {file.suffix for file in folder.glob(f"{name}.*")} == {".pdf", ".xlsx", ".html", ".txt", ".csv"}


def test_no_client_is_named_on_the_terminal(shown: Shown) -> None:
    clients = pd.read_parquet(shown.folder / "book" / "clients.parquet")["client_id"]

    assert not [client for client in clients if client in shown.said]


def test_the_second_week_says_what_changed(shown: Shown) -> None:
    table = pd.read_csv(shown.home.lists / "2026-W01" / "lists.csv")

    assert table["why_now"].notna().all()
    assert (table["carried_over"] == "yes").any()


def test_the_same_book_shuffled_and_split_gives_the_same_model(shown: Shown, tmp_path: Path) -> None:
    book = tmp_path / "book"
    for file in (shown.folder / "book").glob("*.parquet"):
        rows = pd.read_parquet(file).sample(frac=1, random_state=5)
        parts = book / file.stem
        parts.mkdir(parents=True)
        half = len(rows) // 2
        for number, part in enumerate((rows.iloc[half:], rows.iloc[:half])):
            part.to_parquet(parts / f"part-{number}.parquet", index=False)
    home = Home(tmp_path / "home")

    given = ["--as-of", "2025-12-21", "--recipe", str(shown.recipe), "--home", str(home.path)]
    assert run(["train", str(book), *given]) == 0

    models = [sorted(f.name for f in (folder / "models").iterdir()) for folder in (shown.home.path, home.path)]
    assert models[0] == models[1]
    assert len(models[0]) == 1
