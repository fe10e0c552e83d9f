"""Tables of what was measured: printed, and as the page `docs/benchmarks.md`."""

import itertools
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psutil

Found = Mapping[str, Any]

#: Clients of the largest book that is asked for.
FULL = 1_000_000


def printed(part: str, found: Found) -> str:
    """One part as text."""
    parts = {"snapshot": _snapshot, "measures": _measures, "explain": _explain, "score": _score}
    return {**parts, "weekly": _weekly, "load": _load, "visits": _visits}[part](found)


def page(found: Mapping[str, Found], day: str) -> str:
    """The whole page.

    Parameters
    ----------
    found
        What was measured, by part.
    day
        Written on the page.
    """
    memory = psutil.virtual_memory().total / 1e9
    head = (
        "# Benchmarks\n\n"
        f"Measured on {day} by `make bench` on {os.cpu_count()} cores and {memory:.0f} GB of memory; written by the "
        "run. Parts left\nout by `--only` are those of the last run in the same folder. Every figure comes from a "
        "process of its own. Memory is the\nlargest resident memory of that process, in GB of 10^9 bytes. Ratios are "
        "the other's figure divided by ours: above 1 ours\nis the faster or the smaller, below 1 the other is.\n"
    )
    loads = sorted(_loads(found))
    if loads[-1] > 1:
        head += (
            f"\nOther work shared the cores: when the pieces began, {loads[0]:.1f} to {loads[-1]:.1f} processes were "
            "running or waiting.\nTimes are longer by that than on a quiet machine. CPU seconds suffer less, but they "
            "do move: a ratio near 1 says that\nneither is plainly ahead. Memory is not touched.\n"
        )
    largest = max(found["weekly"]["book_clients"], *(each["clients"] for each in found["snapshot"]["sizes"]))
    if largest < FULL:
        head += (
            f"\nNot measured here: {FULL:,} clients. This run was told to stop at {largest:,}; `make bench` without "
            "options goes on.\n"
        )
    titles = {
        "snapshot": "Features: the SQL beside idiomatic pandas",
        "measures": "Measures of exit: the SQL beside pandas",
        "explain": "Explanation: beside shap.TreeExplainer",
        "score": "Scoring: beside MLflow's pyfunc",
        "weekly": "The whole weekly run",
        "load": "The server under load",
        "visits": "The plan of the week: the solver beside the order of the list",
    }
    return head + "".join(f"\n## {title}\n\n{printed(part, found[part])}\n" for part, title in titles.items())


def _loads(found: object) -> Iterator[float]:
    """Every load that was noted, however deep it lies."""
    if isinstance(found, Mapping):
        if isinstance(found.get("load"), float):
            yield found["load"]
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _loads(each)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---' if n == 0 else '---:' for n in range(len(head)))}|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _ratio(other: float, ours: float) -> str:
    return f"{other / ours:.2f}" if other / ours < 10 else f"{other / ours:.0f}"


def _growth(sizes: Sequence[float], figures: Sequence[float]) -> str:
    """Slope of log(figure) over log(size): 1 doubles with the size, 0 does not move."""
    known = [(math.log(s), math.log(f)) for s, f in zip(sizes, figures, strict=True) if math.isfinite(f)]
    if len(known) < 2:
        return "-"
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(known)]
    return ", ".join(f"{slope:.2f}" for slope in slopes)


def _snapshot(found: Found) -> str:
    rows, sizes = [], [each["clients"] for each in found["sizes"]]
    for each in found["sizes"]:
        ours, theirs = each["in_sql"], each["in_pandas"]
        done = not theirs["unfinished"] and not ours["unfinished"]
        rows.append(
            [
                f"{each['clients']:,}",
                f"{each['book_rows']:,}",
                f"{ours['clients']:,}" if not ours["unfinished"] else "-",
                ours["unfinished"] or f"{ours['seconds']:.1f}",
                theirs["unfinished"] or f"{theirs['seconds']:.1f}",
                _ratio(theirs["seconds"], ours["seconds"]) if done else "-",
                f"{ours['cpu_seconds']:.1f}" if not ours["unfinished"] else "-",
                f"{theirs['cpu_seconds']:.1f}" if not theirs["unfinished"] else "-",
                _ratio(theirs["cpu_seconds"], ours["cpu_seconds"]) if done else "-",
                f"{ours['peak']:.2f}",
                f"{theirs['peak']:.2f}",
                _ratio(theirs["peak"], ours["peak"]) if done else "-",
            ]
        )
    head = ["clients", "rows of the book", "at risk", "SQL, s", "pandas, s", "ratio"]
    head += ["SQL, CPU s", "pandas, CPU s", "ratio", "SQL, GB", "pandas, GB", "ratio"]
    grows = [
        [
            what,
            *(_growth(sizes, [each[way].get(what, math.nan) for each in found["sizes"]]) for way in WAYS),
        ]
        for what in ("seconds", "cpu_seconds", "peak")
    ]
    first = found["agreed"][0]
    days = " and ".join(each["as_of"] for each in found["agreed"])
    largest = max(each["largest"] for each in found["agreed"])
    return "\n".join(
        [
            f"All {first['features']} features of the catalogue, for all clients at risk, from reading the Parquet "
            "files to the finished table. The pandas",
            "side (`tests/bench/pandas_features`) is vectorised throughout and given every favour: it reads only the "
            "columns it needs,",
            "ids become whole numbers at once, money whole cents, text categories. It uses one core, as pandas does; "
            "the SQL uses all.",
            f"On the book of {sizes[0]:,} clients the two agree on {days} in every figure ({first['figures']:,} known "
            f"ones on the first day) to 1e-9,",
            f"and on which figures are not known; the largest difference is {largest:.1e}.",
            "",
            _table(head, rows),
            "",
            "How each grows from size to size (slope of the logarithms: 1 means ten times the clients cost ten times "
            "as much):",
            "",
            _table(["figure", "SQL", "pandas"], grows),
            "",
            "A pandas side that does not finish was stopped at 15 minutes or 16 GB. Sizes up to 20,000: the best of "
            "three runs; above: one.",
        ]
    )


def _measures(found: Found) -> str:
    ours, theirs = found["ours"], found["theirs"]
    rows = [
        [
            name,
            each["unfinished"] or f"{each['seconds']:.1f}",
            f"{each.get('cpu_seconds', math.nan):.1f}",
            f"{each['peak']:.2f}",
            f"{each.get('rows', 0):,}",
        ]
        for name, each in (("all measures, SQL", ours), ("F5 of everybody and by area alone, pandas", theirs))
    ]
    return "\n".join(
        [
            f"{found['clients']:,} clients, {found['weeks'] / 52:.0f} years, {found['book_rows']:,} rows of the book. "
            "All periods, formulas, segments, "
            "curves, differences and the suppression of small",
            f"numbers, beside a vectorised pandas that counts decisions and exits by month and area and nothing else; "
            f"both count the same in all {found['months']} final months.",
            "",
            _table(["what", "s", "CPU s", "GB", "rows of the tables"], rows),
        ]
    )


WAYS = ("in_sql", "in_pandas")


def _explain(found: Found) -> str:
    ours, theirs, rows = found["ours"], found["theirs"], found["rows"]
    return "\n".join(
        [
            f"{rows:,} rows, {found['features']} features, {found['trees']} trees, the same LightGBM model and rows; "
            "exact path-dependent TreeSHAP by both.",
            "",
            _table(
                ["way", "s", "rows per s", "CPU s", "rows per CPU s"],
                [
                    [
                        "models.explanation",
                        f"{ours['seconds']:.1f}",
                        f"{rows / ours['seconds']:,.0f}",
                        f"{ours['cpu_seconds']:.1f}",
                        f"{rows / ours['cpu_seconds']:,.0f}",
                    ],
                    [
                        f"shap.TreeExplainer {found['version']}",
                        f"{theirs['seconds']:.1f}",
                        f"{rows / theirs['seconds']:,.0f}",
                        f"{theirs['cpu_seconds']:.1f}",
                        f"{rows / theirs['cpu_seconds']:,.0f}",
                    ],
                    [
                        "ratio",
                        _ratio(theirs["seconds"], ours["seconds"]),
                        _ratio(theirs["seconds"], ours["seconds"]),
                        _ratio(theirs["cpu_seconds"], ours["cpu_seconds"]),
                        _ratio(theirs["cpu_seconds"], ours["cpu_seconds"]),
                    ],
                ],
            ),
            "",
            f"Largest difference between the two: {found['largest']:.1e} log-odds; base plus contributions miss the "
            f"margin by {found['miss']:.1e} at most.",
        ]
    )


def _score(found: Found) -> str:
    one, everybody, sent, n = found["one"], found["all"], found["posted"], found["clients"]
    return "\n".join(
        [
            f"Risk, risk of being pushed out and margin from finished features; the same registered model "
            f"({found['trees']} trees in all), MLflow {found['mlflow']}. Equal to the bit.",
            "",
            _table(
                ["what", "exitwatch", "MLflow pyfunc", "ratio"],
                [
                    [
                        "one client, ms (median)",
                        f"{one['ours']:.2f}",
                        f"{one['theirs']:.2f}",
                        _ratio(one["theirs"], one["ours"]),
                    ],
                    [
                        f"{n:,} clients, s (best of 3)",
                        f"{everybody['ours']:.2f}",
                        f"{everybody['theirs']:.2f}",
                        _ratio(everybody["theirs"], everybody["ours"]),
                    ],
                    [
                        "clients per s",
                        f"{n / everybody['ours']:,.0f}",
                        f"{n / everybody['theirs']:,.0f}",
                        _ratio(everybody["theirs"], everybody["ours"]),
                    ],
                ],
            ),
            "",
            f"From raw history (the first has {sent['rows']} rows) to number, curve, contributions and reasons through "
            "`POST /v1/score`, without a socket:",
            f"{sent['one']:.0f} ms for one client (median of {sent['clients']}), "
            f"{sent['together'] / sent['clients']:.1f} ms each for {sent['clients']} together; at most "
            f"{sent['largest']:.0e} from the batch's risk. MLflow's pyfunc",
            "has no counterpart: it takes finished features.",
        ]
    )


def _weekly(found: Found) -> str:
    if found["unfinished"]:
        return str(found["unfinished"])
    cpu = found["stages_cpu"]
    stages = [[name, f"{seconds:.1f}", f"{cpu[name]:.1f}"] for name, seconds in found["stages"].items()]
    stages.append(["**in all**", f"**{found['seconds']:.1f}**", f"**{found['cpu_seconds']:.1f}**"])
    rate = found["clients"] / found["stages"]["contributions by driver, exact"]
    return "\n".join(
        [
            f"A book of {found['book_clients']:,} clients ({found['book_rows']:,} rows), {found['clients']:,} of them "
            f"at risk: **{found['seconds'] / 60:.1f} minutes, {found['cpu_seconds'] / 60:.1f} CPU minutes and "
            f"{found['peak']:.1f} GB**",
            "(aim for 1,000,000 clients on 2 cores: under 6 minutes and 12 GB). Check of the whole book, scores with "
            "exact contributions for everybody,",
            f"{found['lines']:,} lines on the lists of {found['officers']:,} officers and {found['desk_lines']:,} for "
            "the desk, with sentences and what changed since last week. It is",
            "the first run of a home: the features of a week ago are not kept yet and are computed too.",
            "",
            _table(["stage", "s", "CPU s"], stages),
            "",
            f"Contributions are computed for {rate:,.0f} clients per second.",
        ]
    )


def _load(found: Found) -> str:
    if found["unfinished"]:
        return str(found["unfinished"])
    rows = [
        [name, f"{each['p50']:.1f}", f"{each['p95']:.1f}", f"{each['p99']:.1f}", f"{each['most']:.0f}"]
        for name, each in found["steady"].items()
    ]
    ours, theirs = found["ours"]["clients_per_second"], found["theirs"]["clients_per_second"]
    return "\n".join(
        [
            f"{found['clients']:,} clients scored in each of {found['weeks']} weeks; {found['rate']} requests a second "
            "from the same machine, each sent when due whatever the earlier ones took. Officers ask in turn; clients "
            "are drawn by chance and none is asked for twice,",
            "each one read from the operational database and written to the audit log. Aim: p99 under 50 ms for lists "
            "and page, under 100 ms for a client's risk.",
            "",
            _table(["milliseconds", "p50", "p95", "p99", "most"], rows),
            "",
            f"Scoring over HTTP, {found['batch']} clients a request, two requests at a time: {ours:,.0f} clients per "
            f"second from raw history with reasons by",
            f"`POST /v1/score`; {theirs:,.0f} from finished features, without reasons, by `mlflow models serve` with "
            f"the same model. Ratio (ours divided by theirs): {ours / theirs:.2f}.",
        ]
    )


def _visits(found: Found) -> str:
    if found["unfinished"]:
        return str(found["unfinished"])
    solver, plain = found["solver"], found["list"]
    rows = [
        [name, f"{each['seconds']:.1f}", f"{each['cpu_seconds']:.1f}", f"{each['kept']:.1f}"]
        for name, each in (("OR-Tools, CP-SAT", solver), ("one line after the other, by the list", plain))
    ]
    rows.append(["ratio", *(_ratio(plain[name], solver[name]) for name in ("seconds", "cpu_seconds")), "-"])
    return (
        f"{found['lines']:,} lines of {found['officers']:,} officers, on branches drawn from seeds whose officers have "
        "half the time their lists take\n(aim: under a minute on 2 cores). One core. "
        f"{solver['proven']:,} plans are proven to be the best there are; all together keep "
        f"**{100 * (solver['kept'] / plain['kept'] - 1):.1f} %** more clients, as expected.\n\n"
        + _table(["way", "s", "CPU s", "clients expected to be kept"], rows)
        + "\n\nWhoever opens the page first waits for six plans with other hours: "
        f"{found['branch_page']:.1f} s for a branch of 20 officers, {found['desk_page']:.1f} s for a desk with 40 "
        "calls; after that they are\nheld in memory."
    )
