"""Who the clients are today: attributes, names and wishes, joined only where lists are made."""

from datetime import date

import pandas as pd

from features.book import Book
from serving.line import DESK


def people(book: Book, as_of: date) -> pd.DataFrame:
    """Every client as of today.

    Returns
    -------
    DataFrame indexed by client_id, sorted
        Columns of clients and directory, and: ``officer_serves`` (the officer named there is in service),
        ``list_branch_id`` (branch of that officer's list), ``meeting_weekday`` (the group's, where the client has no
        day of her own).
    """
    found = book.current_clients().set_index("client_id")
    found = found.join(book.reference("directory").set_index("client_id"))
    found["officer_id"] = found["officer_id"].astype("str")
    found["officer_serves"] = _serves(book, found["officer_id"], as_of)
    found["list_branch_id"] = found["officer_id"].map(branches_of_officers(book, found))
    of_group = book.reference("groups").set_index("group_id")["meeting_weekday"]
    found["meeting_weekday"] = found["meeting_weekday"].fillna(found["group_id"].map(of_group))
    return found


def branches_of_officers(book: Book, people: pd.DataFrame) -> dict[str, str]:
    """Branch of each officer's list: the register's, else that of most of the officer's clients."""
    served = people.dropna(subset=["officer_id", "branch_id"])
    sizes = served.groupby(["officer_id", "branch_id"]).size().reset_index(name="clients")
    usual = sizes.sort_values(["clients", "branch_id"], ascending=[True, False]).set_index("officer_id")["branch_id"]
    register = book.reference("officers").dropna(subset="branch_id").set_index("officer_id")["branch_id"]
    return {**{str(k): str(v) for k, v in usual.items()}, **{str(k): str(v) for k, v in register.items()}}


def _serves(book: Book, officer_id: pd.Series, as_of: date) -> pd.Series:
    named = officer_id.notna() & (officer_id.str.strip().str.casefold() != DESK)
    if "officers" in book.present:
        officers = book.reference("officers")
        left = pd.to_datetime(officers["to_on"]) < pd.Timestamp(as_of)
        named &= officer_id.isin(officers.loc[~left, "officer_id"])
    return named
