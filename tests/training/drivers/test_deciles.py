"""Exit rates over tenths of a figure: what a chart holds, and what may be said of its shape."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.drivers.bins import NOT_KNOWN, tenths
from training.drivers.deciles import BINS, NAME_NOT_KNOWN, chart, deciles
from training.drivers.shape import Shape, fitted

FIGURES = st.lists(st.one_of(st.just(float("nan")), st.integers(-9, 9).map(float)), max_size=120)


def drawn(rate: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(len(rate)) < rate


@given(FIGURES)
def test_equal_figures_share_a_bin_and_higher_figures_never_get_a_lower_one(figures: list[float]) -> None:
    values = np.array(figures)

    bins = tenths(values)

    known = [(value, bin_of) for value, bin_of in zip(values, bins, strict=True) if not np.isnan(value)]
    assert all(bins[np.isnan(values)] == NOT_KNOWN)
    assert sorted({bin_of for _, bin_of in known}) == list(range(len({bin_of for _, bin_of in known})))
    assert len({bin_of for _, bin_of in known}) <= 10
    for value, bin_of in known:
        for other, its in known:
            assert (value < other) <= (bin_of <= its)
            assert (value == other) <= (bin_of == its)


@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=300, unique=True))
def test_without_ties_tenths_hold_a_tenth_each_but_for_one_client(figures: list[int]) -> None:
    count = np.bincount(tenths(np.array(figures, dtype=float)))

    assert len(count) == 10
    assert count.max() - count.min() <= 1


@given(FIGURES, st.integers(0, 99))
def test_a_chart_counts_as_a_slow_count_does(figures: list[float], seed: int) -> None:
    values = np.array(figures)
    left = drawn(np.full(len(values), 0.3), seed)

    table = chart(values, left)

    def slow_count(most: int) -> dict[str, list[bool]]:
        slow: dict[str, list[bool]] = {}
        for bin_of, gone in zip(tenths(values, most), left, strict=True):
            slow.setdefault(NAME_NOT_KNOWN if bin_of == NOT_KNOWN else str(bin_of + 1), []).append(bool(gone))
        return slow

    slow = next(cut for cut in map(slow_count, BINS) if set(cut) == set(table["bin"]))
    for row in table.dropna(subset=["clients"]).to_dict("records"):
        assert row["clients"] == len(slow[row["bin"]]) >= 20
        assert row["left"] == sum(slow[row["bin"]]) >= 20
        assert row["clients"] - row["left"] >= 20
        assert row["low"] <= row["rate"] + 1e-12
        assert row["rate"] <= row["high"] + 1e-12


@pytest.mark.parametrize(
    ("clients", "bins"),
    [
        (2_000, 10),  # 50 of 200 in each
        (500, 5),  # 12 of 50 in a tenth, 25 of 100 in a fifth
        (250, 3),  # 12 of 50 in a fifth, 21 of 83 in a third
        (160, 2),
        (100, 10),  # no bin can be shown
    ],
)
def test_small_numbers_are_shown_in_fewer_and_wider_bins(clients: int, bins: int) -> None:
    values = np.arange(clients, dtype=float)

    table = chart(values, np.arange(clients) % 4 == 0)

    assert table["bin"].tolist() == [str(number + 1) for number in range(bins)]
    assert table["rate"].notna().all() == (bins < 10 or clients == 2_000)


def test_not_known_is_a_bin_of_its_own_and_never_a_zero() -> None:
    values = np.array([0.0] * 60 + [float("nan")] * 80)
    left = np.array([False] * 40 + [True] * 20 + [True] * 60 + [False] * 20)

    table = chart(values, left).set_index("bin")

    assert table.loc["1", ["clients", "left"]].tolist() == [60, 20]
    assert table.loc[NAME_NOT_KNOWN, ["clients", "left", "rate"]].tolist() == [80, 60, 0.75]
    assert np.isnan(table.loc[NAME_NOT_KNOWN, "from"])


@pytest.mark.parametrize(
    ("unknown", "shown"),
    [
        ([True] * 7, ["1"]),
        ([True] * 12 + [False] * 60, ["1"]),  # 12 of 72 left, and the total is known
        ([True] * 60 + [False] * 12, ["1"]),  # 12 of 72 stayed
        ([True] * 20 + [False] * 20, ["1", "2", NAME_NOT_KNOWN]),
    ],
)
def test_a_bin_in_which_few_left_or_stayed_is_not_shown_nor_can_it_be_had_from_the_total(
    unknown: list[bool], shown: list[str]
) -> None:
    values = np.array([0.0] * 200 + [1.0] * 60 + [float("nan")] * len(unknown))
    left = np.array([True, False] * 130 + unknown)

    table = chart(values, left).set_index("bin")

    assert table.dropna(subset=["clients"]).index.tolist() == shown


@pytest.mark.parametrize(
    ("rate", "shape"),
    [
        (lambda x: 0.1 + 0.3 * x, Shape.RISES),
        (lambda x: 0.4 - 0.3 * x, Shape.FALLS),
        (lambda x: 0.1 + 1.2 * (x - 0.5) ** 2, Shape.U),
        (lambda x: 0.4 - 1.2 * (x - 0.5) ** 2, Shape.HUMP),
        (lambda x: 0.2 + 0 * x, Shape.FLAT),
        # A parabola fits it well and even turns, yet the rate never rises again.
        (lambda x: 0.05 + 0.5 * np.maximum(0.5 - x, 0), Shape.FALLS),
    ],
)
def test_a_drawn_shape_is_named(rate: object, shape: Shape) -> None:
    x = np.linspace(0, 1, 4_000)

    found = deciles(pd.DataFrame({"loans_taken": x}), drawn(rate(x), seed=5))  # type: ignore[operator]

    assert found.shapes.table.loc[0, "shape"] == shape.value


def test_many_features_of_chance_alone_are_flat() -> None:
    draw = np.random.default_rng(11)
    X = pd.DataFrame(draw.normal(size=(800, 100)), columns=[f"f{n}" for n in range(100)])
    claims = []
    for seed in range(20):
        found = deciles(X, drawn(np.full(800, 0.25), seed)).shapes
        claims.append((found.table["shape"] != Shape.FLAT.value).any())

    # Each of the twenty has at most a chance of 5 % to name any; four or more would come once in sixty such tests.
    assert sum(claims) <= 3


def test_too_few_who_left_carry_no_shape() -> None:
    left = np.zeros(500, dtype=bool)
    left[:19] = True

    found = deciles(pd.DataFrame({"loans_taken": np.arange(500.0)}), left)

    assert found.shapes.table.loc[0, "shape"] == Shape.TOO_FEW.value
    assert "over none of 1 features" in found.shapes.said


def test_the_sentence_is_of_the_chart_and_calls_it_an_association() -> None:
    x = np.repeat([0.0, 1.0], 200)
    left = np.concatenate([np.arange(200) < 20, np.arange(200) < 120])

    said = deciles(pd.DataFrame({"loans_taken": x}), left).charts["loans_taken"].said

    assert said.startswith(
        "The exit rate rises with loans_taken, from 10 % in the lowest bin shown to 60 % in the highest."
    )
    assert "not proof of a cause" in said


def test_a_straight_line_is_measured_from_the_first_client_to_the_last() -> None:
    clients = np.full(10, 1_000)

    found = fitted(np.arange(50, 550, 50) - 0, clients)

    assert found.trend == pytest.approx(0.5)
    assert found.curve == pytest.approx(0.0, abs=1e-9)
