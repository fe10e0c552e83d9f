"""A home with everything a report can tell: measures of a larger MFI, drivers, objectives, findings, a survey."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from told_month import SETTINGS, Filled, fill, write_effect, write_objectives, write_year

from features.book import Book
from features.exit import ExitDefinition
from features.measures.published import measure
from serving import kept_measures
from serving.home import Home


@pytest.fixture(scope="module")
def filled(lived: Any, mfi: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    home = Home(tmp_path_factory.mktemp("report") / "home")
    shutil.copytree(lived.home.path, home.path)
    kept_measures.keep(home, measure(Book.of(mfi(clients=900)), date(2024, 6, 30), ExitDefinition()))
    write_year(home, date(2024, 6, 30))
    write_effect(home, date(2024, 6, 30))
    write_objectives(home)
    with closing(home.store(SETTINGS)) as store:
        fill(store)
        yield Filled(home, store)


@pytest.fixture
def fresh(tmp_path: Path, lived: Any) -> Filled:
    """A home after its first weekly runs, with nothing written into it by hand."""
    home = Home(tmp_path / "home")
    shutil.copytree(lived.home.path, home.path)
    return Filled(home, home.store(SETTINGS))
