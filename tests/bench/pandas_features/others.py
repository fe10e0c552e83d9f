"""Group, caseload, branch, cohort and market: what the others around a client do, she herself left out."""

import numpy as np
import pandas as pd
from pandas_features.lending import Lending
from pandas_features.loans import over


def facts(
    of: Lending,
    post: pd.DataFrame,
    circle: pd.DataFrame,
    met: pd.DataFrame,
    contacts: pd.DataFrame,
    waited: pd.DataFrame,
    complaints: pd.DataFrame,
) -> pd.DataFrame:
    """Keys (-1 for none) and small whole numbers of every known client, by client."""
    joined = of.files.known("clients", ["client_id"]).set_index("client_id")["joined_on"]
    lent, dues = of.lent, of.dues
    everybody = joined.index.union(pd.Index(lent["client_id"].unique())).rename("client_id")

    def number(flags: pd.Series, rows: pd.DataFrame) -> pd.Series:
        return flags.groupby(rows["client_id"]).sum().reindex(everybody, fill_value=0)

    out = pd.DataFrame(index=everybody)
    for name, key in {"group": circle["group"], "left_group": circle["left_group"], "officer": post["officer"]}.items():
        out[name] = key.reindex(everybody, fill_value=-1)
    out["branch"] = post["branch"].reindex(everybody, fill_value=-1)
    out["product"] = of.newest["product_id"].reindex(everybody, fill_value=-1)
    out["cohort"] = ((joined - pd.Timestamp("1900-01-01")).dt.days // 28).reindex(everybody, fill_value=-1)
    own = lent.groupby("client_id")
    borrowing = own["open"].any().reindex(everybody, fill_value=False)
    ended, oldest = own["ended_ago"].min().reindex(everybody), own["days_ago"].max().reindex(everybody)
    rested = own.size().reindex(everybody).notna() & ~borrowing
    out["active"] = (borrowing | (ended < 91)).astype("int64")
    out["resting"] = (rested & (ended < 91)).astype("int64")
    out["gone"] = (rested & (ended >= 91) & (ended < 273)).astype("int64")
    served = post["served_days"].reindex(everybody)
    out["handed_over"] = ((served < 91) & (oldest >= 91) & (out["active"] == 1)).astype("int64")
    out["scheduled"] = dues.groupby("client_id")["open"].any().reindex(everybody, fill_value=False).astype("int64")
    behind = dues["open"] & dues["settled_on"].isna() & (dues["due_ago"] >= 1)
    out["late"] = behind.groupby(dues["client_id"]).any().reindex(everybody, fill_value=False).astype("int64")
    late, now, before = dues["delay"] >= 1, dues["due_ago"].between(0, 27), dues["due_ago"].between(28, 111)
    out["due_28d"], out["late_28d"] = number(now, dues), number(now & late, dues)
    out["due_before"], out["late_before"] = number(before, dues), number(before & late, dues)
    ago = lent["days_ago"]
    out["loans_7d"], out["loans_28d"] = number(ago < 7, lent), number(ago < 28, lent)
    out["loans_before"] = number(ago.between(28, 111), lent)
    out["loans_next_last_year"] = number(ago.between(337, 364), lent)
    out["loans_past_last_year"] = number(ago.between(365, 392), lent)
    recent = met[met["ago"] < 56]
    out["meetings_56d"] = recent.groupby("client_id").size().reindex(everybody, fill_value=0)
    out["attended_56d"] = number(recent["attended"], recent)
    spoken = contacts[(contacts["direction"] != "in") & (contacts["kind"] != "message") & (contacts["ago"] < 112)]
    out["contacts_28d"] = number(spoken["ago"] < 28, spoken)
    out["contacts_before"] = number(spoken["ago"] >= 28, spoken)
    of_loans = waited.groupby("client_id")["days"]
    out["waits"] = of_loans.size().reindex(everybody, fill_value=0)
    out["wait_days"] = of_loans.sum().reindex(everybody, fill_value=0)
    out["complaints_91d"] = number(complaints["ago"] < 91, complaints)
    return out


def around(all_facts: pd.DataFrame, key: str, at_risk: pd.Index) -> pd.DataFrame:
    """Sums over the others with the same key, for clients at risk; missing where a client has no key."""
    counted = all_facts.drop(columns=["group", "left_group", "officer", "branch", "product", "cohort"])
    placed = all_facts[key] >= 0
    sums = counted[placed].groupby(all_facts.loc[placed, key]).transform("sum")
    return (sums - counted[placed]).reindex(at_risk)


def _hundredths(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """A ratio rounded half up to a hundredth."""
    rounded: pd.Series = np.floor(over(100 * top, bottom) + 0.5) / 100
    return rounded


def group(known: pd.DataFrame, at_risk: pd.Index) -> pd.DataFrame:
    """The other members of the client's group."""
    them, out = around(known, "group", at_risk), pd.DataFrame(index=at_risk)
    out["group_size"] = them["active"]
    out["group_late_share"] = over(them["late"], them["scheduled"])
    out["group_late_change"] = over(them["late_28d"], them["due_28d"]) - over(them["late_before"], them["due_before"])
    out["group_resting_share"] = over(them["resting"], them["active"])
    out["group_gone_share"] = over(them["gone"], them["active"] + them["gone"])
    place, left = known["group"].reindex(at_risk), known["left_group"].reindex(at_risk)
    departed = place.map(known["left_group"].value_counts()).fillna(0) - (place == left)
    out["group_departures_91d"] = departed.where(place >= 0)
    out["group_attendance_56d"] = over(them["attended_56d"], them["meetings_56d"])
    out["group_lending_week"] = over(4 * them["loans_7d"], them["loans_28d"])
    out["group_lending_trend"] = over(3 * them["loans_28d"], them["loans_before"])
    return out


def caseload(known: pd.DataFrame, at_risk: pd.Index) -> pd.DataFrame:
    """The other clients of the client's officer."""
    them, out = around(known, "officer", at_risk), pd.DataFrame(index=at_risk)
    out["officer_caseload"] = them["active"]
    out["officer_handover_share"] = over(them["handed_over"], them["active"])
    out["officer_contact_rate_28d"] = over(them["contacts_28d"], them["active"])
    out["officer_contact_trend"] = over(3 * them["contacts_28d"], them["contacts_before"])
    out["officer_late_share_28d"] = over(them["late_28d"], them["due_28d"])
    out["officer_gone_share"] = over(them["gone"], them["active"] + them["gone"])
    return out


def branch(known: pd.DataFrame, at_risk: pd.Index) -> pd.DataFrame:
    """The other clients of the client's branch."""
    them, out = around(known, "branch", at_risk), pd.DataFrame(index=at_risk)
    out["branch_late_share_28d"] = _hundredths(them["late_28d"], them["due_28d"])
    change = them["late_28d"] * them["due_before"] - them["late_before"] * them["due_28d"]
    out["branch_late_change"] = _hundredths(change, them["due_28d"] * them["due_before"])
    out["branch_resting_share"] = _hundredths(them["resting"], them["active"])
    out["branch_gone_share"] = _hundredths(them["gone"], them["active"] + them["gone"])
    out["branch_lending_week"] = _hundredths(4 * them["loans_7d"], them["loans_28d"])
    out["branch_lending_trend"] = _hundredths(3 * them["loans_28d"], them["loans_before"])
    out["branch_season_turn"] = _hundredths(them["loans_next_last_year"], them["loans_past_last_year"])
    out["branch_wait_days"] = np.floor(over(them["wait_days"], them["waits"]) + 0.5)
    out["branch_complaint_rate_91d"] = _hundredths(them["complaints_91d"], them["active"])
    return out


def cohort(known: pd.DataFrame, at_risk: pd.Index) -> pd.DataFrame:
    """Others who joined in the same four weeks."""
    them, out = around(known, "cohort", at_risk), pd.DataFrame(index=at_risk)
    out["cohort_lending_week"] = over(4 * them["loans_7d"], them["loans_28d"])
    out["cohort_lending_trend"] = over(3 * them["loans_28d"], them["loans_before"])
    out["cohort_gone_share"] = over(them["gone"], them["active"] + them["gone"])
    return out


def market(known: pd.DataFrame, at_risk: pd.Index) -> pd.DataFrame:
    """Other clients with the same product, and the whole book."""
    them, out = around(known, "product", at_risk), pd.DataFrame(index=at_risk)
    everybody = around(known.assign(cohort=0), "cohort", at_risk)
    out["product_lending_trend"] = _hundredths(3 * them["loans_28d"], them["loans_before"])
    out["product_gone_share"] = _hundredths(them["gone"], them["active"] + them["gone"])
    out["book_lending_trend"] = _hundredths(3 * everybody["loans_28d"], everybody["loans_before"])
    out["book_season_turn"] = _hundredths(everybody["loans_next_last_year"], everybody["loans_past_last_year"])
    return out
