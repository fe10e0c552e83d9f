"""What is kept of a back-test: by date, whether chances came true, and what the lists would have held."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import StorageError
from training import backtests, promotion
from training.backtests import Backtest, backtest_of
from training.measuring import ALL, REACH


@pytest.fixture(scope="module")
def backtest(made: Any) -> Backtest:
    return backtest_of(made.evaluation)


def test_each_date_has_its_clients_its_leavers_and_the_figure_of_the_model_and_of_the_simple_ways(
    backtest: Backtest, made: Any
) -> None:
    for each, replayed in zip(backtest.dates, made.evaluation.replays, strict=True):
        auc = made.evaluation.by_fold[replayed.origin][ALL]
        assert (each["origin"], each["clients"]) == (replayed.origin.isoformat(), 900)
        assert each["left"] == replayed.left(91).sum()
        for name in ("model", "scorecard", "rule_of_thumb"):
            assert each[name]["value"] == pytest.approx(auc[name]["auc"].value, abs=1e-6)
            assert each[name]["low"] <= each[name]["value"] <= each[name]["high"]


def test_shares_are_tenths_of_all_clients_by_the_chance_foretold_and_add_up_to_all_who_left(
    backtest: Backtest, made: Any
) -> None:
    left = sum(int(r.left(91).sum()) for r in made.evaluation.replays)

    assert [each["clients"] for each in backtest.shares] == [180] * 10
    assert sum(each["came"] * each["clients"] for each in backtest.shares) == pytest.approx(left, abs=0.01)
    foretold = [each["foretold"] for each in backtest.shares]
    assert foretold == sorted(foretold)
    assert all(each["low"] <= each["came"] <= each["high"] for each in backtest.shares)


def test_lists_are_held_against_everybody_a_list_could_hold(backtest: Backtest, made: Any) -> None:
    precision = made.evaluation.pooled[REACH]["model"]["precision_at_capacity"]
    reach = [(r.left(91), r.reach(made.evaluation.recipe.capacity.rest_days)) for r in made.evaluation.replays]

    assert backtest.lists["precision"]["value"] == pytest.approx(precision.value, abs=1e-6)
    everybody = np.concatenate([left[which] for left, which in reach]).mean()
    assert backtest.lists["everybody"] == pytest.approx(everybody, abs=1e-6)


def test_profit_is_kept_for_each_share_contacted_with_the_best_and_what_it_was_reckoned_with(
    backtest: Backtest, made: Any
) -> None:
    best = made.evaluation.pooled[REACH]["model"]["expected_maximum_profit"]

    assert backtest.profit["best"]["value"] == pytest.approx(best.value, abs=1e-6)
    assert [each["share"] for each in backtest.profit["earned"]] == pytest.approx(np.arange(21) / 20)
    assert set(backtest.profit["earned"][0]) == {"share", "model", "scorecard", "rule_of_thumb"}
    assert backtest.profit["settings"]["visit"] == 3.0


def test_a_back_test_of_an_older_version_without_profit_is_read(
    backtest: Backtest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "champion", lambda _home: "m" * 64)
    file = backtests.keep(tmp_path, "m" * 64, backtest)
    file.write_text(json.dumps({name: kept for name, kept in vars(backtest).items() if name != "profit"}))

    found = backtests.of_champion(tmp_path)

    assert found is not None
    assert (found.profit, found.lists) == ({}, dict(backtest.lists))


def test_what_is_kept_is_read_for_the_model_in_use_and_no_client_stands_in_it(
    backtest: Backtest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "champion", lambda _home: "m" * 64)
    assert backtests.of_champion(tmp_path) is None

    file = backtests.keep(tmp_path, "m" * 64, backtest)

    assert backtests.of_champion(tmp_path) == backtest
    assert "client-" not in file.read_text()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_without_a_model_there_is_none_and_a_damaged_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backtest: Backtest
) -> None:
    assert backtests.of_champion(tmp_path) is None

    monkeypatch.setattr(promotion, "champion", lambda _home: "m" * 64)
    backtests.keep(tmp_path, "m" * 64, backtest).write_text(json.dumps({"horizon": 91}))

    with pytest.raises(StorageError, match="train again"):
        backtests.of_champion(tmp_path)
