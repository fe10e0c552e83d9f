"""Small books rich in everything that happens: late entries, reversals, replaced schedules, vacancies, moves."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from features.schema import TABLES

Row = dict[str, Any]
Tables = dict[str, list[Row]]

OFFICERS = ("o1", "o1", "o2", "o2", "o3", "o4", None)
GROUPS = ("g1", "g1", "g2", "g3")
PRODUCTS = ("weekly", "monthly", None)
#: What a book may lack; clients and loans are always there.
OPTIONAL = tuple(name for name, table in TABLES.items() if not table.required)


class Drawer:
    """Draws rows of one book around a date, all from one seed."""

    def __init__(self, seed: int, as_of: date) -> None:
        self.dice = random.Random(seed)
        # Dice of their own: what is drawn with them moves nothing else.
        self.undoing, self.wishes = random.Random(f"{seed}-undoing"), random.Random(f"{seed}-wishes")
        self.as_of = as_of
        self.serial = 0
        self.tables: Tables = {name: [] for name in TABLES}

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def day(self, earliest: int, latest: int) -> date:
        return self.as_of + timedelta(days=self.dice.randint(earliest, latest))

    def later(self, day: date | None, share: float = 0.3) -> date | None:
        """When a row about `day` is entered: mostly the same day (left to the default), at times much later."""
        if day is None or not self.chance(share):
            return None
        return day + timedelta(days=self.dice.choice((0, 1, 2, 5, 14, 60, 200)))

    def undone(self, day: date) -> date | None:
        """When a contact or a departure is taken back: mostly never."""
        return day + timedelta(days=self.undoing.choice((0, 1, 5, 60))) if self.undoing.random() < 0.1 else None

    def number(self) -> str:
        self.serial += 1
        return f"{self.serial:04d}"

    def money(self) -> str:
        return self.dice.choice(("50", "100", "100.50", "104.99", "105", "150", "200", "300.25"))

    def draw(self, clients: int) -> Tables:
        self._references()
        for place in range(clients):
            self._client(f"c{place:02d}")
        return self.tables

    def _references(self) -> None:
        for officer, branch in (("o1", "north"), ("o2", "south"), ("o3", "north"), ("o4", None)):
            self.tables["officers"].append({"officer_id": officer, "branch_id": branch})
        self.tables["branches"] += [{"branch_id": "north"}, {"branch_id": "south"}]
        self.tables["groups"] += [{"group_id": group} for group in sorted(set(GROUPS))]
        self.tables["products"] += [
            {"product_id": "weekly", "max_amount": "200"},
            {"product_id": "monthly", "max_amount": None},
        ]

    def _client(self, client: str) -> None:
        joined = self.day(-900, 60) if self.chance(0.3) else self.day(-870, -850)
        known = self.day(1, 30) if self.chance(0.05) else self.later(joined, 0.1)
        self.tables["clients"].append({"client_id": client, "joined_on": joined, "known_on": known})
        self._loans(client)
        for _ in range(self.dice.choice((0, 1, 1, 2, 3))):
            start = self.day(-400, 20)
            self.tables["assignments"].append(
                {
                    "client_id": client,
                    "officer_id": self.dice.choice(OFFICERS),
                    "from_on": start,
                    "to_on": self._end(start),
                    "known_on": self.later(start),
                }
            )
        for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
            start = self.day(-400, 20)
            self.tables["memberships"].append(
                {
                    "client_id": client,
                    "group_id": self.dice.choice(GROUPS),
                    "from_on": start,
                    "to_on": self._end(start),
                    "known_on": self.later(start),
                }
            )
        self._savings(client)
        self._contacts(client)
        self._meetings(client)
        self._complaints(client)
        self._requests(client)
        self._directory(client)
        if self.chance(0.25):
            left = self.day(-200, 60) if self.chance(0.3) else self.day(-15, 0)
            self.tables["departures"].append(
                {
                    "client_id": client,
                    "left_on": left,
                    "leaver_type": self.dice.choice(("VOL", "REST", "DIED", "WO")),
                    "known_on": self.later(left, 0.5),
                    "reversed_on": self.undone(left),
                }
            )

    def _end(self, start: date) -> date | None:
        if self.chance(0.6):
            return None
        return min(start + timedelta(days=self.dice.choice((10, 60, 200, 400))), self.day(-60, 60) + timedelta(days=90))

    def _loans(self, client: str) -> None:
        start = self.day(-200, 5) if self.chance(0.5) else self.day(-30, 0)
        pace = self.dice.choice((3, 10, 30, 120))
        for _ in range(self.dice.choice((1, 2, 3, 4, 7, 12))):
            self._loan(client, start)
            start -= timedelta(days=self.dice.choice((0, 1, pace, pace, pace + 7, 7, 45, 340)))

    def _loan(self, client: str, start: date) -> None:
        term = self.dice.choice((0, 7, 7, 28, 91, 182))
        due = start + timedelta(days=term)
        closed = max(due + timedelta(days=self.dice.choice((-40, -10, -1, 0, 0, 3, 20))), start)
        ended = self.chance(0.75)
        hows = (None, "repaid", "repaid", "repaid", "repaid", "refinanced", "written_off", "cancelled")
        loan: Row = {
            "loan_id": f"l{self.number()}",
            "client_id": client,
            "disbursed_on": start,
            "amount": self.money(),
            "due_on": due if self.chance(0.9) else None,
            "instalment_count": self.dice.choice((None, 1, 4)),
            "product_id": self.dice.choice(PRODUCTS),
            "currency": self.dice.choice((None, None, None, "KES")),
            "interest_rate": self.dice.choice((None, 0.2, 0.24, 0.3)),
            "closed_on": closed if ended else None,
            "closed_how": self.dice.choice(hows) if ended else None,
            "known_on": self.later(start, 0.15),
            "closed_known_on": self.later(closed) if ended else None,
        }
        self.tables["loans"].append(loan)
        self._schedule(loan, term)

    def _schedule(self, loan: Row, term: int) -> None:
        if self.chance(0.1):
            return
        count = self.dice.choice((1, 2, 4, 6))
        reborn = self.day(-120, 60) if self.chance(0.15) else None
        for seq in range(1, count + 1):
            due = loan["disbursed_on"] + timedelta(days=max(1, term * seq // count))
            row: Row = {
                "loan_id": loan["loan_id"],
                "due_on": due,
                "amount_due": self.dice.choice(("0", "25", "50", "50", "52.50")),
                "seq": seq,
                "known_on": None if self.chance(0.85) else due + timedelta(days=14),
                "replaced_on": reborn,
            }
            self.tables["instalments"].append(row)
            if reborn is not None:
                later = due + timedelta(days=30)
                self.tables["instalments"].append({**row, "due_on": later, "known_on": reborn, "replaced_on": None})
            for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
                paid = due + timedelta(days=self.dice.choice((-30, -2, 0, 0, 0, 1, 4, 30)))
                self._payment(loan, max(paid, loan["disbursed_on"]))

    def _payment(self, loan: Row, paid: date) -> None:
        self.tables["repayments"].append(
            {
                "loan_id": loan["loan_id"],
                "paid_on": paid,
                "amount": self.dice.choice(("50", "50", "25", "52.50", "110", "-10")),
                "repayment_id": f"p{self.number()}",
                "channel": self.dice.choice((None, "cash", "mobile", "bank")),
                "known_on": self.later(paid, 0.2),
                "reversed_on": self.later(paid, 0.1),
            }
        )

    def _savings(self, client: str) -> None:
        for _ in range(self.dice.choice((0, 0, 3, 8))):
            moved = self.day(-250, 30)
            self.tables["savings"].append(
                {
                    "client_id": client,
                    "moved_on": moved,
                    "kind": self.dice.choice(("deposit", "deposit", "withdrawal", "interest", "fee")),
                    "amount": self.dice.choice(("5", "10", "10.50", "40")),
                    "account_id": self.dice.choice((None, "s1", "s2")),
                    "compulsory": self.dice.choice((None, True, False)),
                    "known_on": self.later(moved),
                    "reversed_on": self.later(moved, 0.1),
                }
            )

    def _contacts(self, client: str) -> None:
        for _ in range(self.dice.choice((0, 1, 4, 9))):
            happened = self.day(-250, 20)
            self.tables["contacts"].append(
                {
                    "contact_id": f"k{self.number()}",
                    "client_id": client,
                    "happened_on": happened,
                    "kind": self.dice.choice(("visit", "call", "message", "meeting", "survey")),
                    "direction": self.dice.choice((None, "out", "out", "in")),
                    "officer_id": self.dice.choice(OFFICERS),
                    "result": self.dice.choice(
                        (
                            None,
                            "reached",
                            "reached",
                            "not_reached",
                            "not_reached",
                            "wrong_number",
                            "refused",
                            "promised",
                        )
                    ),
                    "topic": self.dice.choice((None, "terms", "fees", "renewal")),
                    "list_id": "2024-w01" if self.chance(0.15) else None,
                    "known_on": self.later(happened),
                    "reversed_on": self.undone(happened),
                }
            )

    def _meetings(self, client: str) -> None:
        start = self.day(-250, -1)
        for week in range(self.dice.choice((0, 0, 4, 20))):
            met = start + timedelta(days=7 * week)
            self.tables["attendance"].append(
                {
                    "client_id": client,
                    "meeting_on": met,
                    "attended": self.chance(0.7),
                    "group_id": self.dice.choice((None, *GROUPS)),
                    "known_on": self.later(met, 0.1),
                }
            )

    def _complaints(self, client: str) -> None:
        for _ in range(self.dice.choice((0, 0, 0, 1, 3))):
            opened = self.day(-250, 20)
            closed = opened + timedelta(days=self.dice.choice((1, 10, 100))) if self.chance(0.6) else None
            self.tables["complaints"].append(
                {
                    "complaint_id": f"q{self.number()}",
                    "client_id": client,
                    "opened_on": opened,
                    "closed_on": closed,
                    "topic": self.dice.choice((None, "fees", "service")),
                    "about_officer": self.dice.choice((None, None, "o1")),
                    "known_on": self.later(opened),
                    "closed_known_on": self.later(closed),
                }
            )

    def _directory(self, client: str) -> None:
        if self.wishes.random() < 0.2:
            return
        hours = self.wishes.choice(((None, None), (None, None), ("09:30", "17:00"), ("13:00", None), (None, "08:00")))
        self.tables["directory"].append(
            {
                "client_id": client,
                "name": f"Name of {client}",
                "phone": self.wishes.choice((None, f"+999{self.wishes.randrange(10**9):09d}")),
                "household_id": self.wishes.choice((None, None, "h1", "h2")),
                "reach_by": self.wishes.choice((None, "meeting", "visit", "call", "message")),
                "hours_from": hours[0],
                "hours_until": hours[1],
                "safe_to_call": self.wishes.choice((None, True, True, False)),
                "visitor": self.wishes.choice((None, "woman", "man", "anyone")),
            }
        )

    def _requests(self, client: str) -> None:
        loans = [loan for loan in self.tables["loans"] if loan["client_id"] == client]
        for loan in loans:
            if self.chance(0.5):
                asked = loan["disbursed_on"] - timedelta(days=self.dice.choice((0, 3, 10, 25)))
                self._request(client, asked, loan)
        for _ in range(self.dice.choice((0, 0, 1, 2))):
            self._request(client, self.day(-400, 30), None)

    def _request(self, client: str, asked: date, loan: Row | None) -> None:
        decided = asked + timedelta(days=self.dice.choice((0, 2, 9, 30))) if loan or self.chance(0.7) else None
        decision = "approved" if loan else self.dice.choice(("refused", "withdrawn", "approved"))
        self.tables["applications"].append(
            {
                "application_id": f"a{self.number()}",
                "client_id": client,
                "applied_on": asked,
                "requested_amount": self.dice.choice((None, "100", "150", "300.25")),
                "decided_on": decided,
                "decision": decision if decided else None,
                "approved_amount": self.money() if decided and decision == "approved" else None,
                "loan_id": loan["loan_id"] if loan else None,
                "known_on": self.later(asked, 0.2),
            }
        )


def draw(seed: int, clients: int, *, lacking: bool = False) -> tuple[dict[str, pd.DataFrame], date]:
    """A book and the date to stand on; with `lacking`, some optional tables and columns are not supplied."""
    dice = random.Random(f"{seed}-shape")
    as_of = date(2024, 1, 1) + timedelta(days=dice.randrange(366))
    tables = as_frames(Drawer(seed, as_of).draw(clients))
    if lacking:
        for name in dice.sample(OPTIONAL, dice.randint(0, 5)):
            del tables[name]
        for name, data in tables.items():
            spare = [c for c in data.columns if not TABLES[name].columns[c].required]
            tables[name] = data.drop(columns=dice.sample(spare, min(len(spare), dice.choice((0, 0, 1, 2)))))
    return tables, as_of


def as_frames(tables: Tables) -> dict[str, pd.DataFrame]:
    """Tables of text, as a folder of CSV files would give them, with every column."""
    return {
        name: pd.DataFrame(
            [[_text(row.get(column)) for column in TABLES[name].columns] for row in rows],
            columns=list(TABLES[name].columns),
            dtype="object",
        )
        for name, rows in tables.items()
    }


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value if value is None else str(value)


def shuffled(tables: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    """The same rows in another order."""
    return {
        name: data.sample(frac=1, random_state=seed).reset_index(drop=True) if len(data) else data
        for name, data in tables.items()
    }


def changed(data: pd.DataFrame, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> pd.DataFrame:
    """Each row as `change` makes it; rows it answers None to are dropped."""
    rows = [row for row in (change(row) for row in data.to_dict("records")) if row is not None]
    return pd.DataFrame(rows, columns=list(data.columns), dtype="object")
