"""The whole weekly run, by stage."""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any


class Stages:
    """Time and CPU time of each stage, counted where it is called from."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time added to a stage."""

        def measured(*given: Any, **named: Any) -> Any:
            began, worked = time.perf_counter(), time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began
                self.cpu[stage] = self.cpu.get(stage, 0.0) + time.process_time() - worked
                sys.stderr.write(f"    {stage}: {self.seconds[stage]:.1f} s\n")
                sys.stderr.flush()

        return measured


def week(folder: str, home: str, as_of: str) -> dict[str, Any]:
    """Check the book, open it, score everybody with reasons, draw and write the lists; nothing is kept from before."""
    import serving.issued
    import serving.kept_scores
    import serving.list_files
    import serving.score
    import serving.weekly
    from features.book import Book
    from features.connectors.folder import open_book
    from features.report import ensure_usable
    from features.validate import check
    from serving.cli_model import champion
    from serving.home import Home
    from serving.weekly import run_weekly

    stages = Stages()
    for module, name, stage in (
        (serving.score, "snapshot", "features of the day"),
        (serving.score, "_numbers", "scores"),
        (serving.score, "by_driver_or_why_not", "contributions by driver, exact"),
        (serving.weekly, "features_on", "features of a week ago"),
        (serving.weekly, "draw", "rules, lists and sentences"),
        (serving.weekly, "measure", "measures of exit"),
        (serving.weekly, "driver_summary", "summary of drivers"),
        (serving.weekly, "driver_tables", "tables of drivers"),
        (serving.kept_scores, "keep", "keep scores and features"),
        (serving.list_files, "contents_of_all", "paper, sheets, pages and messages"),
        (serving.issued, "issue", "put the lists in force"),
        (serving.list_files, "write_lists", "write the files"),
        (Book, "digest", "digest of the book"),
    ):
        setattr(module, name, stages.timed(stage, getattr(module, name)))
    place = Home(Path(home))
    began, worked = time.perf_counter(), time.process_time()
    ensure_usable(stages.timed("check", check)(Path(folder)))
    book = stages.timed("open", open_book)(Path(folder))
    model, version = stages.timed("load the model", champion)(place)
    settings = place.settings()
    with closing(place.store(settings)) as store:
        done = run_weekly(book, date.fromisoformat(as_of), model, version, place, settings, store, datetime.now(UTC))
    whole = time.perf_counter() - began
    cpu = time.process_time() - worked
    rest = "everything else"
    return {
        "seconds": whole,
        "cpu_seconds": cpu,
        "stages": stages.seconds | {rest: whole - sum(stages.seconds.values())},
        "stages_cpu": stages.cpu | {rest: cpu - sum(stages.cpu.values())},
        "clients": done.clients,
        "officers": done.officers,
        "lines": done.lines,
        "desk_lines": done.desk_lines,
    }
