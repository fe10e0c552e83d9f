"""The simulated MFI, from settings to a folder of tables."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.connectors.simulated import (
    applying,
    columns,
    directory,
    lending,
    register,
    repaying,
    saving,
    talking,
    truth,
)
from features.connectors.simulated.causes import Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.history import live
from features.connectors.simulated.people import Piece, pieces, populate
from features.connectors.simulated.settings import SimulationSettings
from features.connectors.simulated.visiting import Policy
from features.connectors.simulated.writing import SETTINGS, TableFiles, as_canonical, refuse_other_files, storable

#: Pieces worked on at the same time. The result does not depend on it.
WORKERS = 2


@dataclass(frozen=True)
class SimulationReport:
    """What was written.

    Parameters
    ----------
    rows
        Rows by table; `truth/client_dates` among them.
    first_day, last_day
        The window, both days included.
    settings
        What it was made from.
    """

    rows: dict[str, int]
    first_day: date
    last_day: date
    settings: SimulationSettings


def simulate(
    directory: Path,
    settings: SimulationSettings,
    progress: Callable[[str, float], None] | None = None,
    policies: Callable[[Piece], Policy] | None = None,
) -> SimulationReport:
    """Write the book of a simulated MFI, and the truth behind it.

    Parameters
    ----------
    directory
        Folder for one Parquet file per canonical table; the files of an earlier simulation are replaced. `truth/`
        inside it holds what no feature may read: `client_dates.parquet` and `settings.json`.
    settings
        The MFI. Equal settings give equal bytes in every file, on any number of threads.
    progress
        Called with what is being done and the share done, from 0 to 1.
    policies
        Who is contacted by lists, by piece; pieces are lived through at the same time, so each needs a policy of its
        own. MFIs of up to 12,000 clients are one piece.

    Returns
    -------
    SimulationReport
        Rows by table and the window.

    Raises
    ------
    UsageError
        The folder holds a file that no simulation wrote.
    StorageError
        If the folder cannot be written or the disk is full.
    """
    refuse_other_files(Path(directory))
    directory = storable(Path(directory))
    causes = Causes(settings)
    oracle = truth.Oracle(settings, causes)
    cut = pieces(settings)
    calendar = Calendar(settings.end_on, settings.weeks)
    words = {"settings": settings.as_plain(), "drivers": causes.in_words(), "model": truth.MODEL_IN_WORDS}
    text = json.dumps(words, indent=2, ensure_ascii=False) + "\n"
    (directory / SETTINGS).write_text(text, encoding="utf-8")
    with TableFiles(directory) as files:
        files.add("products", lending.product_table())
        for number, tables in enumerate(_in_order(settings, causes, oracle, cut, policies)):
            for name, table in tables.items():
                files.add(name, table)
            if progress is not None:
                progress("simulating the MFI", (number + 1) / len(cut))
    return SimulationReport(files.rows, calendar.first(), settings.end_on, settings)


def _in_order(
    settings: SimulationSettings,
    causes: Causes,
    oracle: "truth.Oracle",
    cut: list[Piece],
    policies: Callable[[Piece], Policy] | None,
) -> Iterator[dict[str, pa.Table]]:
    """Tables of each piece, in the order of the pieces, a few at work ahead of the one that is written."""
    with ThreadPoolExecutor(max_workers=min(WORKERS, os.cpu_count() or 1)) as pool:
        waiting: deque[Future[dict[str, pa.Table]]] = deque()
        for piece in cut:
            policy = policies(piece) if policies is not None else None
            waiting.append(pool.submit(piece_tables, settings, causes, oracle, piece, policy))
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def piece_tables(
    settings: SimulationSettings, causes: Causes, oracle: "truth.Oracle", piece: Piece, policy: Policy | None = None
) -> dict[str, pa.Table]:
    """All tables of one piece of the MFI. Its randomness derives from the seed and the piece's number alone."""
    lives, rows, names = (
        np.random.Generator(np.random.SFC64(seed))
        for seed in np.random.SeedSequence([settings.seed, piece.number]).spawn(3)
    )
    people = populate(settings, piece, lives)
    life = live(settings, causes, people, lives, policy)
    calendar = Calendar(settings.end_on, settings.weeks)
    clients = columns.ids("C", range(piece.first_client, piece.first_client + people.count), 8)
    first = piece.first_branch
    branches = columns.ids("B", range(first, first + len(piece.branch_sizes)), 4)
    officers = columns.ids(f"O{piece.number:03d}", range(life.world.posts.officers), 4)
    groups = columns.ids(f"G{piece.number:03d}", range(len(people.group_branch)), 5)
    joined = register.joined_days(people, life, calendar, rows)
    loans = lending.all_loans(settings, people, life, calendar, piece.number, rows)
    plan = repaying.schedule(settings, life, loans, rows)
    talk = (settings, people, life, clients, officers, calendar, piece.number, rows)
    tables = {
        "branches": register.branch_table(people, piece, branches),
        "officers": register.officer_table(settings, people, life, officers, branches, calendar, rows),
        "groups": register.group_table(settings, people, groups, branches, rows),
        "clients": register.client_table(
            settings, people, life, joined, clients, branches, groups, officers, calendar, rows
        ),
        "assignments": register.assignment_table(people, life, joined, clients, officers, calendar, rows),
        "memberships": register.membership_table(people, life, joined, clients, groups, calendar, rows),
        "loans": lending.loan_table(settings, people, loans, clients, calendar, rows),
        "instalments": repaying.instalment_table(people, loans, plan, calendar),
        "repayments": repaying.repayment_table(settings, people, loans, plan, calendar, rows),
        "applications": applying.application_table(
            settings, people, life, loans, clients, calendar, piece.number, rows
        ),
        "savings": saving.savings_table(settings, people, life, clients, calendar, rows),
        "contacts": talking.contact_table(*talk),
        "complaints": talking.complaint_table(*talk),
        "attendance": talking.attendance_table(people, life, clients, groups, calendar, rows),
        "departures": register.departure_table(settings, people, life, loans, clients, calendar, rows),
        "directory": directory.directory_table(people, piece, clients, names),
    }
    tables = {name: as_canonical(name, table) for name, table in tables.items()}
    tables["truth/client_dates"] = oracle.client_dates(people, life, clients, calendar)
    return tables
