"""Agreement of two interviews against worked examples, and of model and client against chance."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from serving.access import Actor
from serving.home import Home
from serving.store.database import Store
from serving.survey import samples
from serving.survey.agreement import (
    Measured,
    agreement,
    cohen_kappa,
    interviews_compared,
    krippendorff_alpha,
    with_interval,
)
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.model_agreement import Told, compare, said_before
from serving.survey.sampling import Chosen

NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
DAY = date(2024, 7, 9)
BY = Actor("amina", "analyst")
#: Cohen's own kind of table: 20 and 15 alike, 5 and 10 not.
WORKED = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15


def test_kappa_and_alpha_of_a_worked_example() -> None:
    assert cohen_kappa(WORKED) == pytest.approx(0.4)
    assert krippendorff_alpha(WORKED) == pytest.approx(1 - 0.3 / (1 - (55 * 54 + 45 * 44) / (100 * 99)))


@pytest.mark.parametrize("measure", [cohen_kappa, krippendorff_alpha])
def test_perfect_agreement_is_one_and_one_word_for_all_cannot_be_told(measure: Any) -> None:
    assert measure([("a", "a"), ("b", "b")] * 10) == pytest.approx(1)
    assert measure([("a", "a")] * 10) is None
    assert measure([]) is None


def test_words_drawn_without_regard_to_each_other_agree_by_chance_alone() -> None:
    rng = np.random.default_rng(5)
    pairs = [(str(one), str(other)) for one, other in rng.integers(0, 4, (4000, 2))]

    for measure in (cohen_kappa, krippendorff_alpha):
        found = with_interval(pairs[:600], measure)
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0 < found.high
        assert abs(measure(pairs) or 0.0) < 0.03


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30))
def test_the_order_of_pairs_and_the_names_of_words_do_not_matter(pairs: list[tuple[str, str]]) -> None:
    named = [(f"x{one}", f"x{other}") for one, other in pairs[::-1]]
    swapped = [(other, one) for one, other in pairs]

    for measure in (cohen_kappa, krippendorff_alpha):
        value = measure(pairs)
        assert (value is None) == (measure(named) is None)
        if value is not None:
            assert value <= 1 + 1e-12
            assert measure(named) == pytest.approx(value)
            assert measure(swapped) == pytest.approx(value)


def test_an_interval_is_the_same_for_the_same_seed_and_missing_where_it_cannot_be_told() -> None:
    assert with_interval(WORKED, cohen_kappa, 3) == with_interval(WORKED, cohen_kappa, 3)
    assert with_interval([("a", "a")] * 3, cohen_kappa) == Measured(None)
    with pytest.raises(UsageError, match="nobody was asked twice about the leaver type"):
        agreement("leaver type", [])


def enter(connection: Any, client: str, reasons: str, sample: str, interviewer: str) -> None:
    told = {
        "client_id": client,
        "interviewed_on": "2024-07-08",
        "consent": "yes",
        "interviewer": interviewer,
        "interviewer_role": "outside",
        "leaver_type": "VOL",
        "reasons": reasons,
        "sample_id": sample,
    }
    record(connection, Answer.of(told), BY, "file", NOW, DAY)


def drawn(connection: Any, name: str, clients: list[str], again_of: str = "") -> None:
    chosen = [Chosen(client, "all", "", date(2024, 3, 1), "UNK") for client in clients]
    plan = {"strata": {"all": {"leavers": 90, "drawn": len(clients)}}}
    samples.keep(connection, name, plan, chosen, {}, BY, NOW, date(2024, 7, 1), again_of)


def test_second_interviews_are_compared_with_the_first_question_by_question(store: Store) -> None:
    clients = [f"c{n}" for n in range(6)]
    with store.write() as connection:
        drawn(connection, "s1", clients)
        drawn(connection, "s2", clients[:4], again_of="s1")
        for n, client in enumerate(clients):
            enter(connection, client, "BUS-1; PRC-1" if n % 2 else "PRC-1", "s1", "rose")
        for n, client in enumerate(clients[:3]):
            enter(connection, client, "BUS-1" if n % 2 else "PRC-1", "s2", "paul")

        found = {each.about: each for each in interviews_compared(connection, "s2")}

    assert {about: (each.pairs, round(each.same, 2)) for about, each in found.items()} == {
        "root reason": (3, 1.0),
        "last link": (3, 0.67),
        "leaver type": (3, 1.0),
    }
    assert found["root reason"].kappa.value == pytest.approx(1)
    assert found["leaver type"].kappa.value is None


def test_a_first_sample_and_none_cannot_be_compared_with_itself(store: Store) -> None:
    with store.write() as connection:
        drawn(connection, "s1", ["c1"])
        drawn(connection, "s2", ["c1"], again_of="s1")
        for name, said in (("s9", "no sample"), ("s1", "--again-of s1"), ("s2", "nobody of sample")):
            with pytest.raises(UsageError, match=said):
                interviews_compared(connection, name)


def clients(n: int, *, apart: float, seed: int = 1) -> list[Told]:
    """Model and client name the same driver, but for a share of whom either is drawn by itself."""
    rng = np.random.default_rng(seed)
    codes = ["BUS-1", "PRC-1", "AMT-1", "OFF-2", "ARR-2"]
    told = []
    for place in range(n):
        said = codes[rng.integers(len(codes))]
        model = codes[rng.integers(len(codes))] if rng.random() < apart else said
        told.append(Told(f"c{place}", (model,), (said,)))
    return told


def test_a_model_that_says_what_clients_say_is_far_beyond_chance() -> None:
    found = compare(clients(200, apart=0.0), unsaid=27)

    assert (found.clients, found.unsaid) == (200, 27)
    beyond = found.against_chance
    assert beyond is not None
    assert beyond.hits == 1.0
    assert 0.15 < beyond.chance < 0.25
    assert 0.7 < beyond.low < beyond.gain < beyond.high < 0.9
    assert beyond.by_chance < 0.001
    assert {(cell.model, cell.survey) for cell in found.cells} == {
        (code, code) for code in ["BUS-1", "PRC-1", "AMT-1", "OFF-2", "ARR-2"]
    }
    assert sum(cell.clients for cell in found.cells) + found.together == 200


def test_a_model_that_says_anything_is_not_told_to_be_better_than_chance() -> None:
    told = [compare(clients(200, apart=1.0, seed=seed), seed=seed).against_chance for seed in range(20)]

    assert sum(each is not None and each.low > 0 for each in told) <= 3
    assert all(each is not None for each in told)


@pytest.mark.parametrize(
    ("hit", "missed", "unsaid", "told", "unsaid_told"),
    [
        (40, 40, 20, True, 20),
        (40, 19, 0, False, 0),
        (19, 40, 1, False, None),
        (40, 0, 19, True, None),
    ],
)
def test_no_share_tells_of_few_who_agree_or_of_few_who_do_not(
    hit: int, missed: int, unsaid: int, told: bool, unsaid_told: int | None
) -> None:
    said = [Told(f"a{n}", ("BUS-1",), ("BUS-1",)) for n in range(hit)]
    said += [Told(f"b{n}", ("PRC-1",), ("BUS-1",)) for n in range(missed)]

    found = compare(said, unsaid=unsaid)

    assert (found.against_chance is not None, found.unsaid) == (told, unsaid_told)


def test_of_few_clients_nothing_is_told() -> None:
    with pytest.raises(UsageError, match="fewer than 20"):
        compare(clients(19, apart=0.0))


def test_cells_that_are_too_small_are_told_as_one_number() -> None:
    told = [Told(f"a{n}", ("BUS-1",), ("BUS-1",)) for n in range(40)] + [
        Told(f"b{n}", ("PRC-1",), ("HLT-1", "BUS-1")) for n in range(3)
    ]

    found = compare(told)

    assert (found.cells, found.together) == ((), 43)


def scored(home: Home, day: date, **drivers: tuple[str, ...]) -> None:
    folder = home.scores / day.isoformat()
    folder.mkdir(parents=True)
    rows = [
        {"client_id": client} | {f"driver_{n}": (*codes, None, None, None)[n - 1] for n in (1, 2, 3)}
        for client, codes in sorted(drivers.items())
    ]
    pq.write_table(pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False), folder / "scores.parquet")


def test_what_was_said_before_is_the_newest_before_she_left_and_never_later(store: Store, home: Home) -> None:
    left = date(2024, 3, 1)
    scored(home, left - timedelta(days=300), ama=("AMT-1",), kofi=("AMT-1",))
    scored(home, left - timedelta(days=60), ama=("PRC-1",))
    scored(home, left - timedelta(days=1), ama=("BUS-1", "OFF-2"))
    scored(home, left, ama=("ARR-2",), kofi=("ARR-2",))
    with store.write() as connection:
        drawn(connection, "s1", ["ama", "kofi"])
        for client in ("ama", "kofi"):
            enter(connection, client, "BUS-1", "s1", "rose")

        told, unsaid = said_before(connection, home, "s1")

    assert told == [Told("ama", ("BUS-1", "OFF-2"), ("BUS-1",))]
    assert unsaid == 1
