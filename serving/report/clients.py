"""Who leaves, in which ways, and how long clients last."""

from collections.abc import Iterator

import pandas as pd

from serving.analysis import of_measures
from serving.charts.bars import bars, differences
from serving.charts.chart import COUNT, NOT_SHOWN, NUMBER, POINTS, SHARE, Head
from serving.kept_measures import KeptMeasures
from serving.measures_told import POINTED_OUT, WAYS
from serving.report.known import Known
from serving.report.part import Part, Piece, crossed, figure, of_chart

_LASTING = {"value": Head("", SHARE), "low": Head("", SHARE)}
_CYCLE = "loan number"
_SMALL = "Numbers under 20, and others from which they could be worked out, are not shown."


def of_leavers(known: Known) -> Part:
    """Segments that surely differ from all others, and the ways in which clients went."""
    looked = known.kept.tables["differences"]
    said = (
        "Each segment is held against all other clients, and what is shown is surely different even after so many "
        "looks (Holm). A difference is an association and no cause: clients of one segment differ in other ways too."
    )
    pieces = [*_different(known.kept), *_ways(known.kept)]
    if not looked:
        said = (
            "No segment can be held against the others yet: it takes a final period with enough clients in each part, "
            "and columns such as area, client_type or branch_id in the book (docs/book.md)."
        )
    elif surely(known.kept).empty:
        said = f"Of {len(looked)} parts of the clients none surely leaves more or less than all others. " + said
    return Part("Who leaves", [said], pieces)


def surely(kept: KeptMeasures) -> pd.DataFrame:
    """Segments that surely differ: as they were kept, with a label."""
    rows = pd.DataFrame(list(kept.tables["differences"]))
    if rows.empty:
        return rows
    sure = rows[rows["p"] < POINTED_OUT]
    titles = sure["title"].str.removesuffix(" of the loan that ended").replace("how many loans until then", _CYCLE)
    return sure.assign(label=titles + ": " + sure["value"].astype(str)).reset_index(drop=True)


def _different(kept: KeptMeasures) -> Iterator[Piece]:
    sure = surely(kept)
    if sure.empty:
        return
    period = sure["period"].iloc[0]
    told = [f"{label}: {100 * more:+.1f} points" for label, more in zip(sure["label"], sure["difference"], strict=True)]
    more, fewer = (int((sign * sure["difference"] > 0).sum()) for sign in (1, -1))
    yield of_chart(
        differences(
            "surely-different",
            f"Who surely leaves more or less than all others, {period}",
            f"{len(sure)} of {len(kept.tables['differences'])} parts of the clients surely differ: {more} leave more, "
            f"{fewer} leave less.",
            sure.assign(value=sure["difference"], sure=True, told=told),
            {
                "label": Head("Part"),
                "deciders": Head("Decisions", COUNT),
                "exit": Head("Left per decision", SHARE),
                "rest": Head("All others", SHARE),
                "value": Head("Difference, points", POINTS),
                "low": Head("from", POINTS),
                "high": Head("to", POINTS),
                "p": Head("p, corrected", NUMBER),
            },
            across="points more or less than all others",
        ),
        without=("p",),
    )


def _ways(kept: KeptMeasures) -> Iterator[Piece]:
    rows = [row for row in kept.tables["leaver_types"] if row["by"] == "year" and row["maturity"] == "final"]
    years = sorted({str(row["period"]) for row in rows})
    if not years:
        return
    here = [row for row in rows if row["period"] == years[-1]]
    shown = sorted((row for row in here if row["out"] is not None), key=lambda row: -float(str(row["out"])))
    hidden = [row for row in here if row["out"] is None]
    names = [WAYS.get(str(row["value"]), str(row["value"])) for row in (*shown, *hidden)]
    table = pd.DataFrame({"label": names, "value": [row["out"] for row in (*shown, *hidden)]})
    table = table.astype({"value": "float64"})
    table["told"] = [f"{row.label}: {row.value}" for row in table.itertuples()]
    title = f"How clients went in {years[-1]}"
    heads = {"label": Head("Way"), "value": Head("Clients", COUNT)}
    said = f"{_SMALL} {len(hidden)} ways are hidden for that reason." if hidden else _SMALL
    if not shown:
        yield Piece(title, f"{_SMALL} All ways of the year are hidden for that reason.")
        return
    yield of_chart(bars("ways", title, said, table, heads, unit=",.0f", across="clients"))


def of_lasting(known: Known) -> Part:
    """How long clients last: all together as curves, those who came in each year as a table."""
    said = (
        "Counted from the first loan: Kaplan-Meier for who is still there, Aalen-Johansen for the ways to go, with "
        "95 % intervals. Clients still there count as long as they were watched and no longer."
    )
    charts = list(of_measures.of_cohorts(known.kept))
    if not charts:
        said = "Not known yet: it takes at least 20 clients who left and 20 who are still there. Take a longer book."
        return Part("How long clients last", [said])
    return Part("How long clients last", [said], [crossed(charts[0], "days"), *_by_year(known.kept)])


def _by_year(kept: KeptMeasures) -> Iterator[Piece]:
    rows = pd.DataFrame(list(kept.tables["survival"]))
    rows = rows[(rows["curve"] == "still_there") & (rows["cohort"] != "all clients")]
    if rows.empty:
        return
    cells = {(row["cohort"], row["days"]): figure(row, _LASTING) for row in rows.to_dict("records")}
    days = sorted(rows["days"].unique())
    clients = rows.drop_duplicates("cohort").set_index("cohort")["clients"]
    yield Piece(
        "Still there, by the year in which they came",
        "A year that keeps fewer of its clients than those before it is worth a question. A dash is not known yet, or "
        "hidden.",
        heads=["Clients", "who came", *(f"after {day} days" for day in days)],
        rows=[
            [str(name), f"{count:,.0f}", *(cells.get((name, day), NOT_SHOWN) for day in days)]
            for name, count in clients.items()
        ],
    )
