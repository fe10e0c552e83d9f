"""Clients expected to be kept by the plan of the week, beside the order of the list, on ten branches from seeds.

Each branch has twenty officers with eight lines each over six villages, a third of the clients met at meetings, and an
hour and a half a day on three days: half the time their lists take (`drawn_branches.branch`).
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "serving" / "reference"))

from drawn_branches import branch
from plan_checker import breaches

from serving.visits.chosen import in_order_of_the_list
from serving.visits.plan import Plan, plan_week
from tests.studies import results

pytestmark = [pytest.mark.study, pytest.mark.timeout(3600)]

SEEDS = range(10)
#: Clients kept beyond those of the list's own order, as a share: of every branch, and of all ten together.
LEAST, TOGETHER = 0.015, 0.03


@cache
def studied() -> pd.DataFrame:
    """One row per branch."""
    rows = []
    for seed in SEEDS:
        pages, kept, settings = branch(seed)
        ways = {
            "plan": plan_week(pages, kept, settings),
            "list": plan_week(pages, kept, settings, in_order_of_the_list),
        }
        row = {"branch": seed, "proven": sum(plan.proven for plan in ways["plan"])}
        for way, plans in ways.items():
            row |= figures(way, plans)
        broken = [breaches(page, plan, kept, settings) for page, plan in zip(pages, ways["plan"], strict=True)]
        rows.append(row | {"breaches": sum(map(len, broken)), "lists": len(pages)})
    return pd.DataFrame(rows)


def figures(way: str, plans: list[Plan]) -> dict[str, float]:
    return {
        f"kept_{way}": sum(plan.kept for plan in plans),
        f"lines_{way}": sum(len(plan.planned) for plan in plans),
        f"hours_{way}": sum(plan.way for plan in plans) / 60,
    }


def gains() -> pd.Series:
    return studied()["kept_plan"] / studied()["kept_list"] - 1


def test_the_plan_keeps_more_clients_on_every_branch_and_breaks_no_rule() -> None:
    told()

    assert gains().min() >= LEAST
    assert studied()["kept_plan"].sum() / studied()["kept_list"].sum() - 1 >= TOGETHER
    assert studied()["breaches"].sum() == 0


@cache
def told() -> None:
    """Write what was found into the page of results."""
    rows, gain = studied(), gains()
    draws = np.random.default_rng(1).choice(len(rows), (2000, len(rows)))
    again = rows["kept_plan"].to_numpy()[draws].sum(axis=1) / rows["kept_list"].to_numpy()[draws].sum(axis=1) - 1
    low, high = np.quantile(again, [0.025, 0.975])
    whole = rows["kept_plan"].sum() / rows["kept_list"].sum() - 1
    table = [
        [
            str(row.branch),
            f"{row.kept_list:.2f}",
            f"{row.kept_plan:.2f}",
            f"{100 * share:+.1f} %",
            f"{row.lines_list:.0f} and {row.lines_plan:.0f}",
            f"{row.hours_list:.1f} and {row.hours_plan:.1f}",
        ]
        for row, share in zip(rows.itertuples(), gain, strict=True)
    ]
    head = ["branch", "kept, list's order", "kept, plan", "more", "lines with a day", "hours on the way"]
    results.write(
        "visits",
        "The plan of the week beside the order of the list",
        f"`make studies`, {len(rows)} branches drawn from seeds, twenty officers with eight lines each, half the time "
        "that their lists take. Clients expected to be kept, by the prior; the order of the list gives each line in "
        "turn the day on which it costs the least time. Over all branches the plan keeps "
        f"**{100 * whole:.1f} % more** (95 % interval over branches {100 * low:.1f} to {100 * high:.1f} %; at least "
        f"{100 * TOGETHER:g} % asked for), at least {100 * gain.min():.1f} % in each. {rows['proven'].sum()} of "
        f"{rows['lists'].sum()} plans are proven to be the best there are; the checker of rules finds "
        f"{rows['breaches'].sum()} breaches.\n\n{results.table(head, table)}",
    )
