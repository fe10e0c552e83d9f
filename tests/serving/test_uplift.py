"""The model of who is helped: kept with its verdict, used only once it passed and a person said so, and reversible."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.catalogue import names
from features.errors import DamagedModel, NoModel, PromotionRefused, SchemaMismatch, UsageError
from models.effect_learners import Learner, Line, Part
from models.uplift import BenefitModel
from serving import audit, uplift
from serving.cli import run
from serving.home import Home
from serving.kept_scores import latest
from serving.settings import Settings
from serving.weekly import WeeklyRun, run_weekly
from training.helped import RISK, Learnt
from training.uplift_gate import Verdict

NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
FEATURES = (*names(), RISK)
SEEDED = Settings(holdout_seed="tests")


def by(feature: str, slope: float, average: float = 0.0, features: tuple[str, ...] = FEATURES) -> BenefitModel:
    """Who is helped goes by one feature alone."""
    slopes = tuple(slope if name == feature else 0.0 for name in features)
    line = Line(tuple(0.0 for _ in features), tuple(1.0 for _ in features), slopes, 0.0)
    return BenefitModel(features, Learner.LINEAR, (Part(line),), average, 1.0, 0.0, (1e-4, 0.0, 1e-4))


def learnt(model: BenefitModel, *, passed: bool) -> Learnt:
    return Learnt(model, Verdict(passed, "In 9 unseen weeks it did so and so."), (), 900, 90)


def kept(home: Home, model: BenefitModel, *, passed: bool = True, use: bool = False) -> str:
    with closing(home.store(SEEDED)) as store, store.write() as connection:
        version = uplift.keep(home, connection, learnt(model, passed=passed), NOW)
        if use:
            uplift.switch_on(home, connection, version[:12], NOW)
    return version


def asked(home: Home, settings: Settings = SEEDED) -> uplift.Helped | None:
    with closing(home.store(settings)) as store, store.read() as connection:
        return uplift.in_use(home, connection, settings)


def events(home: Home) -> list[str]:
    with closing(home.store(SEEDED)) as store, store.read() as connection:
        return [entry.event for entry in audit.entries(connection)]


@pytest.fixture
def weekly(model: Any, mfi: Callable[..., Any], as_of: date) -> Callable[..., WeeklyRun]:
    def made(home: Home, settings: Settings = SEEDED) -> WeeklyRun:
        with closing(home.store(settings)) as store:
            return run_weekly(
                Book.of(mfi(clients=30)), as_of, model, "0123", home, settings, store, NOW, lists_only=True
            )

    return made


def test_what_was_learnt_changes_nothing_until_a_person_puts_it_into_use(home: Home) -> None:
    version = kept(home, by(RISK, 0.2))

    assert asked(home) is None
    with closing(home.store(SEEDED)) as store, store.write() as connection:
        assert uplift.switch_on(home, connection, version[:8], NOW) == version
    assert (found := asked(home)) is not None
    assert found.version == version
    assert events(home) == ["uplift_learnt", "uplift_on"]


def test_what_its_gate_did_not_let_through_is_not_put_into_use(home: Home) -> None:
    version = kept(home, by(RISK, 0.2), passed=False)

    with (
        closing(home.store(SEEDED)) as store,
        store.write() as connection,
        pytest.raises(PromotionRefused, match="In 9 unseen weeks"),
    ):
        uplift.switch_on(home, connection, version, NOW)
    assert asked(home) is None


def test_it_goes_out_of_use_and_stays_kept(home: Home) -> None:
    version = kept(home, by(RISK, 0.2), use=True)

    with closing(home.store(SEEDED)) as store, store.write() as connection:
        assert uplift.switch_off(connection, NOW) == version
        assert uplift.switch_off(connection, NOW) == ""
        assert uplift.kept(home, connection) == [version]

    assert asked(home) is None
    assert events(home)[-1] == "uplift_off"


@pytest.mark.parametrize("name", ["", "f" * 64, "../models"])
def test_a_model_that_was_never_kept_is_not_put_into_use(home: Home, name: str) -> None:
    kept(home, by(RISK, 0.2))

    with (
        closing(home.store(SEEDED)) as store,
        store.write() as connection,
        pytest.raises(UsageError, match="uplift show"),
    ):
        uplift.switch_on(home, connection, name, NOW)


@pytest.mark.parametrize("settings", [{"chance_by": "prior"}, {"rank_by": "risk"}])
def test_the_settings_go_back_to_the_prior(home: Home, settings: dict[str, Any]) -> None:
    kept(home, by(RISK, 0.2), use=True)

    assert asked(home, SEEDED.model_copy(update=settings)) is None


def test_a_model_that_learnt_from_other_features_is_not_put_into_use(home: Home) -> None:
    version = kept(home, by(RISK, 0.2, features=("a_feature_of_another_version", RISK)))

    with closing(home.store(SEEDED)) as store, store.write() as connection, pytest.raises(SchemaMismatch):
        uplift.switch_on(home, connection, version, NOW)


def damaged(home: Home, version: str) -> None:
    manifest = home.path / "models" / version / "manifest.json"
    text = json.loads(manifest.read_text())
    text["model"]["average"] = 0.9
    manifest.write_text(json.dumps(text))


def gone(home: Home, version: str) -> None:
    (home.path / "models" / version).rename(home.path / "elsewhere")


@pytest.mark.parametrize(("harm", "error"), [(damaged, DamagedModel), (gone, NoModel)])
def test_a_model_in_use_that_does_not_load_stops_the_week_and_says_how_to_go_back(
    home: Home, weekly: Callable[..., WeeklyRun], harm: Callable[[Home, str], None], error: type[Exception]
) -> None:
    harm(home, kept(home, by(RISK, 0.2), use=True))

    with pytest.raises(error, match='chance_by = "prior"'):
        weekly(home)

    assert home.weeks() == []
    weekly(home, SEEDED.model_copy(update={"chance_by": "prior"}))
    assert home.weeks() == ["2024-W27"]


def listed(done: WeeklyRun) -> pd.DataFrame:
    table = pd.read_csv(done.folder / "lists.csv")
    return table[table["officer_id"] != "desk"]


def test_the_weeks_places_go_by_the_model_and_the_week_names_it(home: Home, weekly: Callable[..., WeeklyRun]) -> None:
    # Who is least at risk is helped most: nobody's order is like that by chance.
    version = kept(home, by(RISK, -0.2, average=0.2), use=True)

    done = weekly(home)

    scores = latest(home)
    assert scores is not None
    table = listed(done)
    risk = [float(str((scores.scores_of(client) or {})["risk"])) for client in table["client_id"]]
    for _, rows in table.assign(risk=risk).groupby("officer_id"):
        assert rows.sort_values("rank")["risk"].is_monotonic_increasing
    assert done.uplift_version == scores.uplift_version == version
    assert json.loads((done.folder / "manifest.json").read_text())["uplift_version"] == version


def test_nobody_whom_a_contact_would_drive_away_has_a_line_of_an_officer(
    home: Home, weekly: Callable[..., WeeklyRun]
) -> None:
    kept(home, by(RISK, 0.0, average=-0.01), use=True)

    assert listed(weekly(home)).empty


def test_the_same_model_gives_the_same_lists_again(
    home: Home, weekly: Callable[..., WeeklyRun], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept(home, by(RISK, 0.2), use=True)
    first = {file.name: file.read_bytes() for file in weekly(home).folder.iterdir()}

    assert {file.name: file.read_bytes() for file in weekly(home).folder.iterdir()} == first
    name = next(name for name in sorted(first) if name.endswith(".xlsx")).removesuffix(".xlsx")
    out = tmp_path / "again"
    assert run(["replay", name, "--out", str(out), "--home", str(home.path)]) == 0, capsys.readouterr().err
    assert (out / f"{name}.xlsx").read_bytes() == first[f"{name}.xlsx"]


def test_without_a_model_in_use_a_week_is_as_it_was(home: Home, weekly: Callable[..., WeeklyRun]) -> None:
    kept(home, by(RISK, 0.2))

    done = weekly(home)

    assert done.uplift_version == ""
    assert "uplift_version" not in json.loads((done.folder / "manifest.json").read_text())
    assert "uplift_version" not in json.loads((home.scores / "2024-06-30" / "context.json").read_text())


def test_the_commands_say_what_is_kept_and_what_is_in_use(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--home", str(home.path)]
    assert run(["uplift", "show", *where]) == 0
    assert "none was learnt yet" in capsys.readouterr().out

    version = kept(home, by(RISK, 0.2))
    codes = [run(["uplift", what, *more, *where]) for what, *more in (("use", version[:12]), ("show",), ("off",))]

    told = capsys.readouterr().out
    assert codes == [0, 0, 0]
    assert f"model {version[:12]} is in use from the next weekly run on. In 9 unseen weeks" in told
    assert f"{version[:12]}  in use  " in told
    assert f"model {version[:12]} is out of use" in told


def test_a_refused_model_is_told_in_a_sentence(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    version = kept(home, replace(by(RISK, 0.2), average=0.01), passed=False)

    assert run(["uplift", "use", version[:12], "--home", str(home.path)]) != 0
    assert "is not put into use. In 9 unseen weeks" in capsys.readouterr().err


def test_the_benefit_is_told_by_client() -> None:
    X = pd.DataFrame(np.zeros((2, len(names()))), columns=list(names()), index=pd.Index(["ama", "esi"]))

    found = uplift.Helped("v", by(RISK, 0.2)).benefit(X, np.array([0.5, 0.1]))

    assert found.to_dict() == pytest.approx({"ama": 0.1, "esi": 0.02})
