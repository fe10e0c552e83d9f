"""Charts of what clients say: why they left, and how far that agrees with what the data showed before."""

import pandas as pd

from serving.charts.bars import bars
from serving.charts.chart import COUNT, SHARE, Chart, Head
from serving.survey.model_agreement import ModelAgreement
from serving.survey.pooling import FEWEST
from serving.survey.reasons import ROOT, ReasonTable, name_of

_LINKS = {ROOT: "with which it began"}


def of_shares(found: ReasonTable) -> Chart:
    """Share of leavers by primary reason, in the form of IRIS PI9872."""
    rows = [
        {
            "label": f"{each.codes[0]} {name_of(each.codes[0])}" if len(each.codes) == 1 else "all others together",
            "answers": each.answers,
            "value": each.share,
            "low": each.low,
            "high": each.high,
        }
        for each in found.shares
    ]
    table = pd.DataFrame(rows, columns=["label", "answers", "value", "low", "high"])
    table["told"] = [f"{row.label}: {_share(row.value)}" for row in table.itertuples()]
    leavers = "" if found.leavers is None else f"They stand for {found.leavers:,} who left. "
    return bars(
        "reasons",
        f"Why clients say they left: the reason {_LINKS.get(found.link, 'that came last')}",
        f"{found.answers:,} answered, {found.refusals:,} did not want to. {leavers}The first reason is what a client "
        "says, and no proven cause.",
        table,
        {
            "label": Head("Reason"),
            "answers": Head("Answers", COUNT),
            "value": Head("Share of leavers", SHARE),
            "low": Head("from", SHARE),
            "high": Head("to", SHARE),
        },
        across="share of those who left (95 % interval)",
    )


def of_agreement(found: ModelAgreement) -> Chart:
    """How often what the data showed before is in what the client says, beside chance."""
    beyond = found.against_chance
    values = (None, None) if beyond is None else (beyond.hits, beyond.chance)
    table = pd.DataFrame(
        {
            "label": ["one of the model's three drivers", "by chance alone", "a reason data could show at all"],
            "value": pd.Series([*values, found.traceable], dtype="float64"),
        }
    )
    table["told"] = [f"{row.label}: {_share(row.value)}" for row in table.itertuples()]
    said = f"Of {found.clients:,} clients both is known. "
    if beyond is None:
        said += f"Fewer than {FEWEST} agree, or do not, so that nothing is told of how many do."
    else:
        said += (
            f"In {_share(beyond.hits)} of the chains stands one of the model's three drivers, by chance it would be "
            f"{_share(beyond.chance)}: {100 * beyond.gain:.0f} points more "
            f"({100 * beyond.low:.0f} to {100 * beyond.high:.0f})."
        )
    return bars(
        "agreement",
        "What the data showed before she left, in what she says herself",
        said,
        table,
        {"label": Head("In her chain of reasons"), "value": Head("Share of clients", SHARE)},
        across="share of clients",
    )


def _share(value: object) -> str:
    return Head("", SHARE).said(value)
