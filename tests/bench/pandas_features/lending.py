"""Loans, spells, who is at risk, schedules and payments: what several families read."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from pandas_features.known import Files

from features.exit import ExitDefinition
from features.leaver_type import Cause

NEVER = pd.Timestamp("9999-12-31")


@dataclass(frozen=True)
class Lending:
    """Tables about the loans of one date; each is made once."""

    files: Files
    definition: ExitDefinition

    @cached_property
    def every_loan(self) -> pd.DataFrame:
        """Known loans, cancelled ones too, oldest first within each client."""
        columns = ["loan_id", "client_id", "disbursed_on", "amount", "due_on", "product_id", "currency"]
        columns += ["interest_rate", "closed_on", "closed_how", "closed_known_on"]
        loans = self.files.known("loans", columns)
        loans["closed_known_on"] = loans["closed_known_on"].fillna(loans["closed_on"])
        loans["closed_on"] = loans["closed_on"].where(loans["closed_known_on"] <= self.files.day)
        loans["closed_how"] = loans["closed_how"].where(loans["closed_on"] <= self.files.day)
        loans["closed_on"] = loans["closed_on"].where(loans["closed_on"] <= self.files.day)
        loans["currency"] = loans["currency"].cat.codes
        loans = loans.drop(columns=["closed_known_on", "known_on"])
        return loans.sort_values(["client_id", "disbursed_on", "loan_id"], ignore_index=True)

    @cached_property
    def lent(self) -> pd.DataFrame:
        """Loans that were not cancelled, with place (1 is the newest) and the loan before."""
        loans = self.every_loan[self.every_loan["closed_how"] != "cancelled"].copy()
        loans["days_ago"] = self.files.ago(loans["disbursed_on"])
        loans["ended_ago"] = self.files.ago(loans["closed_on"])
        loans["due_in"] = -self.files.ago(loans["due_on"])
        loans["term"] = (loans["due_on"] - loans["disbursed_on"]).dt.days
        loans["ended_early"] = (loans["due_on"] - loans["closed_on"]).dt.days
        loans["open"] = loans["closed_on"].isna()
        own = loans.groupby("client_id", sort=False)
        loans["place"] = own.cumcount(ascending=False) + 1
        loans["product_before"] = own["product_id"].shift()
        loans["rate_before"] = own["interest_rate"].shift()
        loans["term_before"] = own["term"].shift()
        loans["usual_money"] = loans["currency"] == own["currency"].transform("last")
        alike = loans.groupby(["client_id", "currency"], sort=False)
        loans["money_place"] = alike.cumcount(ascending=False) + 1
        loans["amount_before"] = alike["amount"].shift()
        return loans

    @cached_property
    def newest(self) -> pd.DataFrame:
        """Each client's newest loan, by client."""
        return self.lent[self.lent["place"] == 1].set_index("client_id")

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Runs of loans without a pause: client_id, spell, began, ended, back_on, written_off."""
        loans = self.lent[["client_id", "disbursed_on", "closed_on", "closed_how"]].copy()
        loans["ended"] = loans["closed_on"].fillna(NEVER)
        covered = loans.groupby("client_id")["ended"].cummax().groupby(loans["client_id"]).shift()
        first = covered.isna() | (loans["disbursed_on"] > covered)
        loans["spell"] = first.groupby(loans["client_id"]).cumsum()
        own = loans.groupby(["client_id", "spell"])
        spells = own.agg(began=("disbursed_on", "min"), ended=("ended", "max"))
        last = loans["ended"] == own["ended"].transform("max")
        lost = loans[last & (loans["closed_how"] == "written_off")].groupby(["client_id", "spell"]).size()
        spells["written_off"] = lost.reindex(spells.index).notna()
        spells = spells.reset_index()
        spells["back_on"] = spells.groupby("client_id")["began"].shift(-1)
        return spells

    @cached_property
    def at_risk(self) -> pd.Index:
        """Clients at risk by the decision-point rule, in ascending order."""
        kinds = {kind.value for kind, of in self.definition.causes.items() if of is Cause.NOT_AN_EXIT}
        left = self.files.known("departures", ["client_id", "leaver_type"])
        left = left[left["leaver_type"] != "REST"]
        latest = self.spells[self.spells["back_on"].isna()].set_index("client_id")
        gone = left.groupby("client_id")["left_on"].max()
        at_the_end = left[left["left_on"] == left["client_id"].map(gone)]
        moved = at_the_end.loc[at_the_end["leaver_type"].isin(kinds), "client_id"].unique()
        gone = gone.reindex(latest.index)
        still = latest["ended"] == NEVER
        there = gone.isna() | (gone < latest["began"]) | ~latest.index.isin(moved)
        grace = pd.Timedelta(days=self.definition.grace_days)
        rests = ~latest["written_off"] & (gone.isna() | (gone < latest["ended"]))
        rests &= latest["ended"] >= self.files.day - grace
        return latest.index[(still & there) | (~still & rests)].sort_values()

    @cached_property
    def repayments(self) -> pd.DataFrame:
        """Payments for known loans, with the client."""
        paid = self.files.known("repayments", ["loan_id", "paid_on", "amount", "channel"]).drop(columns="known_on")
        return paid.merge(self.every_loan[["loan_id", "client_id"]], on="loan_id")

    @cached_property
    def plans(self) -> pd.DataFrame:
        """Instalments of loans open, ended within 182 days, or among the newest two, in order of their days."""
        lent = self.lent
        wanted = lent[lent["open"] | (lent["ended_ago"] < 182) | (lent["place"] <= 2)]
        rows = self.files.read("instalments", ["loan_id", "due_on", "amount_due", "known_on", "replaced_on"])
        rows = rows[(rows["amount_due"] > 0) & ~(rows["replaced_on"] <= self.files.day)]
        rows = rows.drop(columns="replaced_on")
        rows = rows.merge(wanted[["loan_id", "client_id", "disbursed_on"]], on="loan_id")
        rows = rows[rows["known_on"].fillna(rows["disbursed_on"]) <= self.files.day]
        return rows[["loan_id", "client_id", "due_on", "amount_due"]].sort_values(["loan_id", "due_on"])

    @cached_property
    def usual(self) -> pd.DataFrame:
        """Sum and number of the instalments of each plan, by loan."""
        return self.plans.groupby("loan_id").agg(planned=("amount_due", "sum"), instalments=("amount_due", "count"))

    @cached_property
    def received(self) -> pd.DataFrame:
        """Payments for loans open or ended within 182 days, in order of their days."""
        fresh = self.lent[self.lent["open"] | (self.lent["ended_ago"] < 182)]
        paid = self.repayments[self.repayments["loan_id"].isin(fresh["loan_id"])]
        return paid[["loan_id", "client_id", "paid_on", "amount"]].sort_values(["loan_id", "paid_on"])

    @cached_property
    def dues(self) -> pd.DataFrame:
        """Instalments of fresh loans: due_ago, settled_on, delay."""
        fresh = self.lent[self.lent["open"] | (self.lent["ended_ago"] < 182)]
        due = self.plans.merge(fresh[["loan_id", "closed_on", "open"]], on="loan_id")
        due["reached"] = due.groupby("loan_id")["amount_due"].cumsum()
        due["reached"] = due.groupby(["loan_id", "due_on"])["reached"].transform("max")
        paid = self.received[["loan_id", "paid_on"]].rename(columns={"paid_on": "settled_on"})
        paid["total"] = self.received.groupby("loan_id")["amount"].cumsum()
        due = pd.merge_asof(
            due.sort_values("reached", kind="stable"),
            paid.sort_values("total", kind="stable"),
            left_on="reached",
            right_on="total",
            by="loan_id",
            direction="forward",
        )
        due = due[due["open"] | (due["due_on"] <= due["closed_on"])].drop(columns=["reached", "total"])
        due["due_ago"] = self.files.ago(due["due_on"])
        ended = due["settled_on"].fillna(due["closed_on"]).fillna(self.files.day)
        due["delay"] = (ended - due["due_on"]).dt.days.clip(lower=0).where(due["due_ago"] >= 0)
        return due
