"""Repayment, burden, charges, channel and saving."""

import numpy as np
import pandas as pd
from pandas_features.lending import Lending
from pandas_features.loans import over


def repayment(of: Lending) -> pd.DataFrame:
    """Instalments: what is late, how late, and how that changes."""
    out = pd.DataFrame(index=of.at_risk)
    fallen = of.dues[of.dues["due_ago"].between(0, 181)].sort_values(["client_id", "due_ago", "delay"])
    fallen["place"] = fallen.groupby("client_id").cumcount() + 1
    fallen["late"] = fallen["delay"] >= 1
    owed = of.dues[of.dues["open"]]
    behind = owed[(owed["due_ago"] >= 1) & owed["settled_on"].isna()].groupby("client_id")["due_ago"].max()
    out["days_past_due"] = behind.reindex(owed["client_id"].unique()).fillna(0)
    out["worst_delay_91d"] = fallen[fallen["due_ago"] < 91].groupby("client_id")["delay"].max()
    out["late_share_last3"] = fallen[fallen["place"] <= 3].groupby("client_id")["late"].mean()
    out["late_share_182d"] = fallen.groupby("client_id")["late"].mean()
    recent = fallen[fallen["due_ago"] < 56].groupby("client_id")["late"].mean()
    before = fallen[fallen["due_ago"] >= 56].groupby("client_id")["late"].mean()
    out["late_share_change"] = recent - before
    six = fallen[fallen["place"] <= 6].groupby("client_id")["delay"]
    out["delay_mean_last6"] = six.mean()
    out["delay_least_last6"] = six.min()
    return out


def burden(of: Lending) -> pd.DataFrame:
    """Instalments against payments: how heavy, how far ahead, how much is left."""
    out = pd.DataFrame(index=of.at_risk)
    owed = of.dues[of.dues["open"]]
    client, ago = owed["client_id"], owed["due_ago"]
    planned = owed.groupby("client_id")["amount_due"].sum()
    due_by_now = owed["amount_due"].where(ago >= 0, 0).groupby(client).sum()
    next_28d = owed["amount_due"].where((ago < 0) & (ago >= -28), 0).groupby(client).sum()
    paid = of.received.merge(of.lent[["loan_id", "open"]], on="loan_id").join(of.usual, on="loan_id")
    paid["paid_ago"] = of.files.ago(paid["paid_on"])
    in_hand = paid[paid["open"] & paid["planned"].notna()].groupby("client_id")["amount"].sum()
    in_hand = in_hand.reindex(planned.index).fillna(0)
    own = paid.groupby("client_id")
    out["days_since_payment"] = own["paid_ago"].min()
    out["paid_ahead_share"] = (in_hand - due_by_now) / planned
    out["repaid_share"] = in_hand / planned
    out["instalments_prepaid"] = ((ago < 0) & owed["settled_on"].notna()).groupby(client).sum()
    out["instalments_to_come"] = ((ago < 0) & owed["settled_on"].isna()).groupby(client).sum()
    paid["of_usual"] = paid["amount"] * paid["instalments"] / paid["planned"]
    out["largest_payment_28d"] = paid[paid["paid_ago"] < 28].groupby("client_id")["of_usual"].max()
    half_year = paid[(paid["paid_ago"] < 182) & paid["planned"].notna()]
    partial = half_year["amount"] * half_year["instalments"] * 10 < half_year["planned"] * 9
    out["partial_payment_share_182d"] = partial.groupby(half_year["client_id"]).mean()
    recent = paid["amount"].where(paid["paid_ago"] < 56, 0).groupby(paid["client_id"]).sum()
    before = paid["amount"].where(paid["paid_ago"].between(56, 111), 0).groupby(paid["client_id"]).sum()
    out["payments_trend"] = over(recent, before)
    two = of.lent[(of.lent["place"] <= 2) & of.lent["usual_money"]].join(of.usual, on="loan_id", how="inner")
    two["instalment"] = two["planned"] / two["instalments"]
    newest = two[(two["place"] == 1) & two["open"]].set_index("client_id")
    out["instalment_step"] = over(newest["instalment"], two[two["place"] == 2].set_index("client_id")["instalment"])
    out["loan_charge_share"] = over(newest["planned"] - newest["amount"], newest["amount"])
    paid_182d = paid["amount"].where(paid["paid_ago"] < 182, 0).groupby(paid["client_id"]).sum()
    out["instalments_to_payments"] = over(next_28d * 13, paid_182d * 2)
    return out


def charges(of: Lending) -> pd.DataFrame:
    """What ended loans cost on top of the amount."""
    out = pd.DataFrame(index=of.at_risk)
    ended = of.lent[~of.lent["open"] & (of.lent["amount"] > 0)].join(of.usual, on="loan_id", how="inner")
    # In whole units of the currency, so that a tie is rounded as it is from exact decimals.
    share = (((ended["planned"] - ended["amount"]) / 100) / (ended["amount"] / 100)).clip(0, 0.15)
    ended["charge"] = np.floor(1e6 * share + 0.5) / 1e6
    ended["nth"] = ended.groupby("client_id").cumcount(ascending=False) + 1
    own = ended.groupby("client_id")["charge"]
    out["charge_last"] = own.last()
    out["charge_newest"] = ended[ended["place"] == 1].set_index("client_id")["charge"]
    out["charge_largest"] = own.max()
    out["charge_largest_42d"] = ended[ended["days_ago"] < 42].groupby("client_id")["charge"].max()
    out["charge_mean"] = own.mean()
    out["charge_mean_last3"] = ended[ended["nth"] <= 3].groupby("client_id")["charge"].mean()
    out["charge_last_to_mean"] = own.last() - own.mean()
    return out


def channel(of: Lending) -> pd.DataFrame:
    """How payments are made."""
    out = pd.DataFrame(index=of.at_risk)
    paid = of.repayments[of.repayments["channel"].notna()]
    ago = of.files.ago(paid["paid_on"])
    paid = paid[ago < 182].assign(ago=ago)
    phone = (paid["channel"] == "mobile").astype(float)
    out["remote_payment_share_182d"] = (paid["channel"] != "cash").groupby(paid["client_id"]).mean()
    recent = paid["ago"] < 56
    now = phone[recent].groupby(paid.loc[recent, "client_id"]).mean()
    before = phone[~recent].groupby(paid.loc[~recent, "client_id"]).mean()
    out["phone_payment_change"] = now - before
    out["days_since_phone_payment"] = paid[phone == 1].groupby("client_id")["ago"].min()
    return out


def saving(of: Lending) -> pd.DataFrame:
    """Savings: what is there, what comes in, what is taken out."""
    out = pd.DataFrame(index=of.at_risk)
    moved = of.files.known("savings", ["client_id", "moved_on", "kind", "amount", "compulsory"])
    client, ago = moved["client_id"], of.files.ago(moved["moved_on"])
    amount, locked = moved["amount"], moved["compulsory"].fillna(value=False).astype(bool)
    change = amount.where(moved["kind"].isin(["deposit", "interest"]), -amount)
    came, went, recent = moved["kind"] == "deposit", moved["kind"] == "withdrawal", ago < 91

    def total(of_them: pd.Series, values: pd.Series) -> pd.Series:
        return values.where(of_them, 0).groupby(client).sum()

    balance, change_91d = change.groupby(client).sum(), total(recent, change)
    withdrawn, deposited = total(went & recent, amount), total(came, amount)
    out["savings_balance"] = balance / 100
    out["savings_to_loan"] = over(balance, of.newest["amount"])
    before = balance - change_91d
    out["savings_change_91d"] = over(change_91d, before.where((before > 0) & (balance >= 0)))
    out["withdrawals_91d"] = (went & recent).groupby(client).sum()
    out["withdrawn_share_91d"] = over(withdrawn, (balance + withdrawn).where(balance >= 0))
    out["compulsory_deposit_share"] = over(total(came & locked, amount), deposited)
    out["compulsory_withdrawals_365d"] = (went & locked & (ago < 365)).groupby(client).sum()
    out["days_since_deposit"] = ago[came].groupby(client[came]).min()
    out["deposits_91d"] = (came & recent).groupby(client).sum()
    out["deposits_trend"] = over(total(came & recent, amount), total(came & (ago >= 91) & (ago < 182), amount))
    return out.fillna({"withdrawals_91d": 0, "compulsory_withdrawals_365d": 0, "deposits_91d": 0})
