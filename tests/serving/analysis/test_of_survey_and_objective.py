"""What is drawn of answers, of an objective on its way, and of what a change did."""

from datetime import date

import pytest

from features.indicator import Value
from features.indicators import INDICATORS
from serving.analysis.of_objective import of_effect, of_measured, of_way
from serving.analysis.of_survey import of_agreement, of_shares
from serving.effect import Effect
from serving.objectives.objective import Objective
from serving.objectives.segment import Segment
from serving.objectives.status import standing
from serving.objectives.values import FROM_THE_BOOK, Figure
from serving.survey.model_agreement import Told, compare
from serving.survey.reasons import ReasonTable, Share

BY = date(2024, 12, 31)
OBJECTIVE = Objective(
    name="Clients come back",
    indicator=INDICATORS["retention_rate"],
    segment=Segment(),
    baseline=0.6,
    baseline_on=date(2023, 12, 31),
    target=0.8,
    by=BY,
    owner="x",
    goal="x",
    kind="process",
    means="x",
)


def figure(code: str, value: Value) -> Figure:
    return Figure(code, "", date(2024, 1, 1), date(2024, 3, 31), value, FROM_THE_BOOK, "exitwatch")


def test_reasons_are_drawn_with_those_told_together_last() -> None:
    shares = Share(("OFF-1",), 30, 0.6, 0.5, 0.7), Share(("ARR-1", "PRC-1"), 20, 0.4, 0.3, 0.5)
    table = ReasonTable(400, 50, 7, 0, (), "last", shares, ())

    chart = of_shares(table)

    assert chart.title.endswith("the reason that came last")
    assert chart.table["label"].tolist() == ["OFF-1 The officer changed", "all others together"]
    assert chart.said.startswith("50 answered, 7 did not want to. They stand for 400 who left.")


def test_hits_stand_beside_those_of_chance() -> None:
    # Half of the clients say what the data showed of them, and would by chance in half of the cases.
    told = [Told(str(n), ("OFF-1",) if n % 2 else ("ARR-1",), ("OFF-1",)) for n in range(40)]

    chart = of_agreement(compare(told))

    assert chart.table["value"].tolist()[:2] == [0.5, 0.5]
    assert "by chance it would be 50.0 %: 0 points more" in chart.said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Value(0.72, 200, 0.66, 0.77), "On the way: 72.0 %, where the line from 60.0 % to 80.0 % asks for 70.0 %"),
        (Value(0.65, 200, 0.64, 0.66), "Behind: 65.0 %"),
        (Value(0.55, 200, 0.5, 0.6), "Off: 55.0 %"),
        (Value(None), "Not known: –"),
    ],
)
def test_an_objective_is_drawn_on_its_way_and_said_where_it_stands(value: Value, said: str) -> None:
    chart = of_way(standing(OBJECTIVE, value, date(2024, 7, 1)), [figure("retention_rate", value)])

    assert chart.said.startswith(said)
    assert "-" not in chart.said.split("today.")[1]
    assert "target" in chart.svg(640)


def test_an_effect_is_called_an_association_and_chance_where_its_interval_holds_nothing() -> None:
    before, after, more = Value(0.6, 100, 0.5, 0.7), Value(0.65, 100, 0.55, 0.74), Value(0.9, 100, 0.82, 0.95)

    little, much = (Effect.of("Retention", before, value) for value in (after, more))

    assert "+5.0 points" in of_effect(little, before, after).said
    assert "no more than chance. It is an association" in of_effect(little, before, after).said
    assert ", more than chance. It is an association" in of_effect(much, before, more).said
    assert of_effect(Effect.of("Clients", Value(5.0), Value(7.0)), Value(5.0), Value(7.0), unit="number").said == (
        "+2.0, without an interval. It is an association: other things changed too."
    )


def test_what_is_not_known_is_a_dash_and_never_nothing() -> None:
    figures = [figure("retention_rate", Value(0.7, 50, 0.6, 0.8)), figure("new_clients", Value(742.0, 742))]

    table = of_measured([*figures, figure("delinquency_rate", Value(None))])

    assert table["Value"].tolist() == ["70.0 %", "742", "–"]
    assert table["Of how many"].tolist() == ["50", "742", "–"]
