"""What other hours would change, in words: beside the hours there are, and with as many decimals as say something."""

import pandas as pd
import pytest

from serving.languages import language
from serving.visits.hours import hours_chart, rows_of, said_of

ENGLISH = language("en")


def table(kept: list[float]) -> pd.DataFrame:
    hours = [0.5, 1.0, 2.0]
    return pd.DataFrame({"hours": hours, "planned": [2, 4, 4], "left": [2, 0, 0], "kept": kept, "way": [1.0, 2.0, 2.0]})


@pytest.mark.parametrize(
    ("kept", "hours", "said"),
    [
        ([10.0, 14.26, 14.26], 0.5, "With 0.5 hours a day 2 of 4 lines have a day, and 10.0 clients are expected to be "
         "kept. That is 4.3 fewer than with the hours there are."),
        ([0.5, 0.91, 0.94], 2.0, "With 2 hours a day 4 of 4 lines have a day, and 0.94 clients are expected to be "
         "kept. That is 0.03 more than with the hours there are."),
        ([0.5, 0.91, 0.91], 2.0, "With 2 hours a day 4 of 4 lines have a day, and 0.91 clients are expected to be "
         "kept. That is as many as with the hours there are."),
        ([0.5, 0.91, 0.91], 1.0, "With 1 hours a day 4 of 4 lines have a day, and 0.91 clients are expected to be "
         "kept. These are the hours there are."),
    ],
)  # fmt: skip
def test_other_hours_are_told_beside_those_there_are(kept: list[float], hours: float, said: str) -> None:
    assert said_of(table(kept), hours, 1.0, ENGLISH) == said


def test_the_table_is_written_as_the_readers_language_does() -> None:
    assert rows_of(table([0.5, 0.91, 0.94]), language("fr"))[0] == ("0,5", "2", "2", "0,50", "1,0")


def test_the_hours_there_are_have_a_mark_of_their_own_and_the_chart_says_how_far_to_trust_it() -> None:
    chart = hours_chart(table([0.5, 0.91, 0.94]), 1.0, ENGLISH)

    assert "is not measured yet" in chart.said
    drawing = chart.svg(300)
    assert ">with the hours there are<" in drawing
    assert "hours a day: 1; clients expected to be kept: 0.9" in drawing
