"""What contacts by the model in use would have earned, by the share of clients contacted."""

from collections.abc import Iterator

import pandas as pd

from models.card import NAMES
from serving.charts.chart import COUNT, NUMBER, SHARE, Chart, Head
from serving.charts.curves import along
from training.backtests import SHOWN, Backtest

_HOW = (
    " Clients within reach of a visit, on the dates of the back-test. A client who stays is taken to be worth {kept:g} "
    "and a contact to cost {visit:g}{incentive}, in one currency; of 100 who would leave, a contact is taken to keep "
    "{chance:.0f}. These are figures of the recipe; whether contacts keep anybody is measured elsewhere."
)


def of_profit(backtest: Backtest | None) -> Iterator[Chart]:
    """The profit by share contacted; none where it is not known."""
    if backtest is None or not backtest.profit:
        return
    found, settings = backtest.profit, backtest.profit["settings"]
    alpha, beta = settings["persuaded_alpha"], settings["persuaded_beta"]
    how = _HOW.format(
        kept=settings["kept_client"],
        visit=settings["visit"],
        incentive=f" besides {settings['incentive']:g} given to whoever stays" if settings["incentive"] else "",
        chance=100 * alpha / (alpha + beta),
    )
    rows = [
        {"at": each["share"], "series": NAMES.get(name, name), "value": each[name]}
        for each in found["earned"]
        for name in SHOWN
    ]
    table = pd.DataFrame(rows).astype({"at": "float64", "value": "float64"})
    table["told"] = [f"{row.at:.0%} contacted, {row.series}: {row.value:.2f}" for row in table.itertuples()]
    yield along(
        "profit",
        "How many are worth a contact?",
        _best(backtest) + how,
        table,
        {"at": Head("Contacted", SHARE), "series": Head("Way"), "value": Head("Earned for each client", NUMBER)},
        series=[NAMES.get(name, name) for name in SHOWN],
        across="share contacted, the highest risk first",
        upwards="earned for each client",
        unit=",.1f",
    )


def _best(backtest: Backtest) -> str:
    best, share, listed = (backtest.profit[name] for name in ("best", "best_share", "listed"))
    said = Head("", NUMBER).said
    if not share or not best["value"]:
        return "By these figures no contact earns what it costs."
    between = f" ({said(best['low'])} to {said(best['high'])})" if best["low"] is not None else ""
    return (
        f"The most is expected to be earned, {said(best['value'])} for each client{between}, with "
        f"{Head('', COUNT).said(100 * share)} of 100 contacted (expected maximum profit). The lists of one week hold "
        f"{Head('', NUMBER).said(100 * listed)} of 100."
    )
