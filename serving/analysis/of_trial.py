"""Charts and tables of the lot: what being listed does, week after week and part by part, and what it cannot say."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from serving.analysis.section import Section
from serving.charts.chart import COUNT, NUMBER, POINTS, SHARE, TEXT, Chart, Head
from serving.charts.curves import over_time
from serving.charts.points import in_order, side_by_side
from serving.effect_tables import TITLES, EffectTables
from serving.experiment.stops import Stop

_MORE = "More stayed, of 100"
_SERIES = "listed against left out"
#: Findings that are read as tables, and their columns in words.
_TABLES: Mapping[str, Mapping[str, Head]] = {
    "reached": {
        "arm": Head("Arm"),
        "clients": Head("Clients", COUNT),
        "reached": Head("Contacted", COUNT),
        "reached_share": Head("Share", SHARE),
        "not_known": Head("Not known", COUNT),
    },
    "kept": {
        "listed": Head("Listed", COUNT),
        "clients_kept": Head("Clients kept", COUNT),
        "low": Head("from", COUNT),
        "high": Head("to", COUNT),
        "contacts": Head("Contacts more", COUNT),
        "cost": Head("Cost", COUNT),
        "cost_per_client": Head("Cost of one kept", COUNT),
        "cost_low": Head("at least", COUNT),
        "cost_high": Head("at most", COUNT),
    },
    "differ": {
        "segment": Head("By"),
        "parts": Head("Parts", COUNT),
        "p": Head("p", NUMBER),
        "p_corrected": Head("p, corrected", NUMBER),
    },
    "power": {
        "share": Head("Left out", SHARE),
        "points": Head("Difference, points", COUNT),
        "weeks": Head("Weeks from now", COUNT),
        "not_listed": Head("Clients left out a week", NUMBER),
    },
    "harm": {
        "segment": Head("Of"),
        "value": Head("Part"),
        "state": Head("Lists"),
        "since": Head("Alarm since"),
        "clients": Head("Clients", COUNT),
        "held_out": Head("Units left out", COUNT),
        "effect": Head("More left, points", POINTS),
        "low": Head("at least", POINTS),
        "todo": Head("What to do"),
    },
    "balance": {
        "covariate": Head("Known when drawn"),
        "listed": Head("Listed", NUMBER),
        "held_out": Head("Left out", NUMBER),
        "difference": Head("Difference, standard deviations", NUMBER),
        "beyond": Head("More than a tenth", TEXT),
    },
    "lost": {
        "arm": Head("Arm"),
        "clients": Head("Clients", COUNT),
        "lost": Head("Without outcome", COUNT),
        "share": Head("Share", SHARE),
    },
}
_WORDS = {"hold_out": "left out by lot", True: "yes", False: "no", "all": "everybody"}


def of_trial(tables: EffectTables) -> Iterator[Chart]:
    """The three charts, each where there is something to draw."""
    for made in (_effect(tables), _weekly(tables), _segments(tables)):
        if made is not None:
            yield made


def sections(tables: EffectTables, stopped: Sequence[Stop]) -> Iterator[Section]:
    """Everything of the page in the order in which it is read."""
    yield Section("Does being listed help?", f"{tables.said} {tables.about}".strip())
    yield from of_stops(stopped)
    charts = {chart.name: chart for chart in of_trial(tables)}
    for name in TITLES:
        if f"trial-{name}" in charts:
            yield Section.of(charts[f"trial-{name}"])
        else:
            yield from of_finding(tables, name)


def of_finding(tables: EffectTables, name: str) -> Iterator[Section]:
    """A finding as a sentence and a table, where there is one."""
    finding = tables.finding(name)
    if finding is not None:
        heads = _TABLES.get(name, {})
        rows = _read(finding.table, heads) if heads else []
        yield Section(TITLES[name], finding.said, [head.title for head in heads.values()], rows, folded="The figures")


def of_stops(stopped: Sequence[Stop]) -> Iterator[Section]:
    """Lists that stopped for harm, where any did."""
    if not stopped:
        return
    rows = [
        [
            each.name,
            each.stopped_on.isoformat(),
            each.said,
            "not yet" if each.lifted_on is None else f"{each.lifted_on} by {each.lifted_by}: {each.changed}",
        ]
        for each in stopped
    ]
    said = (
        "Lists of these parts stopped because more of the listed left than of those left out by lot. Usual service, "
        "complaints and help in need go on. A person lets them begin again, with exitwatch stops lift."
    )
    yield Section("Lists that stopped", said, ["Lists of", "Stopped on", "Why", "Begun again"], rows)


def _read(table: pd.DataFrame, heads: Mapping[str, Head]) -> list[list[str]]:
    told = table[list(heads)].astype(object).itertuples(index=False, name=None)
    return [[head.said(_word(cell)) for head, cell in zip(heads.values(), row, strict=True)] for row in told]


def _word(cell: object) -> object:
    return _WORDS.get(cell, cell) if isinstance(cell, str | bool) else cell


def _stayed(table: pd.DataFrame) -> pd.DataFrame:
    """Effects turned round, so that more is better: how many more stayed."""
    numbers = table.astype(dict.fromkeys(("effect", "low", "high"), "float64"))
    return numbers.assign(value=-numbers["effect"], low=-numbers["high"], high=-numbers["low"])


def _told(table: pd.DataFrame, label: str) -> list[str]:
    head = Head("", POINTS)
    return [
        f"{row[label]}: {head.said(row['value'])} ({head.said(row['low'])} to {head.said(row['high'])})"
        for row in table.to_dict("records")
    ]


_FIGURES: Mapping[str, Head] = {"value": Head(_MORE, POINTS), "low": Head("from", POINTS), "high": Head("to", POINTS)}


def _effect(tables: EffectTables) -> Chart | None:
    finding = tables.finding("effect")
    if finding is None:
        return None
    table = _stayed(finding.table).assign(label=["allowing for risk", "plain"])
    table["told"] = _told(table, "label")
    heads = {
        "label": Head("How"),
        **_FIGURES,
        "listed": Head("Listed", COUNT),
        "held_out": Head("Left out", COUNT),
        "listed_rate": Head("Listed who left", SHARE),
        "held_out_rate": Head("Left out who left", SHARE),
    }
    title, across = TITLES["effect"], "the same, two ways"
    return in_order("trial-effect", title, finding.said, table, heads, across=across, upwards=_MORE, unit="+.0%")


def _weekly(tables: EffectTables) -> Chart | None:
    finding = tables.finding("weekly")
    if finding is None:
        return None
    table = _stayed(finding.table).dropna(subset=["low"]).reset_index(drop=True)
    if table.empty:
        return None
    table = table.assign(period=table["looked_on"].astype(str), series=_SERIES)
    table["told"] = _told(table, "period")
    heads = {
        "period": Head("Looked on"),
        **_FIGURES,
        "clients": Head("Clients", COUNT),
        "held_out": Head("Units left out", COUNT),
    }
    title, places, series = TITLES["weekly"], table["period"].tolist(), [_SERIES]
    return over_time(
        "trial-weekly",
        title,
        finding.said,
        table,
        heads,
        series=series,
        places=places,
        unit="+.0%",
        upwards=_MORE,
    )


def _segments(tables: EffectTables) -> Chart | None:
    finding = tables.finding("segments")
    if finding is None or finding.table["effect"].isna().all():
        return None
    table = _stayed(finding.table)
    table["label"] = [f"{row.segment} {row.value}" for row in finding.table.itertuples()]
    table = table.assign(series=_SERIES)
    table["told"] = _told(table, "label")
    heads = {
        "label": Head("Part"),
        **_FIGURES,
        "listed": Head("Listed", COUNT),
        "held_out": Head("Left out", COUNT),
        "p_corrected": Head("p, corrected", NUMBER),
    }
    title = TITLES["segments"]
    return side_by_side(
        "trial-segments", title, finding.said, table, heads, series=[_SERIES], across=_MORE, unit="+.0%"
    )
