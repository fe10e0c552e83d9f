"""Harvest, lean season and school fees, week by week."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

#: What the client lives on; the season differs by it.
SECTORS = ("agriculture", "trade", "services")

#: (middle, width in weeks, height) of each wave of a year, by sector. Farming and its lean season after Malawi
#: (MicroLoan Foundation 2010: farming in the rainy season); school-fee and feast times after East Africa (Hulme 1999).
_LEAVING = {
    "agriculture": ((8, 4.0, 1.0), (44, 4.0, 1.4), (2, 2.0, 0.4)),
    "trade": ((3, 2.5, 0.9), (19, 1.5, 0.4), (36, 1.5, 0.4)),
    "services": ((2, 2.0, 0.5), (19, 1.5, 0.3), (36, 1.5, 0.3)),
}
_RESTING = {
    "agriculture": ((7, 4.0, 1.0), (43, 4.0, 1.0)),
    "trade": ((1, 2.0, 0.5),),
    "services": ((1, 2.0, 0.3),),
}
#: Weeks in which school fees are due: savings are drawn, small loans are taken.
_SCHOOL = ((2, 1.5, 1.0), (18, 1.5, 0.8), (35, 1.5, 0.8))

Floats = NDArray[np.float64]


def _waves(waves: tuple[tuple[float, float, float], ...], week_of_year: Floats) -> Floats:
    total = np.zeros_like(week_of_year)
    for middle, width, height in waves:
        distance = np.abs(week_of_year - middle)
        distance = np.minimum(distance, 52.18 - distance)
        total += height * np.exp(-0.5 * (distance / width) ** 2)
    return total


def weeks_of_year(end_on: date, weeks: int, beyond: int) -> Floats:
    """Position in its year of each week of the window and of `beyond` weeks after it, in weeks from 0 to 52.3."""
    first = end_on - timedelta(weeks=weeks) + timedelta(days=1)
    days = [first + timedelta(weeks=week, days=2) for week in range(weeks + beyond)]
    return np.array([(day.timetuple().tm_yday - 1) / 7 for day in days])


def leaving_pressure(week_of_year: Floats) -> Floats:
    """How much the season presses to leave, shape (sectors, weeks), from 0 to about 1.4."""
    return np.stack([_waves(_LEAVING[sector], week_of_year) for sector in SECTORS])


def resting_pressure(week_of_year: Floats) -> Floats:
    """How much the season invites to rest and come back, shape (sectors, weeks), from 0 to about 1."""
    return np.stack([_waves(_RESTING[sector], week_of_year) for sector in SECTORS])


def school_fees(week_of_year: Floats) -> Floats:
    """How near school fees are, shape (weeks,), from 0 to 1."""
    return _waves(_SCHOOL, week_of_year)
