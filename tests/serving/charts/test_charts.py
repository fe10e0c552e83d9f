"""A chart says what its table says, to everybody: on a phone, in grey, and to those who do not see it."""

import html
import re
from datetime import date
from xml.etree import ElementTree

import pandas as pd
import pytest

from serving.charts.bars import bars, board, differences
from serving.charts.chart import COLOURS, DASHES, NARROW, SHARE, SIGNS, WIDE, Chart, Head
from serving.charts.curves import along, by_day, over_time
from serving.charts.foretold import foretold
from serving.charts.pictures import Pictures
from serving.charts.points import in_order, side_by_side
from serving.charts.progress import progress
from serving.charts.split import split
from serving.charts.tenths import around_event, tenths
from serving.charts.trajectory import trajectory

PERIODS = ["2024-01", "2024-02", "2024-03"]
OVER_TIME = pd.DataFrame(
    {
        "period": PERIODS * 2,
        "series": ["F1"] * 3 + ["F5"] * 3,
        "value": [0.10, 0.12, None, 0.20, 0.21, 0.19],
        "low": [None, None, None, 0.18, 0.19, 0.16],
        "high": [None, None, None, 0.22, 0.24, 0.22],
    }
)
STEPS = pd.DataFrame(
    {"days": [0, 90, 180], "series": "all", "value": [1.0, 0.8, 0.6], "low": [1.0, 0.7, 0.5], "high": [1.0, 0.9, 0.7]}
)
COURSE = pd.DataFrame(
    {
        "day": ["2023-12-31", "2024-12-31", "2024-06-30"],
        "series": ["asked for", "asked for", "measured"],
        "value": [0.6, 0.8, 0.71],
        "low": [None, None, 0.66],
        "high": [None, None, 0.76],
    }
)
SIDE_BY_SIDE = pd.DataFrame(
    {
        "label": ["Kisumu", "<b>Homa & Bay</b>"],
        "code": ["OFF-1", "ARR-1"],
        "value": [0.2, 0.1],
        "low": [0.1, 0.05],
        "high": [0.3, 0.2],
        "sure": [True, False],
        "ease": [1.0, 2.0],
        "impact": [30.0, 40.0],
        "clients": [40.0, 50.0],
        "foretold": [0.15, 0.12],
        "one": [0.5, -0.1],
        "other": [-0.3, 0.2],
    }
)


def told(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return table.assign(told=[" ".join(map(str, row)) for row in table[list(columns)].itertuples(index=False)])


def charts() -> dict[str, Chart]:
    side, heads = told(SIDE_BY_SIDE, "label", "value"), {"label": Head("Branch"), "value": Head("Share", SHARE)}
    says = "c", "Exit", "It falls."
    return {
        "over time": over_time(
            *says,
            told(OVER_TIME, "period", "series", "value"),
            {"period": Head("Month"), "value": Head("Share", SHARE)},
            series=["F1", "F5"],
            places=PERIODS,
        ),
        "by day": by_day(
            *says,
            told(STEPS, "days", "value"),
            {"days": Head("Days"), "value": Head("Share", SHARE)},
            series=["all"],
            across="days",
            marked=120,
        ),
        "along": along(
            *says,
            told(OVER_TIME.dropna(subset=["value"]).assign(at=[0.0, 0.1, 0.0, 0.1, 0.2]), "at", "series", "value"),
            {"at": Head("Growth", SHARE), "value": Head("Share", SHARE)},
            series=["F1", "F5"],
            across="growth",
            upwards="share",
        ),
        "in order": in_order(*says, side, heads, across="branch", upwards="share"),
        "side by side": side_by_side(
            *says,
            told(OVER_TIME.rename(columns={"period": "label"}), "label", "series", "value"),
            {"label": Head("Month"), "value": Head("Share", SHARE)},
            series=["F1", "F5"],
            across="share",
        ),
        "trajectory": trajectory(
            *says,
            told(COURSE, "day", "value"),
            {"day": Head("Day"), "value": Head("Share", SHARE)},
            today=date(2024, 7, 2),
        ),
        "bars": bars(*says, side, heads),
        "differences": differences(*says, side, heads, across="points"),
        "progress": progress(*says, side.assign(asked=[0.5, 0.6]), heads, across="share of the way"),
        "tenths": tenths(*says, side, heads, across="days", apart="not known"),
        "around an event": around_event(
            *says, side, heads, places=["Kisumu", "it happened", "<b>Homa & Bay</b>"], event="it happened"
        ),
        "split": split(
            *says, side, heads, columns={"one": "One", "other": "Other"}, sum_of_both="Both", across="log-odds"
        ),
        "foretold": foretold(*says, side, heads),
        "board": board(*says, told(SIDE_BY_SIDE, "code", "impact"), heads, across="easy", upwards="exits"),
    }


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("kind", list(charts()))
def test_each_mark_says_what_its_row_says_and_there_is_a_mark_for_each_figure(kind: str, width: int) -> None:
    chart = charts()[kind]

    said = {html.unescape(label) for label in re.findall(r'aria-label="([^"]*)"', chart.svg(width))}

    known = chart.table.dropna(subset=["value"])
    assert len(known)
    assert set(known["told"]) <= said
    assert not said & set(chart.table.loc[chart.table["value"].isna(), "told"])


@pytest.mark.parametrize("kind", list(charts()))
def test_a_drawing_is_whole_fits_its_width_and_points_nowhere(kind: str) -> None:
    for width in (NARROW, WIDE):
        drawn = charts()[kind].svg(width)

        top = ElementTree.fromstring(drawn)  # noqa: S314 - our own drawing
        assert float(top.attrib["width"]) <= width
        assert not re.search(r"""(?:href|src)=["'](?!#)|url\((?!#)|<script|style=""", drawn)
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawn)]
        assert sizes
        assert min(sizes) >= 11


@pytest.mark.parametrize("length", range(35, 45))
def test_a_long_name_is_cut_wherever_its_signs_end(length: int) -> None:
    named = told(SIDE_BY_SIDE.assign(label=["a" * length + "😀" * 20, "b"]), "value")

    drawn = bars("c", "Exit", "", named, {"label": Head("Branch")}).svg(WIDE)

    assert "\ufffd" in drawn or "…" in drawn


def test_words_of_a_board_that_would_overlap_are_moved_apart_and_the_points_are_not() -> None:
    near = pd.DataFrame({"code": ["A", "B", "C"], "ease": [1.0, 1.0, 0.2], "impact": [10.0, 10.1, 10.0]})
    heads = {"code": Head("Driver")}

    drawn = board("c", "Wins", "", told(near, "code"), heads, across="easy", upwards="exits").svg(WIDE)

    heights = {code: float(y) for y, code in re.findall(r'translate\([\d.]+,([\d.]+)\)"[^>]*>([ABC])</text>', drawn)}
    assert heights["A"] - heights["B"] >= 11
    assert heights["A"] == heights["C"]


def test_in_a_notebook_a_drawing_stands_under_its_title_and_on_a_page_beside_it() -> None:
    chart = charts()["bars"]

    assert ">Exit</text>" in chart._repr_svg_()
    assert ">Exit</text>" not in chart.svg(WIDE)
    assert repr(chart) == "Chart(name='c', title='Exit', said='It falls.')"
    assert chart.as_read()["Share"].tolist() == ["20.0 %", "10.0 %"]


def test_series_are_told_apart_without_colour() -> None:
    grey = [
        sum(int(colour[i : i + 2], 16) * share for i, share in ((1, 0.3), (3, 0.59), (5, 0.11))) for colour in COLOURS
    ]

    assert len({tuple(dash) for dash in DASHES}) == len(set(SIGNS)) == len(COLOURS)
    assert all(abs(a - b) > 5 for i, a in enumerate(grey) for b in grey[:i])


def test_the_table_is_given_for_a_spreadsheet_and_runs_nothing_there() -> None:
    chart = bars("c", "Exit", "", told(SIDE_BY_SIDE.assign(label=["=1+1", "b"]), "label"), {"label": Head("Branch")})

    assert chart.csv().decode("utf-8-sig") == "label\n'=1+1\nb\n"


def test_the_table_is_written_for_people_and_what_is_not_known_is_a_dash() -> None:
    assert charts()["over time"].rows()[1:4] == [["2024-02", "12.0 %"], ["2024-03", "–"], ["2024-01", "20.0 %"]]


def test_a_drawing_is_made_once_and_anew_when_a_figure_has_changed() -> None:
    pictures, chart = Pictures(most=2), charts()["bars"]
    first = pictures.of(chart, NARROW)

    again = pictures.of(charts()["bars"], NARROW)
    other = bars("c", "Exit", "It falls.", chart.table.assign(value=[0.2, 0.15]), chart.heads)
    changed = pictures.of(other, NARROW)

    assert again is first
    assert changed != first
    assert pictures.of(chart, WIDE) != first
    assert pictures.of(chart, NARROW) is not first


def test_the_parts_of_a_change_are_told_beside_their_sum() -> None:
    drawn = html.unescape(charts()["split"].svg(WIDE))

    for told_so in ("Kisumu, One: +0.500", "Kisumu, Other: -0.300", "<b>Homa & Bay</b>, Other: +0.200"):
        assert f'aria-label="{told_so}"' in drawn


def test_what_is_not_known_in_a_column_of_mixed_kinds_is_drawn_as_not_known() -> None:
    table = pd.DataFrame({"label": ["a", "b"], "value": [0.2, 0.4], "told": ["a", "b"]})
    mixed = table.assign(low=pd.Series([float("nan"), None], dtype=object), high=pd.Series([0.3, None], dtype=object))
    heads = {"label": Head("Part"), "value": Head("Share", SHARE)}

    chart = in_order("mixed", "Mixed", "Said.", mixed, heads, across="part", upwards="share")

    assert chart.svg(300).startswith("<svg")
