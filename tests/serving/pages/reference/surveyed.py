"""What the made-up institution has asked, wants to reach and has found: a sample, answers, objectives, a finding."""

from datetime import date, timedelta
from typing import Any

from office import NOW, TUESDAY

from features.indicator import Value
from serving import findings
from serving.access import Actor
from serving.findings import Finding, Stage
from serving.home import Home
from serving.objectives.objective import FILE
from serving.objectives.values import Figure, keep
from serving.store.database import Store
from serving.survey import samples
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.sampling import Chosen

BY = Actor("ann", "analyst")
SAMPLE, AGAIN = "leavers-1", "leavers-1-again"
DRAWN = TUESDAY - timedelta(days=20)
#: Root reason to how many of the sample name it, full batches of 20 in all; the last two are told as one sum.
ROOTS = {"BUS-1": 40, "PRC-1": 32, "ARR-2": 20, "FAM-1": 8}
REFUSED, WAITING, PEACE = 5, 24, 6
ASKED = [f"L-{n:03d}" for n in range(sum(ROOTS.values()) + REFUSED + WAITING)]
_PLAN: dict[str, Any] = {
    "from_on": "2024-01-01",
    "until_on": "2024-03-31",
    "margin": 0.1,
    "confidence": 0.95,
    "leavers": 400,
    "strata": {"branch b1": {"leavers": 400, "drawn": len(ASKED) + PEACE}},
}
OBJECTIVES = """
[[objective]]
name = "Clients come back"
indicator = "retention_rate"
baseline = 0.60
baseline_on = 2023-12-31
target = 0.80
by = 2024-12-31
owner = "Head of operations"
goal = "Clients who need us keep a lender they know"
kind = "process"
means = "A talk before the loan ends"

[[objective]]
name = "Money comes in time <b>"
indicator = "processing_days"
segment = { branch_id = "b1" }
baseline = 20
baseline_on = 2023-12-31
target = 10
by = 2024-12-31
owner = "Branch b1"
goal = "Nobody waits"
kind = "process"
means = "One signature less"
"""


def answer(store: Store, client: str, sample: str = SAMPLE, **told: str) -> None:
    """One interview, a week after the sample was drawn."""
    said = {
        "client_id": client,
        "interviewed_on": (DRAWN + timedelta(days=7)).isoformat(),
        "consent": "yes",
        "interviewer": "rose",
        "interviewer_role": "outside",
        "leaver_type": "VOL",
        "reasons": "BUS-1; OFF-2",
        "sample_id": sample,
    }
    with store.write() as connection:
        record(connection, Answer.of(said | told), BY, "api", NOW, TUESDAY)


def draw(store: Store) -> None:
    """A sample that was handed out, but for those who are left in peace."""
    left = date(2024, 2, 1)
    everybody = [*ASKED, *(f"P-{n}" for n in range(PEACE))]
    chosen = [Chosen(client, "branch b1", "o1", left, "UNK") for client in everybody]
    peace = {f"P-{n}": "do_not_contact" for n in range(PEACE)}
    with store.write() as connection:
        samples.keep(connection, SAMPLE, _PLAN, chosen, peace, BY, NOW, DRAWN)
        samples.hand_out(connection, SAMPLE, peace, (), BY, NOW, DRAWN)


def ask(store: Store) -> None:
    """Most of the sample have answered, some did not want to, and some were asked again by somebody else."""
    roots = [root for root, count in ROOTS.items() for _ in range(count)]
    for place, (client, root) in enumerate(zip(ASKED, roots, strict=False)):
        role = "desk" if place < 50 else "outside" if place < 90 else "own_officer"
        answer(
            store,
            client,
            reasons=f"{root}; CMPT-1",
            interviewer_role=role,
            private_consent="yes",
            would_return="unsure",
        )
    for client in ASKED[len(roots) : len(roots) + REFUSED]:
        answer(store, client, consent="no")
    again = [Chosen(client, "branch b1", "o1", date(2024, 2, 1), "UNK") for client in ASKED[:44]]
    with store.write() as connection:
        samples.keep(connection, AGAIN, {"share": 0.6, "seed": 1, "answered": 100}, again, {}, BY, NOW, DRAWN, SAMPLE)
    for place, client in enumerate(ASKED[:44]):
        root = roots[place] if place % 2 else "PRC-1"
        answer(store, client, AGAIN, reasons=f"{root}; CMPT-1", interviewer="paul")


def want(home: Home, store: Store) -> None:
    """Two objectives, one of which has figures."""
    (home.path / FILE).write_text(OBJECTIVES, encoding="utf-8")
    figures = [
        Figure(
            "retention_rate", "", date(2023, 4, 1), until, Value(value, 400, value - 0.05, value + 0.05), "x", "rose"
        )
        for until, value in ((date(2024, 3, 31), 0.62), (date(2024, 6, 30), 0.71))
    ]
    with store.write() as connection:
        keep(connection, figures, BY, NOW)


def find(store: Store) -> Finding:
    """A finding that was reported, and whose next step is late."""
    with store.write() as connection:
        return findings.add(
            connection,
            "New clients wait three weeks for the second loan",
            "Head of operations",
            TUESDAY - timedelta(days=30),
            BY,
            NOW,
            TUESDAY - timedelta(days=2),
            Stage.REPORT,
        )
