"""Rhythm and pace: on which days the client borrowed, and what her gaps say of the present silence."""

import numpy as np
import pandas as pd
from pandas_features.lending import Lending
from pandas_features.loans import over


def borrowing_days(of: Lending) -> pd.DataFrame:
    """Each borrowing day, latest first within a client: loans, gap to the one before, place, silence."""
    days = of.lent.groupby(["client_id", "days_ago"]).size().rename("loans").reset_index()
    own = days.groupby("client_id")["days_ago"]
    days["gap"] = own.shift(-1) - days["days_ago"]
    days["place"] = own.cumcount() + 1
    days["silence"] = own.transform("first")
    return days


def rhythm(of: Lending, days: pd.DataFrame) -> pd.DataFrame:
    """How often the client borrows, and how the present silence compares."""
    out = pd.DataFrame(index=of.at_risk)
    own = days.groupby("client_id")
    out["silence_days"] = own["silence"].first()
    for width in (7, 14, 28, 56, 91, 182):
        out[f"loans_{width}d"] = days["loans"].where(days["days_ago"] < width, 0).groupby(days["client_id"]).sum()
    out["loans_28d_of_56d"] = over(out["loans_28d"], out["loans_56d"])
    recent = days[days["days_ago"] < 56]
    weeks = (recent["days_ago"] // 7).groupby(recent["client_id"]).nunique()
    out["borrowing_weeks_56d"] = weeks.reindex(out.index, fill_value=0)
    month = days[days["days_ago"].between(23, 30)].groupby("client_id")["loans"].sum()
    out["loans_month_ago"] = month.reindex(out.index, fill_value=0)
    out["days_since_third_last"] = days[days["place"] == 3].set_index("client_id")["days_ago"]
    out["gap_last_days"] = days[days["place"] == 1].set_index("client_id")["gap"]
    out["gap_mean_days"] = own["gap"].mean()
    out["gap_max_days"] = own["gap"].max()
    out["silence_to_gap_mean"] = over(out["silence_days"], out["gap_mean_days"])
    out["silence_to_gap_max"] = over(out["silence_days"], out["gap_max_days"])
    gaps = days[days["gap"].notna()]
    out["gaps_longer_share"] = (gaps["gap"] > gaps["silence"]).groupby(gaps["client_id"]).mean()
    latest = gaps[gaps["place"] <= 4].groupby("client_id")["gap"].mean()
    out["gap_recent_to_mean"] = over(latest, out["gap_mean_days"])
    return out


def pace(of: Lending, days: pd.DataFrame) -> pd.DataFrame:
    """Borrowing days weighed by how recent they are, and how long the silence may go on."""
    out = pd.DataFrame(index=of.at_risk)
    own = days.groupby("client_id")
    ago, client = days["days_ago"], days["client_id"]
    for half in (7, 14, 21, 35):
        weight = np.floor(1e6 * 0.5 ** (ago / half) + 0.5)
        out[f"borrowing_days_halved_{half}d"] = weight.groupby(client).sum() / 1e6
    tenure, silence = own["days_ago"].max(), own["silence"].first()
    every_day = (1 - 0.5 ** ((tenure + 1) / 21)) / (1 - 0.5 ** (1 / 21))
    out["borrowing_rate_21d"] = out["borrowing_days_halved_21d"] / every_day
    weeks = days[ago < 112].assign(week=ago // 7).drop_duplicates(["client_id", "week"])
    weight = np.floor(1e6 * 0.75 ** weeks["week"] + 0.5).groupby(weeks["client_id"]).sum() / 1e6
    out["borrowing_weeks_weighed"] = weight.reindex(out.index, fill_value=0)
    in_a_row = (weeks.groupby("client_id").cumcount() == weeks["week"]).groupby(weeks["client_id"]).sum()
    out["borrowing_weeks_in_a_row"] = in_a_row.reindex(out.index, fill_value=0)
    out["days_since_second_last"] = days[days["place"] == 2].set_index("client_id")["days_ago"]
    out["days_since_fifth_last"] = days[days["place"] == 5].set_index("client_id")["days_ago"]
    gaps = days[days["gap"].notna()]
    gap = gaps.groupby("client_id")["gap"]
    out["gap_median_days"] = gap.quantile(0.5, interpolation="lower")
    out["silence_to_gap_median"] = over(silence, out["gap_median_days"])
    out["silence_to_gap_recent"] = over(silence, gaps[gaps["place"] <= 4].groupby("client_id")["gap"].mean())
    squares = (gaps["gap"] ** 2).groupby(gaps["client_id"]).sum()
    spread = np.sqrt(gap.size() * squares - gap.sum() ** 2) / gap.size()
    out["silence_in_deviations"] = (silence - gap.mean()) / (1 + spread)
    as_long = (days["gap"] >= days["silence"]).groupby(client).sum() + 0.5
    for more in (7, 14):
        longer = (days["gap"] > days["silence"] + more).groupby(client).sum() + 0.25
        out[f"silence_goes_on_{more}d"] = longer / as_long
    before = ((ago > days["silence"]) & (ago <= days["silence"] + 28)).groupby(client).sum()
    out["loans_expected_in_silence"] = silence * before / 28
    recent = days[ago < 91]
    weekdays = recent.groupby(["client_id", recent["days_ago"] % 7]).size().groupby("client_id")
    out["borrowing_favourite_weekday_91d"] = weekdays.max() / weekdays.sum()
    loans = of.lent[["client_id", "place", "ended_ago"]].copy()
    loans["lag"] = loans["ended_ago"] - of.lent.groupby("client_id")["days_ago"].shift(-1)
    out["return_mean_days"] = loans.groupby("client_id")["lag"].mean()
    out["return_last_days"] = loans[loans["place"] == 2].set_index("client_id")["lag"]
    return out
