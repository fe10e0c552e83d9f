"""The lot: fixed by its seed, even over every stratum, and nothing to be guessed from."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from serving.experiment.lot import BLOCK, Arm, Lot

SEEDS = st.binary(min_size=1, max_size=40)


def left_out(lot: Lot, stratum: str, places: Sequence[int]) -> list[int]:
    return [place for place in places if lot.arm(stratum, place) is Arm.HELD_OUT]


@given(SEEDS, st.text(max_size=20), st.integers(0, 500))
def test_the_same_seed_says_the_same(seed: bytes, stratum: str, place: int) -> None:
    assert Lot(seed, 0.1).arm(stratum, place) is Lot(seed, 0.1).arm(stratum, place)


@pytest.mark.parametrize(("share", "each"), [(0.0, 0), (0.1, 1), (0.2, 2), (0.5, 5)])
@given(seed=SEEDS, block=st.integers(0, 50))
def test_every_block_of_a_stratum_has_its_share(seed: bytes, block: int, share: float, each: int) -> None:
    assert len(left_out(Lot(seed, share), "b1/high", range(block * BLOCK, (block + 1) * BLOCK))) == each


def test_a_share_that_no_block_can_hold_is_kept_on_average() -> None:
    out = sum(len(left_out(Lot(bytes([seed]), 0.125), "b1", range(1000))) for seed in range(100))

    assert binomtest(out // 10, 10_000, 0.125).pvalue > 0.001


def test_every_turn_of_a_block_is_left_out_as_often_whatever_the_stratum() -> None:
    counts = [0] * BLOCK
    for seed in range(300):
        for stratum in ("b1/high", "b2/low"):
            for place in left_out(Lot(f"seed {seed}".encode(), 0.1), stratum, range(5 * BLOCK)):
                counts[place % BLOCK] += 1

    assert chisquare(counts).pvalue > 0.001


def test_one_stratum_tells_nothing_of_another_nor_one_block_of_the_next() -> None:
    same_place = same_next = 0
    for seed in range(1000):
        lot = Lot(f"seed {seed}".encode(), 0.1)
        (one, following), (other,) = left_out(lot, "b1", range(2 * BLOCK)), left_out(lot, "b2", range(BLOCK))
        same_place += one == other
        same_next += one == following - BLOCK

    assert binomtest(same_place, 1000, 1 / BLOCK).pvalue > 0.001
    assert binomtest(same_next, 1000, 1 / BLOCK).pvalue > 0.001


def test_another_seed_has_another_commitment() -> None:
    assert Lot(b"one", 0.1).commitment != Lot(b"two", 0.1).commitment
