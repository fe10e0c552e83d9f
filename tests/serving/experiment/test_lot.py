"""The lot: fixed by its seed, the same chance for every turn, and nothing to be guessed from."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from serving.experiment.lot import Arm, Lot

SEEDS = st.binary(min_size=1, max_size=40)


def left_out(lot: Lot, stratum: str, places: Sequence[int]) -> list[int]:
    return [place for place in places if lot.arm(stratum, place) is Arm.HELD_OUT]


@given(SEEDS, st.text(max_size=20), st.integers(0, 500))
def test_the_same_seed_says_the_same(seed: bytes, stratum: str, place: int) -> None:
    assert Lot(seed, 0.1).arm(stratum, place) is Lot(seed, 0.1).arm(stratum, place)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.125, 0.5])
def test_every_turn_has_the_share_as_its_chance_whatever_its_number_and_stratum(share: float) -> None:
    counts = Counter[int]()
    for seed in range(300):
        for stratum in ("b1/high", "b2/low"):
            counts.update(left_out(Lot(f"seed {seed}".encode(), share), stratum, range(40)))

    assert binomtest(counts.total(), 600 * 40, share).pvalue > 0.001 if share else not counts
    if share:
        expected = counts.total() / 40
        assert chi2.sf(sum((counts[n] - expected) ** 2 for n in range(40)) / (expected * (1 - share)), 39) > 0.001


def test_one_stratum_tells_nothing_of_another_nor_one_turn_of_the_next() -> None:
    beside = following = out = 0
    for seed in range(200):
        lot = Lot(f"seed {seed}".encode(), 0.2)
        here, there = set(left_out(lot, "b1", range(100))), set(left_out(lot, "b2", range(100)))
        out += len(here)
        beside += len(here & there)
        following += len(here & {place + 1 for place in here})

    assert binomtest(beside, out, 0.2).pvalue > 0.001
    assert binomtest(following, out, 0.2 * 0.99).pvalue > 0.001


def test_another_seed_has_another_commitment() -> None:
    assert Lot(b"one", 0.1).commitment != Lot(b"two", 0.1).commitment
