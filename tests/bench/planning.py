"""The plan of the week for many officers: the solver beside the order of the list, on branches drawn from seeds."""

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "serving" / "reference"))

#: Officers of a drawn branch, lines on each list, and the desk's calls.
A_BRANCH, LINES, CALLS = 20, 8, 40


def planned(officers: int) -> dict[str, Any]:
    """Plans of so many lists by each way, and what somebody waits for who opens the page for the first time.

    Raises
    ------
    AssertionError
        A plan of the solver keeps fewer clients than the order of the list.
    """
    from drawn_branches import branch, desk

    from serving.settings import Settings
    from serving.visits.chosen import in_order_of_the_list
    from serving.visits.plan import plan_week
    from serving.visits.what_if import hours_to_try, what_if

    pages, kept = [], {}
    for seed in range(-(-officers // A_BRANCH)):
        drawn, chances, settings = branch(seed, A_BRANCH)
        pages += drawn
        kept |= chances
    pages = pages[:officers]

    def timed(order: Any) -> tuple[list[Any], dict[str, float]]:
        began, worked = time.perf_counter(), time.process_time()
        plans = plan_week(pages, kept, settings, order)
        return plans, {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - worked,
            "kept": sum(plan.kept for plan in plans),
            "proven": sum(plan.proven for plan in plans),
        }

    from serving.visits.solver import solved

    plan_week(pages[:1], kept, settings)  # loads the solver
    ours, by_solver = timed(solved)
    plain, by_list = timed(in_order_of_the_list)
    assert all(each.kept >= least.kept - 1e-9 for each, least in zip(ours, plain, strict=True))
    began = time.perf_counter()
    what_if(pages[:A_BRANCH], kept, settings, hours_to_try(settings.visit_hours_a_day))
    branch_page = time.perf_counter() - began
    calls, chances = desk(1, CALLS)
    began = time.perf_counter()
    what_if([calls], chances, Settings(), hours_to_try(Settings().desk_hours_a_day))
    return {
        "officers": len(pages),
        "lines": sum(len(page.lines) for page in pages),
        "solver": by_solver,
        "list": by_list,
        "branch_page": branch_page,
        "desk_page": time.perf_counter() - began,
    }
