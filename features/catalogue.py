"""Every feature there is, in the order of the snapshot's columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from features.drivers import DRIVERS
from features.families import (
    applications,
    borrowing,
    branch,
    burden,
    caseload,
    channel,
    charges,
    cohort,
    complaint,
    contact,
    group,
    market,
    meetings,
    membership,
    officer,
    pace,
    repayment,
    rests,
    rhythm,
    saving,
    season,
    sizes,
)
from features.feature import Feature


@dataclass(frozen=True)
class Family:
    """Features that one query computes.

    Parameters
    ----------
    title
        What the manual calls it.
    note
        What holds for all of its figures.
    about_others
        Whether its query sees others, and then only sums of small whole numbers without the client's own.
    features
        In column order.
    """

    title: str
    features: tuple[Feature, ...]
    about_others: bool = False
    note: str = ""


_ROUNDED = (
    "Rounded half up to a hundredth, branch_wait_days to whole days: in a sum over nearly everybody, what the client "
    "herself leaves out would otherwise tell of her."
)

#: Query name (``features/sql/<name>.sql``) to family.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "borrowing": Family("Borrowing", borrowing.FEATURES),
        "rhythm": Family("Rhythm", rhythm.FEATURES),
        "pace": Family("Pace", pace.FEATURES),
        "sizes": Family("Sizes", sizes.FEATURES),
        "rests": Family("Rests", rests.FEATURES),
        "season": Family("Season", season.FEATURES),
        "repayment": Family("Repayment", repayment.FEATURES),
        "burden": Family("Burden", burden.FEATURES),
        "charges": Family("Charges", charges.FEATURES),
        "channel": Family("Channel", channel.FEATURES),
        "applications": Family("Applications", applications.FEATURES),
        "saving": Family("Saving", saving.FEATURES),
        "contact": Family("Contact", contact.FEATURES),
        "meetings": Family("Meetings", meetings.FEATURES),
        "complaint": Family("Complaints", complaint.FEATURES),
        "officer": Family("The officer", officer.FEATURES),
        "membership": Family("Membership", membership.FEATURES),
        "group": Family("The group", group.FEATURES, about_others=True),
        "caseload": Family("The officer's clients", caseload.FEATURES, about_others=True),
        "branch": Family("The branch", branch.FEATURES, about_others=True, note=_ROUNDED),
        "cohort": Family("The cohort", cohort.FEATURES, about_others=True),
        "market": Family("Product and market", market.FEATURES, about_others=True, note=_ROUNDED),
    }
)


def _collected() -> dict[str, Feature]:
    found: dict[str, Feature] = {}
    for family, content in FAMILIES.items():
        for feature in content.features:
            if feature.name in found:
                raise ValueError(f"two features are called {feature.name!r}")
            if feature.family != family:
                raise ValueError(f"{feature.name} says family={feature.family!r} and stands in {family!r}")
            if feature.driver not in DRIVERS or not DRIVERS[feature.driver].traced:
                raise ValueError(f"{feature.name} says driver={feature.driver!r}, which no feature may speak for")
            found[feature.name] = feature
    for feature in found.values():
        teller = found.get(feature.told_by, feature)
        if feature.told_by and (teller is feature or teller.told_by or teller.driver != feature.driver):
            raise ValueError(f"{feature.name} is told by {feature.told_by!r}, which cannot speak for {feature.driver}")
    return found


#: Every feature by its name, in column order.
FEATURES: Mapping[str, Feature] = MappingProxyType(_collected())


def names() -> tuple[str, ...]:
    """Names of all features, in the order of the snapshot's columns."""
    return tuple(FEATURES)


def by_driver() -> dict[str, tuple[str, ...]]:
    """Driver code to the features that speak for it, in column order; drivers without a feature are left out."""
    found: dict[str, list[str]] = {code: [] for code in DRIVERS}
    for feature in FEATURES.values():
        found[feature.driver].append(feature.name)
    return {code: tuple(features) for code, features in found.items() if features}
