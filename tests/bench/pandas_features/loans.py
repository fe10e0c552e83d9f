"""Borrowing, sizes, rests and season."""

import numpy as np
import pandas as pd
from pandas_features.lending import NEVER, Lending


def over(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """A ratio; missing over nought."""
    return top / bottom.where(bottom != 0)


def borrowing(of: Lending) -> pd.DataFrame:
    """Loans taken: how many, how large, how long, and how they ended."""
    lent, newest, out = of.lent, of.newest, pd.DataFrame(index=of.at_risk)
    own = lent.groupby("client_id")
    joined = of.files.known("clients", ["client_id"]).set_index("client_id")["joined_on"]
    out["loans_taken"] = own.size()
    out["tenure_days"] = own["days_ago"].max()
    out["member_days"] = of.files.ago(joined)
    out["loans_open"] = own["open"].sum()
    out["days_to_loan_end"] = lent[lent["open"]].groupby("client_id")["due_in"].max()
    current = newest[newest["open"] & (newest["term"] > 0)]
    out["loan_elapsed_share"] = current["days_ago"] / current["term"]
    out["loan_term_days"] = newest["term"]
    out["loan_term_step"] = newest["term"] / newest["term_before"].where(newest["term_before"] > 0)
    out["interest_rate_step"] = newest["interest_rate"] - newest["rate_before"]
    both = newest[(newest["product_id"] >= 0) & (newest["product_before"] >= 0)]
    out["product_changed"] = (both["product_id"] != both["product_before"]).astype(float)
    out["loans_refinanced"] = (lent["closed_how"] == "refinanced").groupby(lent["client_id"]).sum()
    ended = lent[~lent["open"]]
    last = ended.sort_values(["client_id", "closed_on", "disbursed_on", "loan_id"])
    out["last_loan_ended_early_days"] = last.drop_duplicates("client_id", keep="last").set_index("client_id")[
        "ended_early"
    ]
    ended = ended[ended["ended_early"].notna()]
    early = (ended["ended_early"] >= 1) & (ended["ended_early"] * 10 >= ended["term"])
    out["loans_ended_early_share"] = early.groupby(ended["client_id"]).mean()
    out["loans_ended_late_share"] = (ended["ended_early"] < 0).groupby(ended["client_id"]).mean()
    money = lent[lent["usual_money"]]
    amounts = money.groupby("client_id")["amount"]
    out["loan_amount"] = newest["amount"] / 100
    out["loan_amount_step"] = over(newest["amount"], newest["amount_before"])
    out["loan_amount_to_largest"] = over(newest["amount"], amounts.max())
    out["loan_amount_to_average"] = over(newest["amount"], amounts.mean())
    recent = money[money["money_place"] <= 3].groupby("client_id")["amount"].mean()
    out["loan_amount_recent_to_average"] = over(recent, amounts.mean())
    grown = money["amount_before"].isna() | (money["amount"] * 100 > money["amount_before"] * 105)
    out["loans_without_growth"] = money[grown].groupby("client_id")["money_place"].min() - 1
    ceilings = of.files.read("products", ["product_id", "max_amount"]).set_index("product_id")["max_amount"]
    out["loan_amount_to_ceiling"] = over(newest["amount"], newest["product_id"].map(ceilings))
    return out


def sizes(of: Lending) -> pd.DataFrame:
    """Amounts of the loans in the newest loan's currency, weighed by how recent they are."""
    money, out = of.lent[of.lent["usual_money"]], pd.DataFrame(index=of.at_risk)
    for days in (10, 21):
        weight = np.floor(1e6 * 0.5 ** (money["days_ago"] / days) + 0.5)
        out[f"amounts_halved_{days}d"] = (money["amount"] * weight).groupby(money["client_id"]).sum() / 1e8
    amounts = money.groupby("client_id")["amount"]
    out["loan_amount_mean"] = amounts.mean() / 100
    out["loan_amount_largest"] = amounts.max() / 100
    out["loan_amount_evenness"] = over(amounts.min(), amounts.max())
    out["amount_open"] = money["amount"].where(money["open"], 0).groupby(money["client_id"]).sum() / 100
    return out


def rests(of: Lending) -> pd.DataFrame:
    """Pauses between loans, past and present."""
    spells, out = of.spells, pd.DataFrame(index=of.at_risk)
    past = spells[spells["back_on"].notna()].copy()
    past["days"] = (past["back_on"] - past["ended"]).dt.days
    ago = of.files.ago(past["ended"])
    own = past.groupby("client_id")["days"]
    out["rests_taken"] = own.size()
    out["rest_longest_days"] = own.max()
    out["rest_mean_days"] = own.mean()
    out["rest_last_days"] = own.last()
    present = spells[spells["back_on"].isna()].set_index("client_id")["ended"]
    out["resting_days"] = of.files.ago(present.where(present != NEVER)).clip(lower=0).fillna(0)
    out["resting_to_longest"] = over(out["resting_days"], out["rest_longest_days"])
    season = ago.between(320, 410) | ago.between(685, 775)
    out["rests_this_season"] = past[season].groupby("client_id").size()
    return out.fillna({"rests_taken": 0, "rests_this_season": 0})


def season(of: Lending) -> pd.DataFrame:
    """The time of the year, the month and the week, and what the client did then before."""
    lent, out = of.lent, pd.DataFrame(index=of.at_risk)
    ago, ended = lent["days_ago"], lent["ended_ago"]
    found = {
        "loans_coming_season": ago.between(337, 364) | ago.between(702, 729),
        "loans_this_season": ago.between(365, 392) | ago.between(730, 757),
        "late_ends_this_season": (lent["ended_early"] < 0) & (ended.between(320, 410) | ended.between(685, 775)),
    }
    for name, flags in found.items():
        out[name] = flags.groupby(lent["client_id"]).sum()
    recent = lent[ago < 91]
    out["loans_same_weekday_91d"] = (recent["days_ago"] % 7 == 0).groupby(recent["client_id"]).mean()
    out["day_of_month"] = of.files.as_of.day
    out["day_of_week"] = of.files.as_of.isoweekday()
    return out
