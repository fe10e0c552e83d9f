"""A report tells what was known on the day of its weekly run, and nothing that came later."""

from datetime import date
from typing import Any

import pytest

from features.errors import UsageError
from serving import findings
from serving.findings import Stage
from serving.report.known import as_it_stood, gather


def known(filled: Any, month: str) -> Any:
    with filled.store.read() as connection:
        return gather(filled.home, connection, month)


@pytest.mark.parametrize(("month", "run"), [("2024-06", date(2024, 6, 30)), ("2024-05", date(2024, 6, 23))])
def test_a_month_is_told_by_the_first_run_that_saw_all_of_it(filled: Any, month: str, run: date) -> None:
    found = known(filled, month)

    assert found.as_of == run
    assert found.promoted == [] if run < date(2024, 6, 30) else len(found.promoted) == 1


def test_before_a_run_has_seen_all_of_it_there_is_none_and_it_is_said_what_to_do(filled: Any) -> None:
    with pytest.raises(UsageError, match="run `exitwatch weekly BOOK --as-of 2024-07-31`"):
        known(filled, "2024-07")


@pytest.mark.parametrize(
    ("day", "stage", "said"),
    [
        (date(2024, 1, 20), Stage.REPORT, ("", "", "", False)),
        (date(2024, 2, 3), Stage.DECIDE, ("Meet every second week", "", "", False)),
        (date(2024, 4, 1), Stage.IMPLEMENT, ("Meet every second week", "Fortnightly instalments", "", False)),
        (
            date(2024, 6, 30),
            Stage.REMEASURE,
            ("Meet every second week", "Fortnightly instalments", "Clients at meetings", True),
        ),
    ],
)
def test_a_finding_is_told_as_far_as_it_had_come(filled: Any, day: date, stage: Stage, said: tuple[Any, ...]) -> None:
    with filled.store.read() as connection:
        (whole,) = [each for each in findings.every(connection) if each.finding.startswith("Meetings")]

    then = as_it_stood(whole, day)

    assert (then.stage, (then.decision, then.change, then.told, then.effect is not None)) == (stage, said)


def test_answers_of_a_year_that_is_not_over_are_not_told(filled: Any) -> None:
    found = known(filled, "2024-06")

    assert (found.asked_in, found.asked.answers) == (2023, 60)
