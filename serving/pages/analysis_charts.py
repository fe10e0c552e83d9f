"""Charts of what the newest weekly run left, put together and drawn once until the next run."""

from collections.abc import Iterator, Mapping
from threading import Lock

from serving import kept_measures
from serving.analysis import (
    of_driver_parts,
    of_drivers,
    of_events,
    of_measures,
    of_model,
    of_profit,
    of_tenths,
    of_trial,
)
from serving.analysis.section import by_name
from serving.api.errors import not_found
from serving.api.served import Served
from serving.charts.chart import Chart
from serving.driver_summary import read_summary
from serving.driver_tables import FILE as TABLES
from serving.driver_tables import DriverTables, read_tables
from serving.effect_tables import FILE as EFFECT
from serving.effect_tables import read_effect
from training import backtests, promotion

#: Lengths of period.
BY = ("month", "quarter", "year")


class Drawn:
    """Charts by their names. Those of single figures and parts, hundreds of them, are made when they are asked for."""

    def __init__(self) -> None:
        self._of = ""
        self._charts: dict[str, Chart] = {}
        self._pictures: dict[tuple[str, int], str] = {}
        self._tables: DriverTables | None = None
        self._lock = Lock()

    def chart(self, shared: Served, name: str) -> Chart:
        """A chart by its name; the same answer for every name there is not."""
        with self._lock:
            self._renew(shared)
            found = self._charts.get(name) or _asked_for(self._tables, name)
            if found is None:
                raise not_found()
            self._charts[name] = found
            return found

    def picture(self, shared: Served, name: str, width: int) -> str:
        """The drawing of a chart."""
        found = self.chart(shared, name)
        with self._lock:
            if (name, width) not in self._pictures:
                self._pictures[name, width] = found.svg(width)
            return self._pictures[name, width]

    def tables(self, shared: Served) -> DriverTables | None:
        """The tables of drivers; None before the first run."""
        with self._lock:
            self._renew(shared)
            return self._tables

    def _renew(self, shared: Served) -> None:
        left = _stamp(shared)
        if left != self._of:
            scores = shared.scores()
            self._tables = None if scores is None else read_tables(scores)
            self._charts, self._pictures = dict(by_name(_every(shared, self._tables))), {}
            self._of = left


DRAWN = Drawn()


def driver_summary(shared: Served) -> Mapping[str, object] | None:
    """The summary of drivers of the newest scores; None where nothing could be explained, or before the first run."""
    scores = shared.scores()
    summary = None if scores is None else read_summary(scores)
    return summary if summary is not None and summary["missing"] is None else None


def _every(shared: Served, tables: DriverTables | None) -> Iterator[Chart]:
    kept = kept_measures.newest(shared.home)
    if kept is not None:
        for by in BY:
            yield from of_measures.of_periods(kept, by)
        yield from of_measures.of_leavers(kept)
        yield from of_measures.of_segments(kept)
        yield from of_measures.of_cohorts(kept)
    summary = driver_summary(shared)
    if summary is not None:
        yield from of_drivers.of_parts(summary)
    if tables is not None:
        found = (of_driver_parts.of_change(tables), of_driver_parts.of_alike(tables), of_tenths.of_shapes(tables))
        yield from (chart for chart in found if chart is not None)
        yield from of_events.of_events(tables)
    scores = shared.scores()
    effect = None if scores is None else read_effect(scores)
    if effect is not None:
        yield from of_trial.of_trial(effect)
    backtest = backtests.of_champion(shared.home.path)
    yield from of_model.of_backtest(backtest)
    yield from of_profit.of_profit(backtest)


def _asked_for(tables: DriverTables | None, name: str) -> Chart | None:
    if tables is None:
        return None
    if name.startswith(of_tenths.NAME):
        return of_tenths.of_tenth(tables, name.removeprefix(of_tenths.NAME))
    if name.startswith(of_driver_parts.NAME):
        segment, _, code = name.removeprefix(of_driver_parts.NAME).partition("-")
        return of_driver_parts.of_part(tables, segment, code)
    return None


def _stamp(shared: Served) -> str:
    """Changes whenever a weekly run has written anew, or another model came into use."""
    files = [shared.home.measures / f"{day}.json" for day in shared.home.measured_dates()[-1:]]
    files += [
        shared.home.scores / f"{day}" / name
        for day in shared.home.scored_dates()[-1:]
        for name in ("context.json", TABLES, EFFECT)
    ]
    files.append(shared.home.path / promotion.LOG)
    return " ".join(f"{file}:{file.stat().st_mtime_ns}" for file in files if file.exists())
