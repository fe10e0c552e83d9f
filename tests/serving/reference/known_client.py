"""A working folder in which one client has a history: scored, listed twice, visited, held, corrected and looked at."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from officer_lists import bound, officer_list
from sqlalchemy import Connection, insert

from features.facts import COUNTED, KEYS, Facts
from serving import audit, holds
from serving.access import OPERATOR
from serving.corrections import correct
from serving.events import Event
from serving.holds import Hold, Reach
from serving.home import Home
from serving.issued import Origin
from serving.line import DESK, OfficerList
from serving.settings import Settings
from serving.store.database import Store, open_store
from serving.store.portable import as_lines, load, tables_of
from serving.store.tables import allocations, handovers, outcomes, survey_answers, survey_sampled, survey_samples
from serving.weekly import give_out

AS_OF = date(2024, 6, 30)
TODAY = date(2024, 7, 9)
NOW = datetime(2024, 7, 9, 8, 0, tzinfo=UTC)
HER, OTHER = "secret-ama", "kofi"
ORIGIN = Origin("m" * 64, "b" * 64, "", "0.1.0")


def pages(*clients: str, officer: str = "o17") -> OfficerList:
    drawn = officer_list(len(clients), officer=officer)
    return bound([replace(line, client_id=client) for line, client in zip(drawn.lines, clients, strict=True)], officer)


def scored(home: Home, *clients: str) -> None:
    folder = home.scores / AS_OF.isoformat()
    folder.mkdir(parents=True)
    frame = pd.DataFrame(
        {
            "client_id": sorted(clients),
            "as_of": AS_OF,
            "risk": 0.5,
            "risk_91d": 0.34,
            "band": "high",
            "model_version": "m",
            "driver_1": "RNW-1",
            "driver_2": None,
            "driver_3": None,
        }
    )
    for name in ("scores", "features", "people"):
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(rows, folder / f"{name}.parquet", row_group_size=2)
    table = frame[["client_id"]].assign(**dict.fromkeys(KEYS, "x"), **dict.fromkeys(COUNTED, 1))
    Facts(AS_OF, table, {"clients": frozenset({"client_id"})}, {}).save(folder / "facts.parquet")
    context = {"as_of": AS_OF.isoformat(), "clients": len(clients), "model_version": "m"}
    (folder / "context.json").write_text(json.dumps(context))
    shutil.copytree(folder, home.features / "2023-01-01")


def an_outcome(list_id: str, client: str, number: int) -> dict[str, object]:
    return {
        "outcome_id": f"{number:036d}",
        "list_id": list_id,
        "place": 1,
        "client_id": client,
        "officer_id": "o17",
        "branch_id": "b3",
        "status": "accepted",
        "entered_by": "moses",
        "entered_role": "officer",
        "channel": "phone",
        "recorded_at": NOW,
        "recorded_on": AS_OF + timedelta(days=3),
        "happened_on": AS_OF + timedelta(days=2),
        "kind": "visit",
        "code": "L",
        "reasons": "PRC-1",
        "note": f"a note on {client}",
        "accepted_on": AS_OF + timedelta(days=3),
    }


def asked(connection: Connection, client: str, number: int) -> None:
    """Drawn by lot, and asked why she left."""
    sample = {"sample_id": f"s{number}", "plan": {}, "digest": "d", "drawn_by": "x", "drawn_at": NOW, "drawn_on": AS_OF}
    connection.execute(insert(survey_samples).values(sample))
    who = {"client_id": client, "stratum": "all", "officer_id": "o17", "left_on": AS_OF, "leaver_type": "VOL"}
    connection.execute(insert(survey_sampled).values(sample_id=f"s{number}", place=1, **who))
    told = {"client_id": client, "interviewed_on": AS_OF, "reasons": "HLT-1;PRC-1", "story": f"told by {client}"}
    by = {"interviewer": "moses", "entered_by": "moses", "entered_role": "analyst", "channel": "file"}
    row = {"answer_id": f"{number:036d}", "sample_id": f"s{number}", "consent": True, "leaver_type": "VOL"}
    when = {"recorded_at": NOW, "recorded_on": AS_OF}
    connection.execute(insert(survey_answers).values(**row, **told, **by, **when))


def drawn_by_lot(connection: Connection, client: str, number: int) -> None:
    """Left out of lists for a quarter."""
    until = AS_OF + timedelta(weeks=13)
    of = {"client_id": client, "unit": f"client:{client}", "officer_id": "o17", "branch_id": "b3", "band": "high"}
    said = {"arm": "held_out", "share": 0.1, "risk": 0.4, "from_on": AS_OF, "until_on": until, "drawn_at": NOW}
    connection.execute(insert(allocations).values(stratum="b3/high", place=number, week="2024-W27", **of, **said))


def lived(home: Home, store: Store) -> None:
    """She stands on a list that was drawn twice, and on the desk's; she was visited, held and corrected."""
    scored(home, "a", "b", HER, OTHER, "z")
    first = [pages(HER, OTHER), pages("a", officer="o18"), pages(HER, "b", officer=DESK)]
    second = [pages(OTHER, HER, "z"), pages("a", officer="o18"), pages("b", HER, officer=DESK)]
    for drawn in (first, second):
        give_out(home, store, drawn, AS_OF, Settings(), ORIGIN, NOW)
    with store.write() as connection:
        for number, client in enumerate((HER, OTHER)):
            connection.execute(insert(outcomes).values(an_outcome("2024-W27-o17", client, number)))
            connection.execute(insert(outcomes).values(an_outcome("2024-W27-desk", client, number + 2)))
            row = {"handed_by": "desk", "handed_at": NOW, "branch_id": "b3", "note": f"on {client}", "place": 1}
            connection.execute(
                insert(handovers).values(handover_id=str(number), list_id="2024-W27-desk", client_id=client, **row)
            )
            day, by = AS_OF, {"actor": "desk", "at": NOW}
            holds.add(connection, Hold.BEREAVEMENT, Reach.CLIENT, client, day, day + timedelta(days=9), **by)
            correct(connection, client, "phone", "0711 000", by=OPERATOR, at=NOW)
            asked(connection, client, number)
            drawn_by_lot(connection, client, number)
            seen = audit.pseudonym(connection, client)
            audit.record(connection, NOW, "moses", "officer", Event.CLIENT_VIEWED, seen, numbers=False)


def made_once(folder: Path, migrated: Path) -> Path:
    """The working folder with its database, to be copied and not touched."""
    home = Home(folder).create()
    shutil.copyfile(migrated, home.path / "exitwatch.db")
    with closing(home.store(Settings())) as opened:
        lived(home, opened)
    return home.path


def copied(template: Path, folder: Path, store: Store) -> Home:
    """The same working folder, with its rows in a database of either kind."""
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("exitwatch.db*"))
    with (
        closing(open_store(f"sqlite:///{template / 'exitwatch.db'}")) as source,
        source.read() as reading,
        store.write() as connection,
    ):
        here = {table.name: table for table in tables_of(connection)}
        for table in tables_of(reading):
            load(connection, here[table.name], as_lines(reading, table))
    return Home(folder)
