"""A piece of a page for analysts: a sentence, a table, and a drawing where there is one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from serving.charts.chart import Chart


@dataclass(frozen=True)
class Section:
    """A piece of a page.

    Parameters
    ----------
    heads
        Columns of the table, in plain words.
    rows
        Cells as they are read.
    chart
        Name of the drawing; empty for none.
    folded
        What is said of the table where it is folded away; of a chart it always is.
    links
        Where each row leads to; empty for nowhere.
    at
        Under which address drawing and table lie.
    """

    title: str
    said: str
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    chart: str = ""
    folded: str = ""
    links: Sequence[str] = ()
    at: str = "/analysis"

    @classmethod
    def of(cls, chart: Chart, at: str = "/analysis") -> "Section":
        """A chart with its table."""
        heads = [head.title for head in chart.heads.values()]
        return cls(chart.title, chart.said, heads, chart.rows(), chart.name, "The figures as a table", at=at)


def by_name(charts: Iterable[Chart]) -> Mapping[str, Chart]:
    """Charts by their names, in order."""
    return {chart.name: chart for chart in charts}


def of_charts(charts: Iterable[Chart]) -> Iterator[Section]:
    """Each chart with its table."""
    return (Section.of(chart) for chart in charts)
