"""Officer and membership: who served the client, and which groups she belonged to."""

import pandas as pd
from pandas_features.lending import Lending


def assignments(of: Lending) -> pd.DataFrame:
    """Known assignments, oldest first within a client, with the officer's branch (-1 for none)."""
    rows = of.files.known("assignments", ["client_id", "officer_id", "from_on", "to_on"])
    rows["to_on"] = rows["to_on"].where(rows["to_on"] <= of.files.day)
    officers = of.files.read("officers", ["officer_id", "branch_id", "from_on"])
    officers = officers[~(officers["from_on"] > of.files.day)]
    branches = officers.set_index("officer_id")["branch_id"].cat.codes
    rows["branch"] = rows["officer_id"].map(branches).fillna(-1).astype("int64")
    rows["began_ago"] = of.files.ago(rows["from_on"])
    return rows.sort_values(["client_id", "from_on", "known_on", "officer_id"], ignore_index=True)


def posts(of: Lending, rows: pd.DataFrame) -> pd.DataFrame:
    """The post of each client on the date, by client: officer, branch (-1 for none), served and vacant days."""
    lasts = ~(rows["to_on"] < of.files.day)
    order = rows.assign(lasts=lasts).sort_values(["client_id", "lasts", "from_on", "known_on", "officer_id"])
    post = order.drop_duplicates("client_id", keep="last").set_index("client_id")
    post["officer"] = post["officer_id"].where(post["lasts"], -1)
    post["branch"] = post["branch"].where(post["lasts"], -1)
    post["served_days"] = post["began_ago"]
    vacant = post["began_ago"].where(post["lasts"], of.files.ago(post["to_on"]))
    post["vacant_days"] = vacant.mask(post["lasts"] & (post["officer"] >= 0), 0)
    return post[["officer", "branch", "served_days", "vacant_days"]]


def officer(of: Lending, rows: pd.DataFrame, post: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Who served the client, and how steadily."""
    out = pd.DataFrame(index=of.at_risk)
    own = rows.groupby("client_id")
    client = rows["client_id"]
    before, branch_before = own["officer_id"].shift(), own["branch"].shift()
    changed = before.notna() & (rows["began_ago"] < 365) & (rows["officer_id"] != before)
    moved = (rows["branch"] >= 0) & (branch_before >= 0) & (rows["branch"] != branch_before)
    out["days_with_officer"] = post["served_days"].where(post["officer"] >= 0)
    out["officer_changes_365d"] = changed.groupby(client).sum()
    out["days_without_officer"] = post["vacant_days"]
    seen = contacts[(contacts["ago"] < 182) & (contacts["officer_id"] >= 0)]
    theirs = seen["client_id"].map(post["officer"])
    seen, theirs = seen[theirs >= 0], theirs[theirs >= 0]
    out["contacts_by_others_share_182d"] = (seen["officer_id"] != theirs).groupby(seen["client_id"]).mean()
    out["branch_changes_730d"] = (moved & (rows["began_ago"] < 730)).groupby(client).sum()
    out["days_since_branch_change"] = rows[moved].groupby("client_id")["began_ago"].min()
    return out


def memberships(of: Lending) -> pd.DataFrame:
    """Known memberships, oldest first within a client."""
    rows = of.files.known("memberships", ["client_id", "group_id", "from_on", "to_on"])
    rows["to_on"] = rows["to_on"].where(rows["to_on"] <= of.files.day)
    return rows.sort_values(["client_id", "from_on", "known_on", "group_id"], ignore_index=True)


def circles(of: Lending, rows: pd.DataFrame) -> pd.DataFrame:
    """Each client's group on the date and the one she left within 91 days (-1 for none), by client."""
    lasts = ~(rows["to_on"] < of.files.day)
    held = rows[lasts].drop_duplicates("client_id", keep="last").set_index("client_id")
    left = rows[~lasts & (of.files.ago(rows["to_on"]) < 91)].sort_values(["client_id", "to_on", "from_on", "group_id"])
    left = left.drop_duplicates("client_id", keep="last").set_index("client_id")
    out = pd.DataFrame(index=pd.Index(rows["client_id"].unique(), name="client_id"))
    out["group"] = held["group_id"]
    out["member_days"] = of.files.ago(held["from_on"])
    out["left_group"] = left["group_id"]
    return out.fillna({"group": -1, "left_group": -1})


def membership(of: Lending, rows: pd.DataFrame, circle: pd.DataFrame) -> pd.DataFrame:
    """Which groups the client belonged to."""
    out = pd.DataFrame(index=of.at_risk)
    before = rows.groupby("client_id")["group_id"].shift()
    changed = before.notna() & (of.files.ago(rows["from_on"]) < 365) & (rows["group_id"] != before)
    last_end = of.files.ago(rows["to_on"]).groupby(rows["client_id"]).min().reindex(circle.index)
    out["days_in_group"] = circle["member_days"]
    out["days_without_group"] = last_end.mask(circle["group"] >= 0, 0)
    out["group_changes_365d"] = changed.groupby(rows["client_id"]).sum()
    return out
