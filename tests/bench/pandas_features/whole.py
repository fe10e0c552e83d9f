"""The same features as the catalogue's, in pandas, from the same files."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
from pandas_features import loans, money, others, places, talking, timing
from pandas_features.known import Files
from pandas_features.lending import Lending

from features.exit import ExitDefinition


def snapshot(
    folder: Path,
    as_of: date,
    definition: ExitDefinition,
    told: Callable[[str], None] = lambda _family: None,
) -> pd.DataFrame:
    """All features of all clients at risk, float64, by client_id.

    Parameters
    ----------
    folder
        Parquet files of a book, one per canonical table; amounts of payments are not negative.
    told
        Called with the name of each family when it is done.
    """
    of = Lending(Files(folder, as_of), definition)
    found: list[pd.DataFrame] = []

    def add(name: str, part: pd.DataFrame) -> None:
        found.append(part.astype("float64"))
        told(name)

    add("borrowing", loans.borrowing(of))
    days = timing.borrowing_days(of)
    add("rhythm", timing.rhythm(of, days))
    add("pace", timing.pace(of, days))
    del days
    for name, family in {
        "sizes": loans.sizes,
        "rests": loans.rests,
        "season": loans.season,
        "repayment": money.repayment,
        "burden": money.burden,
        "charges": money.charges,
        "channel": money.channel,
        "saving": money.saving,
    }.items():
        add(name, family(of))
    for used in ("plans", "repayments", "received", "every_loan"):
        of.__dict__.pop(used, None)
    asked, contacts, grumbles = talking.asked(of), talking.ordinary_contacts(of), talking.complaints(of)
    add("applications", talking.applications(of, asked, contacts))
    add("contact", talking.contact(of, contacts))
    met = of.files.known("attendance", ["client_id", "meeting_on", "attended"])
    met["ago"] = of.files.ago(met["meeting_on"])
    add("meetings", talking.meetings(of, met))
    add("complaint", talking.complaint(of, grumbles))
    served = places.assignments(of)
    post = places.posts(of, served)
    add("officer", places.officer(of, served, post, contacts))
    belonged = places.memberships(of)
    circle = places.circles(of, belonged)
    add("membership", places.membership(of, belonged, circle))
    waited = talking.waits(of, asked, within=182)
    known = others.facts(of, post, circle, met, contacts, waited, grumbles)
    for name in ("group", "caseload", "branch", "cohort", "market"):
        add(name, getattr(others, name)(known, of.at_risk))
    table = pd.concat(found, axis=1)
    table.index = of.files.index("clients")[of.at_risk].rename("client_id")
    return table
