"""A book as known on a date, in plain Python: written from the design's sentences, not from the SQL."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from types import SimpleNamespace
from typing import Any

import pandas as pd

from features.schema import TABLES


def typed(kind: str, value: object) -> Any:
    """A cell of text as the value it stands for; missing stays None."""
    if value is None or (not isinstance(value, bool) and pd.isna(value)):
        return None
    text = str(value)
    return {
        "date": date.fromisoformat,
        "money": Decimal,
        "number": float,
        "integer": lambda t: int(float(t)),
        "boolean": lambda t: t.lower() == "true",
    }.get(kind, str)(text)


class World:
    """What is known at the end of a day."""

    def __init__(self, tables: dict[str, pd.DataFrame], as_of: date) -> None:
        self.as_of = as_of
        self.supplied = {name: set(data.columns) for name, data in tables.items()}
        raw = {name: self._typed(name, tables.get(name)) for name in TABLES}
        self.ceilings = {row.product_id: row.max_amount for row in raw["products"]}
        self.branches = {row.officer_id: row.branch_id for row in raw["officers"]}
        self.rows: dict[str, list[SimpleNamespace]] = {}
        every_loan = {row.loan_id: row for row in raw["loans"]}
        for name, rows in raw.items():
            self.rows[name] = [row for row in rows if self._known(name, row, every_loan)]
        self._hide_what_came_later()
        self.by_client: dict[str, dict[str, list[SimpleNamespace]]] = {}
        for name, rows in self.rows.items():
            own: dict[str, list[SimpleNamespace]] = defaultdict(list)
            for row in rows:
                client = every_loan[row.loan_id].client_id if name in ("instalments", "repayments") else None
                own[client or getattr(row, "client_id", "")].append(row)
            self.by_client[name] = own

    def _typed(self, name: str, data: pd.DataFrame | None) -> list[SimpleNamespace]:
        records = [] if data is None else data.to_dict("records")
        return [
            SimpleNamespace(**{c: typed(spec.kind, row.get(c)) for c, spec in TABLES[name].columns.items()})
            for row in records
        ]

    def _known(self, name: str, row: SimpleNamespace, loans: dict[str, SimpleNamespace]) -> bool:
        about = TABLES[name].about
        if about is None:
            return True
        happened = getattr(row, about)
        if name in ("instalments", "repayments"):
            loan = loans.get(row.loan_id)
            if loan is None or not self._known("loans", loan, loans):
                return False
        if name == "instalments":
            if (row.known_on or loans[row.loan_id].disbursed_on) > self.as_of:
                return False
            return row.replaced_on is None or row.replaced_on > self.as_of
        if (row.known_on or happened) > self.as_of or happened > self.as_of:
            return False
        undone = getattr(row, "reversed_on", None)
        return undone is None or undone > self.as_of

    def _hide_what_came_later(self) -> None:
        for row in self.rows["loans"] + self.rows["complaints"]:
            if row.closed_on and max(row.closed_on, row.closed_known_on or row.closed_on) > self.as_of:
                row.closed_on = None
            if row.closed_on is None and hasattr(row, "closed_how"):
                row.closed_how = None
        for row in self.rows["applications"]:
            if row.decided_on is None or row.decided_on > self.as_of:
                row.decided_on = row.decision = row.approved_amount = row.loan_id = None
        for row in self.rows["assignments"] + self.rows["memberships"]:
            if row.to_on and row.to_on > self.as_of:
                row.to_on = None

    def own(self, table: str, client: str) -> list[SimpleNamespace]:
        """The client's rows of a table."""
        return self.by_client[table].get(client, [])

    def ago(self, day: date) -> int:
        """Days from a day to T."""
        return (self.as_of - day).days

    @cache  # noqa: B019 - worlds live as long as one test
    def loans(self, client: str) -> list[SimpleNamespace]:
        """The client's loans, oldest first; cancelled ones are none."""
        kept = [loan for loan in self.own("loans", client) if loan.closed_how != "cancelled"]
        return sorted(kept, key=lambda loan: (loan.disbursed_on, loan.loan_id))

    def open_loans(self, client: str) -> list[SimpleNamespace]:
        """The loans that have not ended."""
        return [loan for loan in self.loans(client) if loan.closed_on is None]

    def money_loans(self, client: str) -> list[SimpleNamespace]:
        """The loans in the newest loan's currency, oldest first."""
        loans = self.loans(client)
        return [loan for loan in loans if loan.currency == loans[-1].currency]

    def contacts(self, client: str) -> list[SimpleNamespace]:
        """The contacts that no weekly list asked for."""
        return [contact for contact in self.own("contacts", client) if contact.list_id is None]

    def fresh(self, loan: SimpleNamespace) -> bool:
        """Open, or ended within the last 182 days."""
        return loan.closed_on is None or self.ago(loan.closed_on) < 182

    def plan(self, loan: SimpleNamespace) -> list[tuple[date, Decimal]]:
        """The instalments known: day and amount, nothing due left out."""
        rows = [row for row in self.own("instalments", loan.client_id) if row.loan_id == loan.loan_id]
        return sorted((row.due_on, row.amount_due) for row in rows if row.amount_due > 0)

    def planned(self, loan: SimpleNamespace) -> Decimal:
        """Sum of the plan."""
        return sum((amount for _, amount in self.plan(loan)), Decimal(0))

    def received(self, loan: SimpleNamespace) -> list[tuple[date, Decimal]]:
        """The payments: day and amount, oldest first."""
        rows = [row for row in self.own("repayments", loan.client_id) if row.loan_id == loan.loan_id]
        return sorted((row.paid_on, row.amount) for row in rows)

    @cache  # noqa: B019 - worlds live as long as one test
    def dues(self, client: str) -> list[SimpleNamespace]:
        """The instalments of fresh loans: loan, day, amount, settled, delay (None before the day)."""
        found = []
        for loan in filter(self.fresh, self.loans(client)):
            came = self.received(loan)
            levels = [(day, sum(paid for paid_on, paid in came if paid_on <= day)) for day, _ in came]
            for day, amount in self.plan(loan):
                if loan.closed_on is not None and day > loan.closed_on:
                    continue
                needed = sum(other for due, other in self.plan(loan) if due <= day)
                settled = min((paid for paid, level in levels if level >= needed), default=None)
                end = settled or loan.closed_on or self.as_of
                delay = max(0, (end - day).days) if day <= self.as_of else None
                found.append(SimpleNamespace(loan=loan, day=day, amount=amount, settled=settled, delay=delay))
        return found

    def fallen(self, client: str) -> list[SimpleNamespace]:
        """The instalments due in the last 182 days, latest first, then by delay."""
        kept = [due for due in self.dues(client) if 0 <= self.ago(due.day) < 182]
        return sorted(kept, key=lambda due: (self.ago(due.day), due.delay))

    @cache  # noqa: B019 - worlds live as long as one test
    def group(self, client: str) -> str | None:
        """The group she is in."""
        held = [m for m in self.own("memberships", client) if m.to_on is None or m.to_on >= self.as_of]
        if not held:
            return None
        return str(max(held, key=lambda m: (m.from_on, m.known_on or m.from_on, m.group_id)).group_id)

    @cache  # noqa: B019 - worlds live as long as one test
    def clients(self) -> list[str]:
        """Every known client: one who joined, or borrowed."""
        return sorted(
            {
                row.client_id
                for name in ("clients", "loans")
                for row in self.rows[name]
                if getattr(row, "closed_how", None) != "cancelled"
            }
        )

    def active(self, client: str) -> bool:
        """Has an open loan or one that ended within the last 91 days."""
        loans = self.loans(client)
        return any(loan.closed_on is None or self.ago(loan.closed_on) < 91 for loan in loans)

    def resting(self, client: str) -> bool:
        """Active without an open loan."""
        return self.active(client) and not self.open_loans(client)

    def gone(self, client: str) -> bool:
        """No open loan, and the last one ended 91 to 272 days ago."""
        loans = self.loans(client)
        if not loans or self.open_loans(client):
            return False
        return 91 <= min(self.ago(loan.closed_on) for loan in loans) < 273


def share(count: int, of: int) -> float | None:
    """A share; None of nothing."""
    return count / of if of else None


def ratio(top: Any, bottom: Any) -> float | None:
    """A ratio; None where either is missing or the lower is nought."""
    return None if top is None or bottom is None or bottom == 0 else float(top) / float(bottom)


def difference(left: float | None, right: float | None) -> float | None:
    """A difference; None where either is missing."""
    return None if left is None or right is None else left - right


def millionths(value: float) -> int:
    """A positive figure in millionths, rounded half up."""
    return int(value * 1_000_000 + 0.5)


def fraction(top: int, bottom: int) -> Fraction | None:
    """An exact ratio; None over nought."""
    return Fraction(top, bottom) if bottom else None


def rounded(value: Fraction | None, places: int = 2) -> float | None:
    """An exact figure, rounded half up."""
    return None if value is None else floor(value * 10**places + Fraction(1, 2)) / 10**places
