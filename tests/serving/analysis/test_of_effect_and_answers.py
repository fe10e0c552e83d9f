"""What is drawn of answers and of what a change did."""

from datetime import date

from features.indicator import Value
from serving.analysis.of_answers import of_hits
from serving.analysis.of_effect import of_effect, of_measured
from serving.effect import Effect
from serving.objectives.values import FROM_THE_BOOK, Figure
from serving.survey.model_agreement import Told, compare


def figure(code: str, value: Value) -> Figure:
    return Figure(code, "", date(2024, 1, 1), date(2024, 3, 31), value, FROM_THE_BOOK, "exitwatch")


def test_hits_stand_beside_those_of_chance() -> None:
    # Half of the clients say what the data showed of them, and would by chance in half of the cases.
    told = [Told(str(n), ("OFF-1",) if n % 2 else ("ARR-1",), ("OFF-1",)) for n in range(40)]

    chart = of_hits(compare(told))

    assert chart.table["value"].tolist()[:2] == [0.5, 0.5]
    assert "by chance it would be 50.0 %: 0 points more" in chart.said


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
