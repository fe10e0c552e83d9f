"""A report put together: its parts in order, and what stands out of them all."""

import textwrap
from collections.abc import Sequence
from typing import Any

from serving.charts.chart import POINTS, Head
from serving.documents.pdf import as_report
from serving.report.acting import of_loop, of_objectives
from serving.report.causes import of_asked, of_weighing, quick_win
from serving.report.clients import of_lasting, of_leavers, surely
from serving.report.known import Known
from serving.report.part import Part, Piece
from serving.report.rates import of_rates
from serving.report.trial import of_lists
from serving.report.trust import of_glossary, of_trust

#: Width in pixels for which charts are drawn, so that their letters are as large as those of the tables.
ON_PAPER = 720
#: No head of a column is broken into lines shorter than this.
_SHORTEST_HEAD = 14
#: Signs that stand beside each other in a table over the whole page, and between two of its columns.
_ROOM, _BETWEEN = 116, 3
#: A column of words with no more signs is not broken; one with more signs gets no more room than for these.
_SHORT, _WIDEST = 17, 60
_IN_THE_TABLE = "The figures stand in the table below."


def parts(known: Known) -> list[Part]:
    """Everything a report says, in order."""
    return [
        of_rates(known, _stands_out(known)),
        of_leavers(known),
        of_lasting(known),
        of_weighing(known),
        of_asked(known),
        of_objectives(known),
        of_loop(known),
        of_lists(known),
        of_trust(known),
        of_glossary(),
    ]


def printed(known: Known, institution: str) -> bytes:
    """A report as PDF. The same inputs give the same bytes."""
    made = parts(known)
    pictures = {piece.chart.name: piece.chart.svg(ON_PAPER) for part in made for piece in part.pieces if piece.chart}
    data = {
        "title": f"Clients who leave: report of {known.month}",
        "month": known.month,
        "institution": institution,
        "known": f"As known on {known.as_of}. Confidential: for analysts and head office.",
        "parts": [_part(part) for part in made],
    }
    return as_report(data, pictures)


def _stands_out(known: Known) -> str:
    """Who surely leaves more, and what could be done first."""
    sure = surely(known.kept)
    more = sure[sure["difference"] > 0] if len(sure) else sure
    first = "No part of the clients surely leaves more than all others"
    if len(more):
        most = more.sort_values(["difference", "label"], ascending=[False, True]).iloc[0]
        points = Head("", POINTS).said(most["difference"])
        first = f"Clients of “{most['label']}” surely leave most: {points} points above all others"
    win = quick_win(known)
    return f"{first}; {win}."


def _part(part: Part) -> dict[str, Any]:
    return {"title": part.title, "said": list(part.said), "pieces": [_piece(piece) for piece in part.pieces]}


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "title": piece.title,
        "said": piece.said,
        "picture": "" if piece.chart is None else piece.chart.name,
        "told": f"{piece.title}. {piece.said} {_IN_THE_TABLE}",
        "heads": [_lines(head, [row[place] for row in piece.rows]) for place, head in enumerate(piece.heads)],
        "rows": [list(row) for row in piece.rows],
        "words": list(piece.words),
        "widths": _widths(piece),
        "facts": _facts(piece.facts),
        "note": piece.note,
    }


def _lines(head: str, cells: Sequence[str]) -> list[str]:
    """The head of a column, in lines no longer than what stands in it."""
    return textwrap.wrap(head, max(_SHORTEST_HEAD, *map(len, cells)), break_long_words=False) if cells else [head]


def _widths(piece: Piece) -> list[int]:
    """Shares of the room there is that columns of words get; 0 for those, and for tables, that need no more."""
    longest = [max(map(len, cells)) for cells in zip(*piece.rows, strict=True)]
    if sum(longest) + _BETWEEN * len(longest) <= _ROOM:
        return [0] * len(longest)
    return [min(size, _WIDEST) if place in piece.words and size > _SHORT else 0 for place, size in enumerate(longest)]


def _facts(facts: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(name, list(said)) for name, said in facts]
