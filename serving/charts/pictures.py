"""Drawings held as long as the chart they are of says the same."""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from serving.charts.chart import Chart

#: A drawing takes some tens of kilobytes.
_MOST = 64


class Pictures:
    """Draws a chart once for each width, however often it is asked for, and anew when anything it says has changed."""

    def __init__(self, most: int = _MOST) -> None:
        self._drawn: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def of(self, chart: Chart, width: int) -> str:
        """The drawing of a chart."""
        said = [chart.name, chart.title, chart.table.to_csv(index=False)]
        key = sha256("\n".join(said).encode()).hexdigest(), width
        with self._lock:
            if key not in self._drawn:
                self._drawn[key] = chart.svg(width)
            self._drawn.move_to_end(key)
            while len(self._drawn) > self._most:
                self._drawn.popitem(last=False)
            return self._drawn[key]
