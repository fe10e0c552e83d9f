"""What makes an objective SMART, letter by letter, and where one stands on a day."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from features.indicator import Value
from serving.objectives.objective import FILE, Objective, read_objectives
from serving.objectives.status import Status, standing

GOOD = {
    "name": '"Rural clients stay"',
    "indicator": '"retention_rate"',
    "segment": '{ area = "rural" }',
    "baseline": "0.70",
    "baseline_on": "2024-01-01",
    "target": "0.80",
    "by": "2025-12-31",
    "owner": '"Head of operations"',
    "goal": '"Clients who need us keep a lender they know"',
    "kind": '"process"',
    "means": '"A renewal talk with everybody four weeks before the loan ends"',
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    file = folder / FILE
    tables = ["\n".join(["[[objective]]", *(f"{key} = {value}" for key, value in row.items())]) for row in rows]
    file.write_text("\n\n".join(tables))
    return file


def one(folder: Path, **other: str) -> Objective:
    return read_objectives(written(folder, GOOD | other)).objectives[0]


def test_an_objective_with_all_five_is_read(tmp_path: Path) -> None:
    read = read_objectives(written(tmp_path, GOOD))

    assert read.faults == ()
    assert (read.objectives[0].segment.text, read.objectives[0].by) == ("area=rural", date(2025, 12, 31))


@pytest.mark.parametrize(
    ("key", "value", "letter", "said"),
    [
        ("name", None, "S", "write a name"),
        ("owner", '""', "S", "who answers for it"),
        ("indicator", '"happiness"', "S", "name an indicator that is known: retention_rate"),
        ("segment", '{ gender = "f" }', "S", "'gender' is none of them"),
        ("segment", '{ area = "sea" }', "S", "rural or urban"),
        ("salary", "1", "S", "'salary' is not part of an objective"),
        ("baseline", None, "M", "objectives baseline"),
        ("target", '"high"', "M", "write the target as a number"),
        ("target", "nan", "M", "write the target as a number"),
        ("baseline_on", '"2024"', "M", "write baseline_on"),
        ("period_months", "0", "M", "from 1 to 60"),
        ("means", None, "A", "by what it is to be reached"),
        ("target", "80", "A", "is a share"),
        ("target", "0.60", "A", "has to be above the baseline"),
        ("goal", None, "R", "write goal"),
        ("kind", '"both"', "R", "process or result"),
        ("by", None, "T", "write by"),
        ("by", "2023-12-31", "T", "lies after baseline_on"),
        ("by", "2044-12-31", "T", "at most 10 years"),
        ("by", "2025-12-31T10:00:00", "T", "write by"),
    ],
)
def test_each_letter_that_lacks_is_told_with_what_to_do(
    tmp_path: Path, key: str, value: str | None, letter: str, said: str
) -> None:
    row = {name: text for name, text in (GOOD | {key: value}).items() if text is not None}

    read = read_objectives(written(tmp_path, GOOD | {"name": '"another"'}, row))

    assert len(read.objectives) == 1
    assert [(fault.place, fault.letter) for fault in read.faults] == [(2, letter)]
    assert said in read.faults[0].sentence


def test_where_less_is_better_the_target_lies_below(tmp_path: Path) -> None:
    late = {"indicator": '"delinquency_rate"', "baseline": "0.10", "target": "0.05"}

    assert read_objectives(written(tmp_path, GOOD | late)).faults == ()
    wrong = read_objectives(written(tmp_path, GOOD | late | {"target": "0.20"}))
    assert "below the baseline" in wrong.faults[0].sentence


def test_two_of_one_name_are_told(tmp_path: Path) -> None:
    assert "two objectives are named" in read_objectives(written(tmp_path, GOOD, GOOD)).faults[0].sentence


@pytest.mark.parametrize("content", ["", "a = 1", "[objective]\nname = 'x'", "objective = [1]", "[[objective", "\x00"])
def test_what_is_no_file_of_objectives_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    with pytest.raises(UsageError):
        read_objectives(tmp_path / FILE)
    with pytest.raises(UsageError, match=r"docs/objectives\.md"):
        read_objectives(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("day", "value", "low", "high", "status", "sure"),
    [
        (date(2025, 1, 1), 0.81, 0.79, 0.83, Status.REACHED, True),
        (date(2025, 1, 1), 0.76, 0.755, 0.77, Status.ON_THE_WAY, True),
        (date(2025, 1, 1), 0.76, 0.72, 0.79, Status.ON_THE_WAY, False),
        (date(2025, 1, 1), 0.73, 0.72, 0.74, Status.BEHIND, True),
        (date(2025, 1, 1), 0.69, 0.60, 0.78, Status.BEHIND, False),
        (date(2025, 1, 1), 0.69, 0.67, 0.71, Status.OFF, True),
        (date(2025, 1, 1), 0.70, None, None, Status.OFF, None),
        (date(2026, 6, 1), 0.79, None, None, Status.BEHIND, None),
        (date(2025, 1, 1), None, None, None, Status.NOT_KNOWN, None),
    ],
)
def test_where_an_objective_stands(
    tmp_path: Path,
    day: date,
    value: float | None,
    low: float | None,
    high: float | None,
    status: Status,
    *,
    sure: bool | None,
) -> None:
    found = standing(one(tmp_path), Value(value, 100, low, high), day)

    assert (found.status, found.sure) == (status, sure)
    if day == date(2025, 1, 1):
        assert found.expected == pytest.approx(0.75, abs=0.001)


@given(st.floats(0, 1), st.floats(0, 1), st.dates(date(2023, 1, 1), date(2027, 1, 1)))
def test_a_better_value_never_stands_worse(
    tmp_path_factory: pytest.TempPathFactory, value: float, other: float, day: date
) -> None:
    order = [Status.OFF, Status.BEHIND, Status.ON_THE_WAY, Status.REACHED]
    objective = one(tmp_path_factory.getbasetemp())
    low, high = sorted((value, other))

    ranks = [order.index(standing(objective, Value(each), day).status) for each in (low, high)]

    assert ranks == sorted(ranks)
