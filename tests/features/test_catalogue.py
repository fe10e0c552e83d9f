"""The catalogue: what may be a feature, what is said of it, and that every driver is spoken for."""

import re
from pathlib import Path

import pytest

from features import snapshot as snapshot_module
from features.catalogue import FAMILIES, FEATURES, by_driver, names
from features.catalogue_page import IN_PART, NOT_CARRIED, manual
from features.drivers import ACTIONS, DRIVERS, TRACED, Action
from features.engines import tables_read, to_spark
from features.feature import FORBIDDEN_WORDS, Feature, Role, Unit
from features.schema import TABLES

QUERIES = sorted(
    [*snapshot_module.FOLDER.glob("*.sql"), *(snapshot_module.FOLDER / "steps").glob("*.sql")],
    key=lambda path: path.name,
)


def feature(**changes: object) -> Feature:
    given: dict[str, object] = {
        "name": "days_since_contact",
        "family": "contact",
        "driver": "OFF-2",
        "unit": Unit.DAYS,
        "direction": 1,
        "meaning": "Days.",
        "spoken": "{value} ago",
    }
    return Feature(**(given | changes))  # type: ignore[arg-type]


def test_there_are_enough_features_in_enough_families() -> None:
    assert len(names()) >= 75
    assert len(FAMILIES) >= 8
    assert len(set(names())) == len(names())


def test_every_family_has_a_query_and_every_query_a_family() -> None:
    files = {path.stem for path in snapshot_module.FOLDER.glob("*.sql")}
    steps = {path.stem for path in (snapshot_module.FOLDER / "steps").glob("*.sql")}

    assert files == set(FAMILIES)
    assert steps == {*snapshot_module.STEPS, "around"}


def test_every_driver_the_data_can_trace_is_covered() -> None:
    assert set(TRACED) <= set(by_driver())
    assert len(TRACED) == 30


def test_every_driver_has_a_feature_or_a_reason_why_not() -> None:
    assert set(by_driver()) | set(NOT_CARRIED) == set(DRIVERS)
    assert not set(by_driver()) & set(NOT_CARRIED)
    assert set(IN_PART) <= set(by_driver())


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_a_forbidden_word_never_enters(word: str) -> None:
    with pytest.raises(ValueError, match="may not be a model input"):
        feature(name=f"client_{word}_code")


@pytest.mark.parametrize("role", [Role.AUDIT_ONLY, Role.FORBIDDEN])
def test_only_allowed_features_can_be_made(role: Role) -> None:
    with pytest.raises(ValueError, match="may not be a model input"):
        feature(role=role)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "DaysSince"}, "snake_case"),
        ({"name": "días"}, "snake_case"),
        ({"needs": ("visits",)}, "not part of the canonical book"),
        ({"needs": ("loans.colour",)}, "not part of the canonical book"),
        ({"needs": ("clients.language",)}, "for audits only"),
        ({"direction": 2}, "it is -1, 0 or 1"),
        ({"spoken": "a while ago"}, "must speak its figure"),
        ({"unit": Unit.FLAG}, "must speak its figure"),
        ({"spoken": ""}, "must speak its figure"),
        ({"told_by": "days_since_visit"}, "has no words of its own"),
        ({"spoken": "", "told_by": "days_since_visit", "while_open": True}, "has no words of its own"),
        ({"unit": Unit.FLAG, "spoken": "moved"}, "words for 1 .* and for 0"),
        ({"unit": Unit.FLAG, "spoken": "moved", "zero": "stayed", "below": "{value}"}, "words for 1 .* and for 0"),
        ({"zero": "{value} today"}, "in the words for 0 or 1"),
        ({"one": "{value} yesterday"}, "in the words for 0 or 1"),
        ({"below": "in a while"}, "none in those below 0"),
    ],
)
def test_a_feature_that_breaks_a_rule_cannot_be_made(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feature(**changes)


AUDIT_ONLY = sorted({c for table in TABLES.values() for c, spec in table.columns.items() if spec.audit_only})
CURRENT = sorted(c for c, spec in TABLES["clients"].columns.items() if spec.current and not spec.audit_only)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_no_query_names_a_column_that_is_for_audits_only(path: Path) -> None:
    sql = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))

    assert not re.search(rf"\b({'|'.join(AUDIT_ONLY)})\b", sql)
    assert not re.search(rf"\bclients\.({'|'.join(CURRENT)})\b", sql)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_every_query_reads_only_what_it_may(path: Path) -> None:
    about_others = path.stem in FAMILIES and FAMILIES[path.stem].about_others
    own = snapshot_module.OWN | set(TABLES) | ({"facts", "stored"} if path.stem == "around" else set())
    allowed = snapshot_module.OTHERS if about_others else own

    assert tables_read(path.read_text(encoding="utf-8")) <= allowed


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_every_query_can_be_said_in_the_words_of_spark(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")

    assert to_spark(sql).upper().startswith(("SELECT", "WITH", "/*"))
    assert not re.search(r"\b(QUALIFY|ASOF|arg_max|arg_min|EXCLUDE|REPLACE)\b", sql, re.IGNORECASE)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_no_query_adds_up_floating_point_numbers(path: Path) -> None:
    sql = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))

    assert not re.search(r"\b(sum|avg)\((?:DISTINCT )?CAST\([^()]* AS DOUBLE\)", sql, re.IGNORECASE)
    assert not re.search(r"\bavg\(", sql, re.IGNORECASE)


SENSITIVE = re.compile(
    r"\b(I|we|our|my|you|your|she|he|her|his|sick|ill|illness|death|died|divorce|marriage|pregnan\w*|religio\w*|church|"
    r"husband|wife|neighbour\w*|fraud|bribe\w*|blame|fault|guilty|default\w*|debt\w*|bad|poor)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", FEATURES)
def test_what_is_said_is_neutral_and_carries_the_clients_own_figure(name: str) -> None:
    spec = FEATURES[name]
    for value in (0.0, 1.0, -1.0, 2.5, 0.125, 1234567.0):
        if spec.told_by or (value < 0 and not spec.below) or (spec.unit is Unit.FLAG and value not in (0.0, 1.0)):
            continue
        said = spec.say(value)
        assert "{" not in said
        assert not SENSITIVE.search(said)
        assert not said.endswith(".")
        assert spec.figure(abs(value)) in said or said in (spec.zero, spec.one) or spec.unit is Unit.FLAG


@pytest.mark.parametrize("name", FEATURES)
def test_an_unknown_figure_is_never_spoken(name: str) -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"is not known|is told by"):
            FEATURES[name].say(value)


@pytest.mark.parametrize(
    ("unit", "value", "figure"),
    [
        (Unit.DAYS, 1.0, "1 day"),
        (Unit.DAYS, 45.0, "45 days"),
        (Unit.DAYS, 3.25, "3.2 days"),
        (Unit.DAYS, 11.98, "12 days"),
        (Unit.DAYS, 0.04, "less than 0.1 days"),
        (Unit.DAYS, -3.0, "-3 days"),
        (Unit.COUNT, 1200.0, "1,200"),
        (Unit.COUNT, 0.0, "0"),
        (Unit.SHARE, 0.125, "12 %"),
        (Unit.SHARE, 0.0, "0 %"),
        (Unit.SHARE, 0.004, "less than 1 %"),
        (Unit.SHARE, -0.004, "less than 1 %"),
        (Unit.POINTS, 0.125, "12 percentage points"),
        (Unit.POINTS, 0.015, "1.5 percentage points"),
        (Unit.POINTS, 0.01, "1 percentage point"),
        (Unit.POINTS, 0.0004, "less than 0.1 percentage points"),
        (Unit.RATIO, 1.005, "1"),
        (Unit.RATIO, 0.4, "0.4"),
        (Unit.RATIO, 2.347, "2.35"),
        (Unit.RATIO, 40.0, "40"),
        (Unit.RATIO, 0.004, "less than 0.01"),
        (Unit.CURRENCY, 12500.5, "12,500"),
        (Unit.CURRENCY, 0.3, "less than 1"),
    ],
)
def test_figures_are_rounded_as_stated(unit: Unit, value: float, figure: str) -> None:
    assert feature(unit=unit).figure(value) == figure


def test_every_action_has_a_sentence_and_none_lends_collects_or_threatens() -> None:
    forbidden = re.compile(
        r"\b(offer|give|sell)\b[^.]*\b(loan|top-up|credit)\b|collect|penalt|threat|police", re.IGNORECASE
    )

    assert set(ACTIONS) == set(Action)
    assert all(not forbidden.search(sentence) for sentence in ACTIONS.values())


@pytest.mark.parametrize("code", DRIVERS)
def test_a_driver_on_a_list_says_what_to_do_and_what_not(code: str) -> None:
    driver = DRIVERS[code]

    assert driver.code == code
    if driver.shown:
        assert ACTIONS[driver.action]
        assert driver.avoid
        assert not SENSITIVE.search(driver.name)
    else:
        assert code in {"GRP-3", "OFF-3", "HLT-1", "FAM-1", "REL-1", "FRD-1", "OTH-9", "UNK-0"}


def test_a_client_burdened_by_several_loans_is_never_offered_another() -> None:
    assert DRIVERS["OVD-1"].avoid == "Do not offer a loan or a top-up."


def test_the_manual_page_is_the_catalogue() -> None:
    page = Path(__file__).parents[2] / "docs" / "features.md"

    assert page.read_text(encoding="utf-8") == manual()
    assert all(f"| {name} |" in manual() for name in names())
    assert "\n- silence_goes_on_7d: silence_days\n" in manual()
    assert re.search(r"Said only while a loan is open: .*\bdays_since_payment\b", manual())
