"""What people write down in a month: objectives, figures, findings and answers."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from features.indicator import Value
from serving import findings
from serving.access import OPERATOR
from serving.effect import Effect
from serving.effect_tables import EffectTables, effect_tables, keep_effect
from serving.experiment.stops import Stop
from serving.findings import Stage
from serving.home import Home
from serving.objectives.objective import FILE
from serving.objectives.values import Figure, keep
from serving.settings import Settings
from serving.store.database import Store
from serving.survey.entry import record
from serving.survey.form import Answer
from tests.training.effect.reference.lots import MATURES_AFTER, World, drawn

#: What stands in names and findings that people type.
HOSTILE = '#panic() $x^2$ "); #read("/etc/passwd") [*b*] <l> @r \\ 😀'
NOW = datetime(2024, 6, 30, 20, 0, tzinfo=UTC)
SETTINGS = Settings(institution="Mwangaza Savings and Credit")

_OBJECTIVE = """
[[objective]]
name = '{name}'
indicator = "{indicator}"
baseline = {baseline}
baseline_on = 2023-12-31
target = {target}
by = 2024-12-31
owner = "Head of operations"
goal = "Clients keep a source of credit they trust"
kind = "result"
means = "Visit before the loan ends"
"""


@dataclass(frozen=True)
class Filled:
    """The home, and its database."""

    home: Home
    store: Store


def write_objectives(home: Home) -> None:
    """Two objectives; of one nothing was measured."""
    named = [(HOSTILE, "repeat_borrowing_rate", 0.5, 0.7), ("Clients are satisfied", "satisfaction_rate", 0.7, 0.9)]
    (home.path / FILE).write_text(
        "".join(_OBJECTIVE.format(name=n, indicator=i, baseline=b, target=t) for n, i, b, t in named), "utf-8"
    )


def write_year(home: Home, as_of: date) -> None:
    """What only a longer book has: parts of the clients that differ, and ways to go in a whole year."""
    file = home.measures / f"{as_of}.json"
    content = json.loads(file.read_text("utf-8"))
    ends = {"period": "2023", "deciders": 500, "rest": 0.25}
    content["differences"] = [
        {"segment": name, "title": name, "value": value, "exit": 0.25 + more, "difference": more, "p": p, **ends}
        | {"low": more - 0.04, "high": more + 0.04}
        for name, value, more, p in (
            *(("area", "rural", 0.1, 0.001), ("area", "urban", -0.1, 0.001)),
            *(("branch", "Юг", 0.07, 0.01), ("branch", "South", -0.01, 0.8)),
        )
    ]
    year = {"by": "year", "period": "2023", "maturity": "final"}
    content["leaver_types"] = [year | {"value": "VOL", "out": 70}, year | {"value": "WO", "out": None}]
    file.write_text(json.dumps(content), "utf-8")


def effect_of(as_of: date, stops: tuple[Stop, ...] = (), **world: Any) -> EffectTables:
    """What a lot that is known shows, as a weekly run keeps it."""
    lived = World(**{"weeks": 80, "per_week": 80, "share": 0.2, "helped": -0.3, "seed": 11} | world)
    log = drawn(lived)
    later = pd.Timestamp(as_of) - pd.Timestamp(lived.last)
    for column in ("as_of", "settled_on"):
        log[column] = pd.to_datetime(log[column]) + later
    return effect_tables(log.assign(band="high", action=""), as_of, MATURES_AFTER, stops, visit_cost=2.0)


def write_effect(home: Home, as_of: date) -> None:
    """What a longer log of the lot would show."""
    keep_effect(home, effect_of(as_of))


def fill(store: Store) -> None:
    """Figures, findings and answers."""
    with store.write() as connection:
        figures = [
            Figure(
                *("repeat_borrowing_rate", "", date(2024, month, 1), date(2024, month + 2, 28)),
                *(Value(value, 300, value - 0.05, value + 0.05), "computed from the book", "exitwatch"),
            )
            for month, value in ((1, 0.52), (4, 0.57))
        ]
        keep(connection, figures, OPERATOR, NOW)
        done = findings.add(
            connection, "Meetings cost too much time", "Rose", date(2024, 1, 10), OPERATOR, NOW, stage=Stage.REPORT
        )
        steps: list[tuple[date, dict[str, Any]]] = [
            (date(2024, 2, 3), {"decision": "Meet every second week"}),
            (date(2024, 3, 20), {"change": "Fortnightly instalments"}),
            (date(2024, 4, 15), {"told": "Clients at meetings"}),
            (
                date(2024, 6, 20),
                {"effect": Effect.of("retention_rate", Value(0.71, 9, 0.6, 0.8), Value(0.77, 9, 0.7, 0.9))},
            ),
        ]
        for on, said in steps:
            findings.move(connection, done.finding_id, on, "Done", OPERATOR, NOW, date(2024, 6, 30), **said)
        findings.add(
            connection, f"Found: {HOSTILE.replace('😀', '')}", "Rose", date(2024, 5, 1), OPERATOR, NOW, date(2024, 6, 1)
        )
        for number in range(60):
            told = {"client_id": f"s{number}", "interviewed_on": "2023-10-08", "consent": "yes", "leaver_type": "VOL"}
            told |= {"private_consent": "yes", "interviewer_role": "outside", "left_on": "2023-08-01"}
            answer = Answer.of(told | {"reasons": "PRC-1" if number % 3 else "BUS-1; ARR-1"})
            record(connection, answer, OPERATOR, "file", NOW, date(2023, 10, 9))
