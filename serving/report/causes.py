"""What weighs on clients by the data, and why they say they left."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from serving.analysis import of_drivers
from serving.charts.bars import bars
from serving.charts.chart import COUNT, SHARE, Head
from serving.report.known import Known
from serving.report.part import Part, Piece, of_chart
from serving.survey.reasons import ReasonTable, name_of

#: So many drivers are shown, those that carry most.
MOST_DRIVERS = 10
_NO_WIN = "no quick win stands out"
_ASSOCIATION = (
    "These are associations in the data, not causes: what a driver carries is not what acting on it would save."
)


def of_weighing(known: Known) -> Part:
    """Drivers of the whole book and the quick wins among them."""
    title, summary = "What weighs on clients", known.summary
    if summary is None:
        return Part(title, [f"No drivers were kept on {known.as_of}; “exitwatch weekly” keeps them beside the scores."])
    if summary["missing"] is not None:
        return Part(title, [f"It could not be computed on {known.as_of}: {summary['missing']}."])
    whole = _whole(summary)
    left_out = len(whole["drivers"]) - MOST_DRIVERS
    said = [_ASSOCIATION]
    if left_out > 0:
        said.append(
            f"The {MOST_DRIVERS} drivers that carry most are shown; {left_out} more carry less and stand on the page "
            "Drivers."
        )
    cut = {**summary, "parts": [{**whole, "drivers": whole["drivers"][:MOST_DRIVERS]}]}
    charts = {chart.name: chart for chart in of_drivers.of_parts(cut)}
    pieces = [of_chart(charts["carried-0"])] if "carried-0" in charts else []
    if "quick-wins" in charts:
        board = of_chart(charts["quick-wins"], words=(1, 2, 5, 6, 8), without=("action",))
        pieces.append(replace(board, rows=[[cell.replace("_", " ") for cell in row] for row in board.rows]))
    return Part(title, said, pieces)


def quick_win(known: Known) -> str:
    """The first quick win, in words."""
    if known.summary is None or known.summary["missing"] is not None:
        return _NO_WIN
    charts = {chart.name: chart for chart in of_drivers.of_parts({**known.summary, "parts": [_whole(known.summary)]})}
    if "quick-wins" not in charts:
        return _NO_WIN
    board = charts["quick-wins"].table
    wins = board[board["quadrant"] == "quick win"]
    if wins.empty:
        return _NO_WIN
    first = wins.iloc[0]
    who, action = str(first["who"]).replace("_", " "), str(first["action"]).rstrip(".")
    return (
        f"the first quick win is “{first['name']}” (an association, no cause), where the {who} can begin so: "
        f"{action[:1].lower()}{action[1:]}"
    )


def _whole(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(part for part in summary["parts"] if not part["branch"])


def of_asked(known: Known) -> Part:
    """Why clients say they left: the newest sample that is asked out, and the last whole year."""
    said = [
        "By their own account, in the form of IRIS PI9872: the share of answers that name each primary reason. It is "
        "what clients say, and no proven cause. Whole years and finished samples alone are told: from tables of which "
        "one has an answer more than the other, that answer could be worked out."
    ]
    pieces: list[Piece] = []
    if known.sampled is not None:
        pieces += _reasons("sampled", f"Random sample {known.sample}", known.sampled)
    pieces += _reasons("asked", f"Asked in {known.asked_in}, samples aside", known.asked)
    if not any(piece.rows for piece in pieces):
        said.append(
            "There are too few answers to tell any reason. Draw a sample of leavers with “exitwatch survey sample”, "
            "ask them, and enter what they say with “exitwatch survey import” (docs/survey.md)."
        )
    return Part("What clients say", said, pieces)


def _reasons(name: str, title: str, found: ReasonTable) -> Iterator[Piece]:
    if not found.shares:
        return
    labels = ["; ".join(name_of(code) for code in share.codes) for share in found.shares]
    table = pd.DataFrame(
        {
            "label": labels,
            "answers": [share.answers for share in found.shares],
            "value": [share.share for share in found.shares],
            "low": [share.low for share in found.shares],
            "high": [share.high for share in found.shares],
            "told": [f"{label}: {100 * share.share:.1f} %" for label, share in zip(labels, found.shares, strict=True)],
        }
    )
    leavers = "" if found.leavers is None else f"{found.leavers:,} left in its period. "
    refusals, own = ("too few to say" if n is None else f"{n:,}" for n in (found.refusals, found.by_own_officer))
    said = (
        f"{leavers}{found.answers:,} interviews with consent; did not want to answer: {refusals}; "
        f"asked by the client's own officer: {own}."
    )
    heads = {
        "label": Head("Reason"),
        "answers": Head("Answers", COUNT),
        "value": Head("Share", SHARE),
        "low": Head("from", SHARE),
        "high": Head("to", SHARE),
    }
    made = of_chart(bars(f"reasons-{name}", title, said, table, heads, across="share of answers"))
    yield replace(made, note=f"{title}. {' '.join(found.footnotes)}")
