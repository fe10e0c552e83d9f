"""The page of outcomes says what the code does."""

from pathlib import Path

from serving.cli_manual import pages
from serving.outcome_codes import CODES, REASONS
from serving.outcome_page import manual
from serving.returned_files import COLUMNS


def test_the_committed_page_is_the_generated_one() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "outcomes.md"

    assert page.read_text("utf-8") == manual() == pages()["outcomes.md"], "run `exitwatch manual docs`"


def test_every_code_reason_and_column_has_its_row() -> None:
    rows = [line.split("|")[1].strip().strip("`") for line in manual().splitlines() if line.startswith("| `")]

    assert rows == [*CODES, *REASONS, *COLUMNS]
