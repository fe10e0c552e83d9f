"""Objectives of the working folder with where they stand: read alike by whoever shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from serving.objectives.measured import Course, course
from serving.objectives.objective import FILE, Objective, read_objectives


@dataclass(frozen=True)
class Courses:
    """Objectives in the order of their file.

    Parameters
    ----------
    not_smart
        How many of the file lack something.
    """

    courses: tuple[Course, ...] = ()
    not_smart: int = 0


def _all(_: Objective) -> bool:
    return True


def read_courses(connection: Connection, folder: Path, on: date, seen: Callable[[Objective], bool] = _all) -> Courses:
    """Objectives of a working folder on a day; none where it has no such file.

    Parameters
    ----------
    seen
        Which of them whoever asks may see.

    Raises
    ------
    UsageError
        The file is no file of objectives.
    """
    file = folder / FILE
    if not file.exists():
        return Courses()
    read = read_objectives(file)
    courses = tuple(course(connection, each, on) for each in read.objectives if seen(each))
    return Courses(courses, len({fault.place for fault in read.faults}))
