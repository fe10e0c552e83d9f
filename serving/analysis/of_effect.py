"""What a change did, as a chart, and figures of indicators as they are read."""

from collections.abc import Mapping, Sequence

import pandas as pd

from features.indicator import Value
from features.indicators import INDICATORS
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from serving.charts.points import in_order
from serving.effect import Effect
from serving.objectives.values import Figure

_UNITS: Mapping[str, str] = {"share": SHARE, "count": COUNT}


def of_effect(effect: Effect, before: Value, after: Value, unit: str = SHARE) -> Chart:
    """A figure before a change and after it."""
    head = Head("", unit)
    rows = [("before", before.counted, before.value, before.low, before.high)]
    rows.append(("after", after.counted, after.value, after.low, after.high))
    table = pd.DataFrame(rows, columns=["label", "counted", "value", "low", "high"])
    table = table.astype(dict.fromkeys(("value", "low", "high"), "float64"))
    table["told"] = [f"{row.label}: {head.said(row.value)}" for row in table.itertuples()]
    return in_order(
        "effect",
        f"{effect.what}, before the change and after it",
        _said(effect, unit),
        table,
        {
            "label": Head("When"),
            "counted": Head("Of", COUNT),
            "value": Head(effect.what, unit),
            "low": Head("from", unit),
            "high": Head("to", unit),
        },
        across="measured",
        upwards=effect.what,
        zero=False,
        unit="%" if unit == SHARE else ",.1f",
    )


def _said(effect: Effect, unit: str) -> str:
    points = 100 if unit == SHARE else 1
    told = f"{points * effect.change:+.1f}" + (" points" if unit == SHARE else "")
    if effect.low is None or effect.high is None:
        return f"{told}, without an interval. It is an {effect.label}: other things changed too."
    ends = f"{points * effect.low:+.1f} to {points * effect.high:+.1f}"
    sure = "no more than chance" if effect.low <= 0 <= effect.high else "more than chance"
    return f"{told} ({ends}), {sure}. It is an {effect.label}: other things changed too."


def of_measured(figures: Sequence[Figure]) -> pd.DataFrame:
    """Figures as people read them, one row each; what is not known is a dash."""
    rows = []
    for each in figures:
        head = Head("", _UNITS.get(INDICATORS[each.indicator].unit, NUMBER))
        value = each.value
        told = [head.said(figure) for figure in (value.value, value.low, value.high)]
        period = each.from_on.isoformat(), each.until_on.isoformat()
        rows.append([INDICATORS[each.indicator].name, *period, *told, Head("", COUNT).said(value.counted or None)])
    return pd.DataFrame(rows, columns=["Indicator", "From", "Until", "Value", "at least", "at most", "Of how many"])
