"""The commands of objectives, as they are typed, over a small drawn MFI."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from serving.cli import run
from serving.home import Home

Typed = Callable[..., tuple[int, str]]

HEAD = "indicator,segment,from_on,until_on,value,n,source,entered_by\n"
OBJECTIVES = """
[[objective]]
name = "Clients stay"
indicator = "repeat_borrowing_rate"
baseline = 0.01
baseline_on = 2023-06-30
target = 0.02
by = 2025-06-30
owner = "Operations"
goal = "Clients keep a lender they know"
kind = "process"
means = "Renewal talks"

[[objective]]
name = "Northern clients are satisfied"
indicator = "satisfaction_rate"
segment = { branch_id = "b0" }
baseline = 0.5
baseline_on = 2023-06-30
target = 0.9
by = 2025-06-30
owner = "Branch b0"
goal = "Clients are well served"
kind = "result"
means = "Shorter queues"
"""


@pytest.fixture
def book_folder(mfi: Callable[..., Any], tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    for name, frame in mfi().items():
        if len(frame):
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture
def typed(home: Home, capsys: pytest.CaptureFixture[str]) -> Typed:
    def typed(*arguments: str) -> tuple[int, str]:
        code = run(["objectives", *arguments, "--home", str(home.path)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return typed


def test_objectives_are_checked_and_their_standing_told_once_they_are_smart(
    typed: Typed, home: Home, book_folder: Path, as_of: Any
) -> None:
    file = home.path / "objectives.toml"
    file.write_text(OBJECTIVES.replace('owner = "Operations"\n', ""))
    assert typed("check") == (
        3,
        "objective 1, S: write a owner: who answers for it\n"
        "exitwatch: 1 objectives are not SMART yet; see the lines above\n",
    )
    file.write_text(OBJECTIVES)
    assert typed("check") == (0, "2 objectives, all SMART\n")

    code, told = typed("status", str(book_folder), "--as-of", as_of.isoformat())

    assert code == 0
    assert "reached: Clients stay, Operations" in told
    assert "not known: Northern clients are satisfied (branch_id=b0), Branch b0" in told


def test_what_was_measured_elsewhere_is_uploaded_once_and_stands_beside_the_computed(
    typed: Typed, home: Home, book_folder: Path, tmp_path: Path, as_of: Any
) -> None:
    (home.path / "objectives.toml").write_text(OBJECTIVES)
    file = tmp_path / "figures.csv"
    row = f"satisfaction_rate,branch_id=b0,2024-01-01,{as_of - timedelta(days=1)},0.8,200,Survey of June,rose\n"
    file.write_text(HEAD + row)

    assert typed("upload", str(file))[1].startswith("1 figures kept, 0 of them")
    assert typed("upload", str(file))[1].startswith("0 figures kept")
    told = typed("status", str(book_folder), "--as-of", as_of.isoformat())[1]

    assert "on the way: Northern clients are satisfied" in told
    assert (
        "satisfaction_rate 80.0 % (73.9 % to 85.0 %) of 200; today's mark 70.0 %; target 90.0 % by 2025-06-30" in told
    )
    file.write_text(HEAD + row.replace("0.8,", "0.6,"))
    assert "1 of them in place of earlier ones" in typed("upload", str(file))[1]
    assert "behind: Northern" in typed("status", str(book_folder), "--as-of", as_of.isoformat())[1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("happiness,,2024-01-01,2024-06-30,0.8,,x,rose", "row 2, column indicator"),
        ("retention_rate,,2024-01-01,2024-06-30,0.8,,x,rose", "the others are computed"),
        ("satisfaction_rate,area=sea,2024-01-01,2024-06-30,0.8,,x,rose", "row 2, column segment: area is"),
        ("satisfaction_rate,,soon,2024-06-30,0.8,,x,rose", "row 2, column from_on"),
        ("satisfaction_rate,,2024-06-30,2024-01-01,0.8,,x,rose", "row 2, column until_on"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,80,,x,rose", "a share lies between 0 and 1"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,nan,,x,rose", "row 2, column value"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,0.8,-1,x,rose", "row 2, column n"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,0.8,,,rose", "row 2, column source"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,0.8,,x,", "row 2, column entered_by"),
        ("satisfaction_rate,,2024-01-01,2024-06-30,0.8,,x,rose,more", "more fields than columns"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_and_no_row_is_kept(
    typed: Typed, tmp_path: Path, row: str, said: str
) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(HEAD + row + "\n")

    code, told = typed("upload", str(file))

    assert code == 3
    assert "nothing was kept" in told
    assert said in told


def test_a_baseline_is_found_in_the_book_or_a_sample_is_proposed(typed: Typed, book_folder: Path, as_of: Any) -> None:
    day = as_of.isoformat()

    computed = typed("baseline", str(book_folder), "--as-of", day, "--indicator", "repeat_borrowing_rate")
    asked = typed("baseline", str(book_folder), "--as-of", day, "--indicator", "satisfaction_rate")
    few = typed(
        *("baseline", str(book_folder), "--as-of", day, "--indicator", "retention_rate", "--segment", "area=rural")
    )
    unknown = typed("baseline", str(book_folder), "--as-of", day, "--indicator", "happiness")

    assert computed[0] == 0
    assert "2024-04-01 to 2024-06-30: " in computed[1]
    assert "baseline = 0." in computed[1]
    assert "baseline_on = 2024-06-30" in computed[1]
    assert "A random sample of 47 clients" in asked[1]
    assert (few[0], "segment 'area=rural' is not known" in few[1]) == (3, True)
    assert unknown[0] == 2
