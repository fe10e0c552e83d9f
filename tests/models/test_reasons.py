"""A reason is spoken with the client's own figure, in plain words, and says nothing it may not say."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import FEATURES
from features.drivers import DRIVERS, Action, Driver
from features.feature import Feature, Unit
from models import boosting, reasons
from models.boosting import Boosting, Forest
from models.explanation import Explanations, by_driver
from models.reasons import Change, Changes, Kind, Note, changes, figure_in, may_be_shown, states, why_now

MADE = {
    "gap": Feature("gap", "contact", "OFF-2", Unit.DAYS, 1, "m", "no contact for {value}"),
    "gap_usual": Feature("gap_usual", "contact", "OFF-2", Unit.RATIO, 1, "m", "{value} times the usual gap"),
    "late": Feature("late", "repayment", "ARR-1", Unit.SHARE, 1, "m", "{value} came late", zero="none came late"),
    "swap": Feature("swap", "officer", "OFF-1", Unit.FLAG, 1, "m", "another officer since", zero="the same officer"),
    "conduct": Feature("conduct", "contact", "OFF-3", Unit.COUNT, 1, "m", "complaints about staff: {value}"),
    "feast": Feature("feast", "season", "SEA-1", Unit.CALENDAR, 0, "m", "week of the year: {value}"),
}
SHOWN = {
    "OFF-1": Driver("OFF-1", "officer changed", shown=True, actionable=True, action=Action.HANDOVER, avoid=""),
    "OFF-2": Driver("OFF-2", "little contact", shown=True, actionable=True, action=Action.VISIT, avoid=""),
    "ARR-1": Driver("ARR-1", "repayments slip", shown=True, actionable=True, action=Action.REVIEW, avoid=""),
    "OFF-3": Driver("OFF-3", "conduct", shown=False, actionable=False, action=Action.INDEPENDENT_CALL, avoid=""),
    "SEA-1": Driver("SEA-1", "time of year", shown=True, actionable=False, action=Action.TIMING, avoid=""),
}


@dataclass(frozen=True)
class Grown:
    """A model that is one forest."""

    explained: Forest | None
    features: tuple[str, ...] = tuple(MADE)
    shift: float = 0.0

    def margin(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> np.ndarray:
        assert self.explained is not None
        return self.explained.margin(X.to_numpy(), threads) + self.shift


@pytest.fixture(scope="module")
def model() -> Grown:
    """Everything in it raises the risk."""
    draw = np.random.default_rng(0)
    X = np.column_stack(
        [
            draw.integers(0, 90, 4000),
            draw.gamma(2, 1, 4000).round(2),
            draw.random(4000).round(2),
            draw.integers(0, 2, 4000),
            draw.integers(0, 3, 4000),
            draw.integers(1, 53, 4000),
        ]
    ).astype(np.float64)
    lean = X[:, 0] / 30 + X[:, 1] / 2 + 2 * X[:, 2] + X[:, 3] + X[:, 4] + X[:, 5] / 30 - 5 + draw.normal(size=4000)
    grow = Boosting(rounds=60, leaves=8, depth=4, min_rows=20)
    return Grown(boosting.grow(X, lean > 0, np.ones(4000), tuple(MADE), grow, 1, threads=1))


def clients(**rows: tuple[float, ...]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(MADE), dtype=np.float64)


def told(model: Grown, X: pd.DataFrame, *, for_desk: bool = False) -> dict[str, tuple[reasons.Reason, ...]]:
    shown = may_be_shown(for_desk=for_desk, drivers=SHOWN)
    found = by_driver(model, X, features=MADE, drivers=SHOWN, shown=shown)
    return reasons.reasons(found, X, features=MADE, drivers=SHOWN)


def test_a_reason_carries_the_clients_own_figure(model: Grown) -> None:
    ama = told(model, clients(ama=(85, 0.5, 0.62, 0, 0, 3)))["ama"]

    assert [(reason.driver, reason.sentence) for reason in ama] == [
        ("OFF-2", "no contact for 85 days"),
        ("ARR-1", "62 % came late"),
    ]


def test_what_can_be_acted_on_is_told_from_context(model: Grown) -> None:
    kofi = told(model, clients(kofi=(80, 2.0, 0.0, 0, 0, 52)))["kofi"]

    assert {reason.driver: reason.kind for reason in kofi} == {"OFF-2": Kind.ACT, "SEA-1": Kind.CONTEXT}


def test_the_conduct_of_staff_reaches_the_desk_and_never_the_officer(model: Grown) -> None:
    esi = clients(esi=(60, 1.0, 0.3, 1, 2, 20))

    officer, desk = told(model, esi)["esi"], told(model, esi, for_desk=True)["esi"]

    assert "OFF-3" not in {reason.driver for reason in officer}
    assert not any("complaint" in reason.sentence for reason in officer)
    assert ("OFF-3", "complaints about staff: 2") in {(reason.driver, reason.sentence) for reason in desk}


def test_codes_that_may_be_shown_are_never_the_sensitive_ones() -> None:
    officer, desk = may_be_shown(for_desk=False), may_be_shown(for_desk=True)

    assert desk - officer == {"OFF-3"}
    assert not desk & {"HLT-1", "FAM-1", "REL-1", "FRD-1", "GRP-3", "OTH-9", "UNK-0"}


def test_nothing_is_spoken_of_that_is_not_known(model: Grown) -> None:
    yaa = told(model, clients(yaa=(math.nan, math.nan, 0.9, 0, 0, 3)))["yaa"]

    assert [reason.driver for reason in yaa] == ["ARR-1"]


def test_reasons_that_could_not_be_computed_are_none() -> None:
    X = clients(ama=(1, 1, 1, 1, 1, 1))
    none = np.full((1, 3), -1, dtype=np.int16)
    failed = Explanations(
        X.index, (), math.nan, np.empty((1, 0), dtype=np.float32), none, none, tuple(MADE), failure="it failed"
    )

    assert reasons.reasons(failed, X) == {"ama": ()}


def test_explanations_of_other_rows_are_refused(model: Grown) -> None:
    X = clients(ama=(1, 1, 1, 1, 1, 1), esi=(2, 2, 1, 1, 1, 1))
    found = by_driver(model, X, features=MADE, drivers=SHOWN)

    with pytest.raises(ValueError, match="not those of these rows"):
        reasons.reasons(found, X[::-1], features=MADE, drivers=SHOWN)


def changed(model: Grown, now: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, str]:
    return why_now(model, now, before, features=MADE, drivers=SHOWN)


def test_why_now_gives_the_figure_of_both_weeks(model: Grown) -> None:
    before, now = clients(ama=(33, 1, 0.2, 0, 0, 20)), clients(ama=(85, 1, 0.2, 0, 0, 20))

    assert changed(model, now, before) == {"ama": "no contact for 85 days (last week 33 days)"}


def test_why_now_names_the_two_that_grew_most(model: Grown) -> None:
    before, now = clients(ama=(10, 0.2, 0.1, 0, 0, 20)), clients(ama=(85, 0.2, 0.9, 1, 0, 21))

    assert changed(model, now, before)["ama"].split("; ") == [
        "no contact for 85 days (last week 10 days)",
        "90 % came late (last week 10 %)",
    ]


def test_a_yes_is_new_since_last_week(model: Grown) -> None:
    before, now = clients(ama=(33, 1, 0.2, 0, 0, 20)), clients(ama=(33, 1, 0.2, 1, 0, 20))

    assert changed(model, now, before) == {"ama": "another officer since (new since last week)"}


def test_a_figure_not_known_last_week_says_so(model: Grown) -> None:
    before, now = clients(ama=(33, 1, math.nan, 0, 0, 20)), clients(ama=(33, 1, 0.95, 0, 0, 20))

    assert changed(model, now, before) == {"ama": "95 % came late (not known last week)"}


def test_a_change_is_told_without_any_language(model: Grown) -> None:
    before = clients(ama=(33, 1, math.nan, 0, 0, 20), esi=(10, 0.2, 0.1, 0, 0, 20))
    now = clients(ama=(33, 1, 0.95, 0, 0, 20), esi=(85, 0.2, 0.9, 1, 0, 21))

    assert changes(model, now, before, features=MADE, drivers=SHOWN) == {
        "ama": Changes((Change("late", 0.95, None),)),
        "esi": Changes((Change("gap", 85.0, 10.0), Change("late", 0.9, 0.1))),
    }


def test_why_there_is_no_change_is_told_without_any_language(model: Grown) -> None:
    now = clients(ama=(33, 1, 0.2, 0, 0, 20), esi=(33, 1, 0.2, 0, 0, 20))
    off = Grown(model.explained, shift=1.0)

    def noted(model: Grown, before: pd.DataFrame | None) -> dict[str, Note]:
        found = changes(model, now, before, features=MADE, drivers=SHOWN)
        assert not any(one.changes for one in found.values())
        return {client: one.note for client, one in found.items()}

    assert noted(model, now.loc[["esi"]]) == {"ama": Note.NEW, "esi": Note.UNCHANGED}
    assert noted(off, now.loc[["esi"]]) == {"ama": Note.NEW, "esi": Note.FAILED}
    assert noted(model, None) == {"ama": Note.NO_LAST_WEEK, "esi": Note.NO_LAST_WEEK}


STEPS = """
    figure  | last | this | clause
    balance | 40   | 60   | 60 put aside (last week 40)
    balance | 40   | 0    | nothing put aside (last week: 40 put aside)
    balance | 40   | -5   | 5 missing (last week: 40 put aside)
    balance | -5   | -9   | 9 missing (last week 5)
    balance | 0    | 60   | 60 put aside (not so last week)
    visits  | 2    | 0    | no visit (last week 2)
    visits  | 0    | 2    | visits: 2 (none last week)
    met     | 0.5  | 1    | all meetings attended (last week 50 %)
    met     | 0.5  | 0    | no meeting attended (last week 50 %)
    pace    | 0.8  | 1    | no reason shown here has grown since last week
    pace    | 1    | 0.5  | 0.5 times the usual (last week: as fast as usual)
    pace    | 0.8  | 0.5  | 0.5 times the usual (last week 0.8 times)
    pace    | -2   | 0.5  | no reason shown here has grown since last week
    pace    | 0.5  | -2   | no reason shown here has grown since last week
    pace    | 0.8  | 0.801| no reason shown here has grown since last week
    owed    | 3    | 9    | 9 days past its day (last week 3 days)
    owed    | 9    | 0    | no reason shown here has grown since last week
    odds    | 0.2  | 0.9  | visits: 4 (last week 7)
"""
STEPPED = {
    feature.name: feature
    for feature in (
        Feature("loans_open", "made", "ARR-1", Unit.COUNT, 0, "m", "loans open now: {value}"),
        Feature("balance", "made", "OFF-2", Unit.CURRENCY, -1, "m", "{value} put aside", zero="nothing put aside",
                below="{value} missing"),
        Feature("visits", "made", "OFF-2", Unit.COUNT, -1, "m", "visits: {value}", zero="no visit"),
        Feature("met", "made", "OFF-2", Unit.SHARE, -1, "m", "{value} of meetings attended", zero="no meeting attended",
                one="all meetings attended"),
        Feature("pace", "made", "OFF-2", Unit.RATIO, 0, "m", "{value} times the usual", one="as fast as usual"),
        Feature("owed", "made", "OFF-2", Unit.DAYS, 1, "m", "{value} past its day", while_open=True),
        Feature("odds", "made", "OFF-2", Unit.INDEX, 1, "m", told_by="visits"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Stepped:
    """A model that reads `STEPPED`; its contributions are given."""

    features: tuple[str, ...] = tuple(STEPPED)
    explained: Forest | None = None

    def margin(self, X: pd.DataFrame, horizon: int | None = None, threads: int = 1) -> np.ndarray:
        raise AssertionError


def stepped(monkeypatch: pytest.MonkeyPatch, name: str, last: float, this: float, **others: tuple[float, float]) -> str:
    """What is new of a client for whom one figure alone raised the risk."""
    weeks = [
        pd.DataFrame({n: [float(others.get(n, (1.0, 1.0))[i])] for n in STEPPED} | {name: [value]}, index=["ama"])
        for i, value in enumerate((last, this))
    ]

    def given(_: object, X: pd.DataFrame) -> tuple[pd.DataFrame, float]:
        return X.mul(0.0).assign(**{name: float(X[name].iloc[0] == this)}), 0.0

    monkeypatch.setattr(reasons, "contributions", given)
    return why_now(Stepped(), weeks[1], weeks[0], features=STEPPED, drivers=SHOWN)["ama"]


def test_why_now_says_a_change_of_figures_so_that_both_weeks_are_understood(
    drawn: Callable[[str], pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, last, this, clause in drawn(STEPS).itertuples(index=False):
        assert stepped(monkeypatch, name, float(last), float(this), visits=(7, 4)) == clause


def test_why_now_says_nothing_of_an_open_loan_to_a_resting_client(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stepped(monkeypatch, "owed", 3.0, 9.0, loans_open=(1, 0)) == reasons.UNCHANGED


def test_when_nothing_shown_grew_it_says_so(model: Grown) -> None:
    same = clients(ama=(33, 1, 0.2, 0, 0, 20))
    hidden = clients(ama=(33, 1, 0.2, 0, 2, 20))
    better = clients(ama=(3, 1, 0.1, 0, 0, 20))

    for now in (same, hidden, better):
        assert changed(model, now, same) == {"ama": reasons.UNCHANGED}


def test_a_client_new_at_risk_and_a_missing_week_are_told_apart(model: Grown) -> None:
    now = clients(ama=(33, 1, 0.2, 0, 0, 20), esi=(33, 1, 0.2, 0, 0, 20))

    assert changed(model, now, clients(esi=(33, 1, 0.2, 0, 0, 20))) == {"ama": reasons.NEW, "esi": reasons.UNCHANGED}
    assert changed(model, now, None) == {"ama": reasons.NO_LAST_WEEK, "esi": reasons.NO_LAST_WEEK}


def test_what_cannot_be_computed_is_said(model: Grown) -> None:
    now = clients(ama=(33, 1, 0.2, 0, 0, 20))

    assert changed(Grown(model.explained, shift=1.0), now, now) == {"ama": reasons.FAILED}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_figure_of_why_now_is_the_clients_own(model: Grown, data: st.DataObject) -> None:
    row = st.tuples(
        st.integers(0, 400),
        st.floats(0, 20).map(lambda v: round(v, 3)),
        st.floats(0, 1),
        st.integers(0, 1),
        st.integers(0, 3),
        st.integers(1, 53),
    )
    before, now = clients(ama=data.draw(row)), clients(ama=data.draw(row))

    said = changed(model, now, before)["ama"]

    if said == reasons.UNCHANGED:
        return
    for clause in said.split("; "):
        sentence, _, week = clause.partition(" (")
        own = [name for name in MADE if states(sentence, MADE[name], now.loc["ama", name])]
        assert own, clause
        if week.startswith("last week"):
            figures = [MADE[name].figure(before.loc["ama", name]) for name in own]
            assert week in {f"last week {figure}{times})" for figure in figures for times in ("", " times")}


PLAUSIBLE = {
    Unit.DAYS: st.one_of(st.integers(-400, 4000).map(float), st.floats(-400, 4000)),
    Unit.COUNT: st.one_of(st.integers(0, 20_000).map(float), st.floats(0, 400)),
    Unit.SHARE: st.floats(-1, 3),
    Unit.POINTS: st.floats(-1, 1),
    Unit.RATIO: st.floats(-50, 1000),
    Unit.CURRENCY: st.floats(0, 1e9),
    Unit.FLAG: st.sampled_from([0.0, 1.0]),
    Unit.CALENDAR: st.integers(0, 366).map(float),
    Unit.INDEX: st.floats(-5, 5),
}


#: Features with words of their own.
SPOKEN = [name for name, feature in FEATURES.items() if not feature.told_by]


@pytest.mark.parametrize("name", SPOKEN)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_figure_in_every_sentence_is_the_clients_own(name: str, data: st.DataObject) -> None:
    feature = FEATURES[name]
    likely = st.one_of(st.sampled_from([0.0, 1.0]), PLAUSIBLE[feature.unit])
    value = data.draw(likely.map(lambda v: v if feature.below else abs(v)))

    words, sentence = feature.words(value), feature.say(value)

    assert states(sentence, feature, value), sentence
    assert "{" not in sentence
    assert "-" not in sentence
    fixed = re.findall(r"\d+", words.replace("{value}", ""))
    spoken = feature.figure(abs(value)) if "{value}" in words else ""
    assert sorted(re.findall(r"\d+", sentence)) == sorted([*fixed, *re.findall(r"\d+", spoken)])
    assert words in (feature.spoken, feature.zero, feature.one, feature.below)
    assert value < 0 or words != feature.below


@pytest.mark.parametrize("name", SPOKEN)
def test_another_figure_in_a_sentence_is_noticed(name: str) -> None:
    feature = FEATURES[name]
    if feature.below:
        assert not states(feature.say(-7.0), feature, 7.0)
        assert not states(feature.say(7.0), feature, -7.0)
    if feature.one:
        assert not states(feature.one, feature, 2.0)
    if feature.unit is Unit.FLAG:
        assert not states(feature.say(1.0), feature, 0.0)
        assert not states(feature.say(0.0), feature, 1.0)
        return

    assert not states(feature.say(7.0), feature, 8.0)
    assert not states("no such words: 7", feature, 7.0)
    with pytest.raises(ValueError, match=f"not a sentence of {name}"):
        figure_in("no such words: 7", feature)


@pytest.mark.parametrize("name", SPOKEN)
def test_an_unknown_figure_is_never_spoken(name: str) -> None:
    with pytest.raises(ValueError, match="is not known and cannot be spoken"):
        FEATURES[name].say(math.nan)


def test_every_driver_of_the_catalogue_can_be_named_in_neutral_words() -> None:
    forbidden = re.compile(r"\b(ill|sick|husband|wife|divorce|church|mosque|poor|woman|default(er)?)\b", re.IGNORECASE)
    for feature in FEATURES.values():
        assert not forbidden.search(f"{DRIVERS[feature.driver].name} {feature.spoken} {feature.zero}")
        assert not forbidden.search(f"{feature.one} {feature.below}")
