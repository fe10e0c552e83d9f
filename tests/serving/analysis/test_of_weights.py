"""What is drawn of drivers that were found is what was found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from serving.analysis.of_driver_parts import of_shift
from serving.analysis.of_drivers import of_board, of_pareto
from serving.analysis.of_events import of_study
from serving.analysis.of_tenths import of_feature
from serving.analysis.of_weights import of_parts_compared, of_weights
from training.drivers.carried import pareto
from training.drivers.contributions import averages
from training.drivers.deciles import deciles
from training.drivers.ease import load_ease
from training.drivers.finding import Finding
from training.drivers.quick_wins import board


def contributions(**of_driver: list[float]) -> pd.DataFrame:
    """Log-odds of clients, forty of each figure."""
    return pd.DataFrame({code.replace("_", "-"): np.repeat(values, 40) for code, values in of_driver.items()})


def test_a_figure_is_drawn_as_it_was_counted_and_the_sentence_names_the_shape() -> None:
    step = np.repeat(np.linspace(0.5, 2.0, 10), 200)
    left = np.random.default_rng(1).random(2000) < np.where(abs(step - 1.25) > 0.5, 0.7, 0.3)
    found = deciles(pd.DataFrame({"loan_amount_step": step}), left).charts["loan_amount_step"]

    chart = of_feature(found, "loan_amount_step")

    assert "U-shaped" in chart.said
    assert chart.table["value"].tolist() == found.table["rate"].tolist()
    assert ".." not in chart.said


def test_weights_are_drawn_strongest_first_and_no_more_than_asked_for() -> None:
    chart = of_weights(averages(contributions(OFF_1=[0.5, -0.5], ARR_1=[0.9, 0.9], NEW_1=[0.0, 0.1])), most=2)

    assert [label.split()[0] for label in chart.table["label"]] == ["ARR-1", "OFF-1"]
    assert chart.table["value"].tolist() == pytest.approx([0.9, 0.5])


def test_parts_are_compared_by_the_drivers_that_differ_most() -> None:
    given = contributions(OFF_1=[0.0, 1.0], ARR_1=[0.5, 0.5], RNW_1=[3.0, -3.0], NEW_1=[0.0, 0.3])
    part = pd.Series(np.repeat(["north", "south"], 40))

    chart = of_parts_compared(averages(given, part), "Branches", most=2, without=["RNW-1"])

    rows = [(label.split()[0], where) for label, where in zip(chart.table["label"], chart.table["part"], strict=True)]
    assert rows == [("OFF-1", "north"), ("OFF-1", "south"), ("NEW-1", "north"), ("NEW-1", "south")]
    assert chart.table["value"].tolist() == pytest.approx([0.0, 1.0, 0.0, 0.3])


def test_a_part_of_fewer_than_twenty_clients_is_not_drawn() -> None:
    given = contributions(OFF_1=[0.0, 1.0, 2.0])
    part = pd.Series(["north"] * 60 + ["south"] * 50 + ["small"] * 10)

    chart = of_parts_compared(averages(given, part), "Branches")

    # The next smallest goes with it: from the whole and the others it could be worked out.
    assert set(chart.table["part"]) == {"north"}


def test_the_two_reasons_of_a_change_add_up_to_it() -> None:
    row = {"driver": "OFF-1", "before": 0.1, "after": 0.4, "change": 0.3, "composition": 0.2, "weight": 0.1}

    chart = of_shift(Finding(pd.DataFrame([row]), "It weighs more."), date(2024, 7, 1))

    drawn = chart.table.iloc[0]
    assert drawn["composition"] + drawn["weight"] == pytest.approx(drawn["value"])
    assert "2024-07-01" in chart.title


def test_drivers_that_carry_next_to_nothing_are_in_the_table_and_not_named_on_the_board() -> None:
    given = contributions(ARR_1=[2.0, 2.0], NEW_1=[0.001, 0.0])
    found = pareto(given, np.zeros(80), lambda margin: 1 / (1 + np.exp(-margin)))

    drawn, carried = of_board(board(found.table, load_ease())), of_pareto(found)

    assert drawn.table.set_index("driver")["code"].to_dict() == {"ARR-1": "ARR-1", "NEW-1": ""}
    assert carried.table["label"].tolist() == ["ARR-1 repayments have begun to slip", "NEW-1 still new here"]


def test_drivers_that_lie_upon_each_other_on_the_board_are_named_together() -> None:
    given = contributions(RST_1=[1.0, 1.0], GRD_1=[0.99, 0.99], SEA_1=[0.3, 0.3])
    found = pareto(given, np.zeros(80), lambda margin: 1 / (1 + np.exp(-margin)))

    drawn = of_board(board(found.table, load_ease()))

    assert drawn.table.set_index("driver")["code"].to_dict() == {"RST-1": "RST-1, GRD-1", "GRD-1": "", "SEA-1": "SEA-1"}


def test_an_event_is_drawn_before_and_after_with_what_is_more_than_chance_filled() -> None:
    rows = [
        {"period": "-1", "from_day": -91, "to_day": 0, "difference": 0.01, "p": 0.8},
        {"period": "1", "from_day": 0, "to_day": 91, "difference": 0.2, "p": 0.001},
        {"period": "after", "from_day": 0, "to_day": 182, "difference": 0.2, "p": 0.001},
    ]
    figures = {"exposed": 50.0, "others": 90.0, "exposed_rate": 0.4, "others_rate": 0.2, "low": 0.0, "high": 0.3}

    chart, rates = of_study(Finding(pd.DataFrame(rows).assign(**figures), "More left."))

    assert chart.table["label"].tolist() == ["1 before", "1 after"]
    assert chart.table["sure"].tolist() == [False, True]
    assert chart.said.startswith("More left.")
    assert rates.table["value"].tolist() == [0.4, 0.4, 0.2, 0.2]
