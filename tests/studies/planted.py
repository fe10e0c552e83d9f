"""Small simulated MFIs with their lives at hand, so that what truly followed an officer change can be computed.

Only the tables an event study reads are written; the causal model is the simulated MFI's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.book import Book
from features.connectors.simulated import Policy, SimulationSettings, columns, lending, register, talking
from features.connectors.simulated.causes import COLUMN, CYCLES, SETTLES, Causes
from features.connectors.simulated.columns import Calendar
from features.connectors.simulated.history import Life, live
from features.connectors.simulated.people import People, pieces, populate
from features.connectors.simulated.writing import as_canonical

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """A book and the lives behind it."""

    settings: SimulationSettings
    causes: Causes
    people: People
    life: Life
    tables: dict[str, pa.Table]

    @cached_property
    def book(self) -> Book:
        """The tables as a book."""
        return Book.of(self.tables)

    def effect(self, rows: pd.DataFrame) -> Floats:
        """What an officer change truly added to the probability to leave at each of some decisions.

        The client decided with the probability of the causal model, given everything as it was. Without the change,
        and with no other, everything but the tie to the officer would have been the same, and that tie would be what
        it was the week before, faded since: the two probabilities are those of the model, and their difference is
        exact. Who is not among the simulated deciders (a death nobody heard of) left either way: nothing is added.

        Parameters
        ----------
        rows
            client_id, event (first day of the change), ended_on.
        """
        decisions, calendar = self.life.decisions, Calendar(self.settings.end_on, self.settings.weeks)
        row_of = {
            (int(client), int(week)): row
            for row, (client, week, lost) in enumerate(
                zip(decisions["client"], decisions["week"], decisions["lost"], strict=True)
            )
            if not lost
        }
        answer = np.zeros(len(rows))
        for place, row in enumerate(rows.itertuples(index=False)):
            client = int(str(row.client_id)[1:])
            ended = _week(calendar, row.ended_on)
            decision = row_of.get((client, ended))
            if decision is not None:
                answer[place] = self._added(client, decision, _week(calendar, row.event), ended)
        return answer

    def _added(self, client: int, decision: int, began: int, ended: int) -> float:
        leave = float(self.life.decisions["leave"][decision])
        hazard = -np.log1p(-leave)
        scale = self.causes.scales[int(self.life.decisions["scale"][decision])]
        cycle = int(np.asarray(self.life.loans["cycle"])[self.life.loan[began - 1, client]])
        cycle = min(cycle, CYCLES - 1)
        tie = int(self.life.chains["OFF-1"][began - 1, client])
        before = scale * self.causes.chains["OFF-1"].adds[tie, cycle, self.people.lending[client]]
        other = hazard - float(self.life.reasons[decision, COLUMN["OFF-1"]])
        lasts = (1 - SETTLES) ** (ended - began + 1)
        without = lasts * -np.expm1(-(other + before)) + (1 - lasts) * -np.expm1(-other)
        return float(leave - without)


def _week(calendar: Calendar, day: object) -> int:
    days = (pd.Timestamp(day) - pd.Timestamp("1970-01-01")).days
    return int((days - calendar.monday) // 7)


def planted(
    settings: SimulationSettings,
    policy: Policy | None = None,
    changed: Callable[[People], People] | None = None,
) -> Planted:
    """One MFI of up to one piece.

    Parameters
    ----------
    policy
        Who is contacted by lists; the book then holds its contacts, and no others.
    changed
        What is otherwise about its clients.
    """
    (piece,) = pieces(settings)
    lives, rows = (np.random.Generator(np.random.SFC64(s)) for s in np.random.SeedSequence(settings.seed).spawn(2))
    causes = Causes(settings)
    people = populate(settings, piece, lives)
    if changed is not None:
        people = changed(people)
    life = live(settings, causes, people, lives, policy)
    calendar = Calendar(settings.end_on, settings.weeks)
    clients = columns.ids("C", range(people.count), 8)
    branches = columns.ids("B", range(len(piece.branch_sizes)), 4)
    officers = columns.ids("O", range(life.world.posts.officers), 4)
    groups = columns.ids("G", range(len(people.group_branch)), 5)
    joined = register.joined_days(people, life, calendar, rows)
    loans = lending.all_loans(settings, people, life, calendar, piece.number, rows)
    tables = {
        "products": lending.product_table(),
        "branches": register.branch_table(people, piece, branches),
        "officers": register.officer_table(settings, people, life, officers, branches, calendar, rows),
        "clients": register.client_table(
            settings, people, life, joined, clients, branches, groups, officers, calendar, rows
        ),
        "assignments": register.assignment_table(people, life, joined, clients, officers, calendar, rows),
        "loans": lending.loan_table(settings, people, loans, clients, calendar, rows),
        "departures": register.departure_table(settings, people, life, loans, clients, calendar, rows),
    }
    if policy is not None:
        talk = (settings, people, life, clients, officers, calendar, piece.number, rows)
        contacts = talking.contact_table(*talk)
        tables["contacts"] = contacts.filter(pc.equal(contacts["topic"].cast(pa.string()), "retention"))
    return Planted(settings, causes, people, life, {name: as_canonical(name, table) for name, table in tables.items()})
