"""What is known of the model in use, in words that somebody who never trained one can read."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from models.card import MEASURES, NAMES
from serving.analysis.section import Section
from serving.charts.chart import COUNT, SHARE, Chart, Head
from serving.charts.curves import over_time
from serving.charts.foretold import foretold
from training.backtests import SHOWN, Backtest
from training.promotion import Promotion

_PAIRS = (
    "Take one client who left and one who stayed, at random. In {share} of 100 such pairs the model had put the one "
    "who left higher; a coin would be right in 50. This was tried on months after those it had learnt from."
)
_AS_GOOD = "It was compared on the same clients and days with what could be used instead. Above 0 the model is better."
_HONEST = (
    "If it says 20 of 100, between {low:.0f} and {high:.0f} of 100 left, on average: its chances are wrong by "
    "{error:.1f} points."
)


def of_promotions(promoted: list[Promotion]) -> Iterator[Section]:
    """The evidence on which the model in use was promoted, and those before it."""
    if not promoted:
        return
    now = promoted[-1]
    evidence: Mapping[str, Any] = now.evidence
    measure = MEASURES.get(str(evidence["measure"]), str(evidence["measure"]))
    value, error = evidence["value"], float(evidence["calibration_error"]["value"])
    if evidence["measure"] == "auc":
        yield Section("How well it tells who leaves", _PAIRS.format(share=round(100 * float(value["value"]))))
    rows = [[NAMES.get(name, name), *_figures(gain)] for name, gain in evidence["gains"].items()]
    if evidence.get("over_champion"):
        rows.append([NAMES["champion"], *_figures(evidence["over_champion"])])
    yield Section(
        f"Is it better than something simple? {measure} more", _AS_GOOD, ["Beside", "more", "from", "to"], rows
    )
    points = 100 * error
    honest = _HONEST.format(low=max(0.0, 20 - points), high=20 + points, error=points)
    yield Section("Can its chances be taken at their word?", honest)
    yield Section(
        "Models in use so far",
        f"Each was put into use on evidence like this. {measure} as measured then.",
        ["Number", "Since", "Model", measure],
        [[str(each.number), each.on, each.model[:12], _figures(each.evidence["value"])[0]] for each in promoted],
    )


def of_backtest(backtest: Backtest | None) -> Iterator[Chart]:
    """Whether chances came true, and how well clients were told apart on each date of the past; none if unknown."""
    if backtest is None:
        return
    shares = pd.DataFrame(list(backtest.shares)).astype("float64")
    shares["label"] = [str(number + 1) for number in range(len(shares))]
    shares["value"] = shares["came"]
    shares["told"] = [
        f"foretold {_percent(row.foretold)}, {_percent(row.came)} left" for row in shares.itertuples(index=False)
    ]
    known = shares.dropna(subset=["came"])
    if len(known):
        low, high = known.iloc[0], known.iloc[-1]
        yield foretold(
            "foretold",
            "Did it come true?",
            f"Clients on dates the model had not seen, in ten equal parts by the chance it gave them to leave within "
            f"{backtest.horizon} days. Of the tenth it feared least for it said {_percent(low['foretold'])}, and "
            f"{_percent(low['came'])} left; of the tenth it feared most for it said {_percent(high['foretold'])}, and "
            f"{_percent(high['came'])} left. On the dashed line everything comes true.",
            shares,
            {
                "label": Head("Tenth"),
                "clients": Head("Clients", COUNT),
                "foretold": Head("Foretold", SHARE),
                "value": Head("Left", SHARE),
                "low": Head("from", SHARE),
                "high": Head("to", SHARE),
            },
        )
    yield _by_date(backtest)


def of_lists(backtest: Backtest | None) -> Iterator[Section]:
    """What came of those the lists would have held."""
    if backtest is None:
        older = "Not here: the model in use is older than this page. It comes with the next training of a model."
        yield Section("Back-test by date", older)
        return
    found, everybody = backtest.lists["precision"], backtest.lists["everybody"]
    if found["value"] is None or everybody is None:
        return
    said = (
        f"Had each officer been given {backtest.lists['per_officer']} clients a week on those dates, "
        f"{_percent(found['value'])} of the listed clients would have left within {backtest.horizon} days without a "
        f"visit ({_percent(found['low'])} to {_percent(found['high'])}). Of clients taken at random from all who can "
        f"still be visited, {_percent(everybody)} would have."
    )
    yield Section("Are the right clients on the lists?", said)


def _by_date(backtest: Backtest) -> Chart:
    rows = [
        {"period": each["origin"], "series": NAMES.get(name, name), "clients": each["clients"], "left": each["left"]}
        | each[name]
        for each in backtest.dates
        for name in SHOWN
    ]
    table = pd.DataFrame(rows).astype(dict.fromkeys(("value", "low", "high", "clients", "left"), "float64"))
    table["told"] = [f"{row.period}, {row.series}: {_percent(row.value)}" for row in table.itertuples()]
    values = [each[SHOWN[0]]["value"] for each in backtest.dates]
    between = f"between {_percent(min(values))} and {_percent(max(values))}" if len(values) > 1 else _percent(values[0])
    return over_time(
        "backtest",
        "How well it told clients apart, date by date",
        f"For each date a model was trained on what was known then, and judged on what came. Of pairs of one who left "
        f"and one who stayed it put {between} in the right order; a coin does so for 50 %. Beside it stand the simple "
        "ways one could use instead.",
        table,
        {
            "period": Head("Date"),
            "series": Head("Way"),
            "clients": Head("Clients", COUNT),
            "left": Head("Left", COUNT),
            "value": Head("Pairs right", SHARE),
            "low": Head("from", SHARE),
            "high": Head("to", SHARE),
        },
        series=[NAMES.get(name, name) for name in SHOWN],
        places=[str(each["origin"]) for each in backtest.dates],
        lowest=0.5,
    )


def _percent(share: object) -> str:
    return Head("", SHARE).said(share)


def _figures(found: Mapping[str, Any]) -> list[str]:
    return ["–" if found[name] is None else f"{float(found[name]):.3f}" for name in ("value", "low", "high")]
