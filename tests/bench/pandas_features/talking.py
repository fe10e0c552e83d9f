"""Applications, contacts, meetings and complaints."""

import pandas as pd
from pandas_features.lending import Lending
from pandas_features.loans import over


def asked(of: Lending) -> pd.DataFrame:
    """Known applications; what was decided later is not."""
    columns = ["application_id", "client_id", "applied_on", "requested_amount", "decided_on", "decision"]
    rows = of.files.known("applications", [*columns, "approved_amount", "loan_id"])
    rows["application_id"] = rows["application_id"].astype("str")
    return of.files.until(rows, "decided_on", ["decision", "approved_amount", "loan_id", "decided_on"])


def ordinary_contacts(of: Lending) -> pd.DataFrame:
    """Contacts that no weekly list asked for."""
    columns = ["client_id", "happened_on", "kind", "direction", "officer_id", "result", "topic", "list_id"]
    rows = of.files.known("contacts", columns).drop(columns="known_on")
    rows = rows[rows["list_id"].isna()].drop(columns="list_id")
    rows["ago"] = of.files.ago(rows["happened_on"])
    return rows


def complaints(of: Lending) -> pd.DataFrame:
    """Known complaints; a settling entered later is not."""
    columns = ["complaint_id", "client_id", "opened_on", "closed_on", "topic", "about_officer", "closed_known_on"]
    rows = of.files.known("complaints", columns)
    rows["closed_known_on"] = rows["closed_known_on"].fillna(rows["closed_on"])
    rows["closed_on"] = rows["closed_on"].where(
        (rows["closed_known_on"] <= of.files.day) & (rows["closed_on"] <= of.files.day)
    )
    rows["complaint_id"] = rows["complaint_id"].astype("str")
    rows["ago"] = of.files.ago(rows["opened_on"])
    return rows


def waits(of: Lending, rows: pd.DataFrame, within: int | None = None) -> pd.DataFrame:
    """Wait of each loan that came of an application: client_id, loan_id, disbursed_on, days."""
    lent = of.lent if within is None else of.lent[of.lent["days_ago"] < within]
    of_loan = rows[rows["loan_id"] >= 0]
    came = of_loan.merge(lent[["loan_id", "client_id", "disbursed_on"]], on=["loan_id", "client_id"])
    came["days"] = (came["disbursed_on"] - came["applied_on"]).dt.days.clip(lower=0)
    return came.groupby(["client_id", "loan_id", "disbursed_on"], as_index=False).agg(days=("days", "max"))


def applications(of: Lending, rows: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Requests for loans: how long they took, what was granted, what was refused."""
    out = pd.DataFrame(index=of.at_risk)
    rows = rows.assign(
        ago=of.files.ago(rows["applied_on"]),
        decided_ago=of.files.ago(rows["decided_on"]),
        took=(rows["decided_on"] - rows["applied_on"]).dt.days.clip(lower=0),
        failed=rows["decision"].isin(["refused", "withdrawn"]),
    )
    by_decision = rows[rows["decided_on"].notna()].sort_values(["client_id", "decided_on", "application_id"])
    decided = by_decision[by_decision["decision"].notna()].drop_duplicates("client_id", keep="last")
    decided = decided.set_index("client_id")
    granted = by_decision[
        (by_decision["requested_amount"] > 0)
        & by_decision["approved_amount"].notna()
        & (by_decision["decision"] == "approved")
    ]
    granted = granted.drop_duplicates("client_id", keep="last").set_index("client_id")
    latest = rows.sort_values(["client_id", "applied_on", "application_id"]).drop_duplicates("client_id", keep="last")
    waited = waits(of, rows).sort_values(["client_id", "disbursed_on", "loan_id"])
    newest = ~waited.duplicated("client_id", keep="last")
    out["wait_days"] = waited[newest].set_index("client_id")["days"]
    out["wait_to_usual"] = over(out["wait_days"], waited[~newest].groupby("client_id")["days"].mean())
    pending = rows[rows["decided_on"].isna() & (rows["ago"] < 182)].groupby("client_id")["ago"]
    usual = waited.groupby("client_id")["days"].mean()
    out["waiting_over_usual_days"] = (pending.max().reindex(out.index).fillna(0) - usual).clip(lower=0)
    out["decision_days_last"] = decided["took"]
    out["decision_days_mean"] = rows.groupby("client_id")["took"].mean()
    span = latest[["client_id", "applied_on", "decided_on"]].assign(until=latest["decided_on"].fillna(of.files.day))
    near = contacts[["client_id", "happened_on"]].merge(span, on="client_id")
    near = near[near["happened_on"].between(near["applied_on"], near["until"])]
    latest = latest.set_index("client_id")
    out["contacts_for_request"] = near.groupby("client_id").size().reindex(latest.index, fill_value=0)
    out["approved_to_requested"] = granted["approved_amount"] / granted["requested_amount"]
    out["requested_to_loan"] = over(latest["requested_amount"], of.newest["amount"])
    own = rows.groupby("client_id")
    out["days_since_request"] = own["ago"].min()
    out["requests_365d"] = (rows["ago"] < 365).groupby(rows["client_id"]).sum()
    out["requests_pending"] = pending.size()
    failed = rows[rows["failed"]].groupby("client_id")["decided_ago"]
    out["days_since_failed_request"] = failed.min()
    out["failed_requests_365d"] = (rows["failed"] & (rows["decided_ago"] < 365)).groupby(rows["client_id"]).sum()
    out["last_request_failed"] = decided["failed"].astype(float)
    return out.fillna(dict.fromkeys(("requests_365d", "requests_pending", "failed_requests_365d"), 0))


def contact(of: Lending, rows: pd.DataFrame) -> pd.DataFrame:
    """Visits, calls and meetings outside the weekly lists."""
    out = pd.DataFrame(index=of.at_risk)
    client, ago, told = rows["client_id"], rows["ago"], rows["kind"] == "message"
    came = rows["direction"] == "in"
    failed = rows["result"].isin(["not_reached", "wrong_number"])
    held = ~told & ~failed

    def number(flags: pd.Series) -> pd.Series:
        return flags.groupby(client).sum().reindex(out.index, fill_value=0)

    out["days_since_contact"] = ago[held].groupby(client[held]).min()
    seen = held & rows["kind"].isin(["visit", "meeting"])
    out["days_since_visit"] = ago[seen].groupby(client[seen]).min()
    out["contacts_91d"] = number(held & (ago < 91))
    out["contacts_change"] = out["contacts_91d"] - number(held & (ago >= 91) & (ago < 182))
    out["contacts_refused_365d"] = number((rows["result"] == "refused") & (ago < 365))
    out["failed_contacts_91d"] = number(~came & failed & (ago < 91))
    tried = ~came & ~told & (ago < 182)
    out["failed_contact_share_182d"] = failed[tried].groupby(client[tried]).mean()
    last_held = client.map(ago[held].groupby(client[held]).min())
    out["failed_contacts_in_a_row"] = number(failed & ~came & (last_held.isna() | (ago < last_held)))
    out["wrong_numbers_365d"] = number((rows["result"] == "wrong_number") & (ago < 365))
    out["incoming_contacts_91d"] = number(came & (ago < 91))
    questions = rows[came & (ago < 182) & rows["topic"].notna()]
    repeated = questions.groupby(["client_id", "topic"], observed=True).size().groupby("client_id").max()
    out["questions_repeated_182d"] = repeated.reindex(out.index, fill_value=0)
    return out


def meetings(of: Lending, met: pd.DataFrame) -> pd.DataFrame:
    """Attendance at the regular meeting."""
    out = pd.DataFrame(index=of.at_risk)
    met = met[met["ago"] < 365]
    client, ago, came = met["client_id"], met["ago"], met["attended"]
    share = {
        name: came[which].groupby(client[which]).mean()
        for name, which in {"91": ago < 91, "56": ago < 56, "before": (ago >= 56) & (ago < 182)}.items()
    }
    out["meetings_missed_91d"] = ((ago < 91) & ~came).groupby(client).sum()
    out["attendance_share_91d"] = share["91"]
    out["attendance_change"] = share["56"] - share["before"]
    last = ago[came].groupby(client[came]).min()
    last_came = client.map(last)
    out["meetings_missed_in_a_row"] = (~came & (last_came.isna() | (ago < last_came))).groupby(client).sum()
    out["days_since_meeting"] = last
    return out


def complaint(of: Lending, rows: pd.DataFrame) -> pd.DataFrame:
    """Complaints the client made."""
    out = pd.DataFrame(index=of.at_risk)
    own = rows.groupby("client_id")
    waiting = rows[rows["closed_on"].isna()].groupby("client_id")["ago"]
    year = rows[rows["ago"] < 365]
    out["complaints_open"] = waiting.size()
    out["complaint_open_days"] = waiting.max()
    out["days_since_complaint"] = own["ago"].min()
    out["complaints_365d"] = year.groupby("client_id").size()
    repeated = year[year["topic"].notna()].groupby(["client_id", "topic"], observed=True).size()
    out["complaints_repeated_365d"] = repeated.groupby("client_id").max()
    settled = rows[rows["closed_on"].notna()].sort_values(["client_id", "closed_on", "complaint_id"])
    settled = settled.drop_duplicates("client_id", keep="last").set_index("client_id")
    out["complaint_settled_days"] = (settled["closed_on"] - settled["opened_on"]).dt.days
    out["complaints_about_staff_365d"] = year["about_officer"].notna().groupby(year["client_id"]).sum()
    counts = ("complaints_open", "complaint_open_days", "complaints_365d", "complaints_repeated_365d")
    return out.fillna(dict.fromkeys((*counts, "complaints_about_staff_365d"), 0))
