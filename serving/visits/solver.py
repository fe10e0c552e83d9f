"""The day of each line by OR-Tools' CP-SAT: most clients kept within the hours, less the worth of the way.

An open complaint goes before everything, then the floor of each branch on the desk's list. The same task gives the
same plan: one worker, a fixed seed, and a limit that counts steps and not seconds.
"""

from collections.abc import Mapping
from datetime import date

from ortools.sat.python import cp_model

from serving.visits.chosen import Chosen, in_order_among_equals, in_order_of_the_list, in_order_within_hours
from serving.visits.ways import Case, How, Task, Way

#: Steps in units of the solver, about a second each on an idle core; one list needs some thousandths.
_LIMIT = 1.0
#: A client kept, in whole numbers; what decides between equals weighs single units. With finer ones the desk's list,
#: on which floors and complaints weigh more than all of these, takes a hundred times as long.
_CLIENT = 10**5
#: Of no worth as far as is known, and yet asked for: it goes after all others, and before an idle hour, however late.
_LEAST = 40
#: A visit beside the meeting she comes to counts for so much less: more than any day gained by it.
_BESIDE_THE_MEETING = 13
#: The most that a day late in the week takes: six days, three times for a complaint.
_LATEST = 18

Key = tuple[str, Way]


def solved(asked: Task) -> Chosen:
    """The best plan of a list, never worse than the list's own order."""
    plain = in_order_of_the_list(asked)
    if not any(case.ways for case in asked.cases):
        return Chosen({}, proven=True)
    model = cp_model.CpModel()
    met = {(case.client_id, way): model.new_bool_var("") for case in asked.cases for way in case.ways}
    for case in asked.cases:
        model.add_at_most_one(met[case.client_id, way] for way in case.ways)
    stops = _stops(model, asked, met)
    _within_the_day(model, asked, met, stops)
    starts = _within_hours(model, asked, met)
    worth = _worth(model, asked, met, stops)
    model.maximize(worth)
    for key, chosen in met.items():
        model.add_hint(chosen, plain.ways.get(key[0]) == key[1])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = _LIMIT
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return plain
    ways = {client: way for (client, way), chosen in met.items() if solver.boolean_value(chosen)}
    begins = {client: solver.value(starts[client, way]) for client, way in ways.items() if (client, way) in starts}
    ways, begins = in_order_among_equals(asked, ways, begins)
    return Chosen(ways, in_order_within_hours(asked, ways, begins), proven=status == cp_model.OPTIMAL)


def _stops(
    model: cp_model.CpModel, asked: Task, met: Mapping[Key, cp_model.IntVar]
) -> dict[tuple[str, date], cp_model.IntVar]:
    """Whether the officer goes to a village on a day for visits alone."""
    found: dict[tuple[str, date], cp_model.IntVar] = {}
    for (_, way), chosen in met.items():
        here = (way.stop, way.day)
        if way.stop and here not in asked.there:
            if here not in found:
                found[here] = model.new_bool_var("")
            model.add_implication(chosen, found[here])
    return found


def _within_the_day(
    model: cp_model.CpModel,
    asked: Task,
    met: Mapping[Key, cp_model.IntVar],
    stops: Mapping[tuple[str, date], cp_model.IntVar],
) -> None:
    for day in sorted({way.day for _, way in met}):
        busy = sum(way.minutes * chosen for (_, way), chosen in met.items() if way.day == day)
        going = sum(asked.travel * goes for (_, on), goes in stops.items() if on == day)
        model.add(busy + going <= asked.minutes)


def _within_hours(
    model: cp_model.CpModel, asked: Task, met: Mapping[Key, cp_model.IntVar]
) -> dict[Key, cp_model.IntVar]:
    """Visits and calls of a day, one after the other, each within the client's hours."""
    if not any(case.own_hours and case.ways for case in asked.cases):
        return {}
    starts: dict[Key, cp_model.IntVar] = {}
    of_day: dict[date, list[cp_model.IntervalVar]] = {}
    for case in asked.cases:
        for way in case.ways:
            if way.how is How.MEETING:
                continue
            key = (case.client_id, way)
            starts[key] = model.new_int_var(case.hours[0], case.hours[1] - way.minutes, "")
            taken = model.new_optional_fixed_size_interval_var(starts[key], way.minutes, met[key], "")
            of_day.setdefault(way.day, []).append(taken)
    for intervals in of_day.values():
        model.add_no_overlap(intervals)
    return starts


def _worth(
    model: cp_model.CpModel,
    asked: Task,
    met: Mapping[Key, cp_model.IntVar],
    stops: Mapping[tuple[str, date], cp_model.IntVar],
) -> cp_model.LinearExpr:
    first = min(way.day for _, way in met)
    cases, values = {case.client_id: case for case in asked.cases}, _values(asked)
    way_costs = max(round(asked.way_worth * asked.travel * _CLIENT), 1)
    # More than all that comes after it together.
    least = (_LATEST + _BESIDE_THE_MEETING) * len(asked.cases)
    floor_counts = 1 + sum(values.values()) + way_costs * len(stops) + least
    complaint_counts = floor_counts * (1 + len(asked.cases))
    terms: list[cp_model.LinearExprT] = [-way_costs * goes for goes in stops.values()]
    for (client, way), chosen in met.items():
        case = cases[client]
        late = (way.day - first).days * (3 if case.complaint else 2 if case.carried_over else 1)
        beside = _BESIDE_THE_MEETING if way.how is How.VISIT and case.meets else 0
        terms.append((complaint_counts * case.complaint + values[client] - late - beside) * chosen)
    if asked.floor:
        terms += [floor_counts * reached for reached in _floors(model, asked, met)]
    return cp_model.LinearExpr.sum(terms)


def _floors(model: cp_model.CpModel, asked: Task, met: Mapping[Key, cp_model.IntVar]) -> list[cp_model.IntVar]:
    """How many lines of each branch are planned, as far as its floor."""
    branches: dict[str, list[Case]] = {}
    for case in asked.cases:
        if case.ways and not case.complaint:
            branches.setdefault(case.branch_id, []).append(case)
    found = []
    for _, cases in sorted(branches.items()):
        reached = model.new_int_var(0, min(asked.floor, len(cases)), "")
        model.add(reached <= sum(met[case.client_id, way] for case in cases for way in case.ways))
        found.append(reached)
    return found


def _values(asked: Task) -> dict[str, int]:
    """What each line counts for: clients kept, and of open complaints the place on the list, the oldest first."""
    lines = len(asked.cases)
    return {
        case.client_id: _LEAST * (lines - before) if case.complaint else max(round(case.kept * _CLIENT), _LEAST)
        for before, case in enumerate(asked.cases)
    }
