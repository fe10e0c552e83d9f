"""Instalments: what is late, how late, and how that changes."""

from features.feature import Feature, Unit

_F = "repayment"
_NEEDS = ("instalments", "repayments")

FEATURES = (
    Feature(
        "days_past_due",
        _F,
        "ARR-1",
        Unit.DAYS,
        1,
        "Days to T from the earliest due_on before T of the open loans' instalments that are not settled; 0 if there "
        "is none; not known without an open loan that has a plan.",
        "the oldest unpaid instalment is {value} past its day",
        needs=_NEEDS,
        zero="no instalment is past its day unpaid",
        while_open=True,
    ),
    Feature(
        "worst_delay_91d",
        _F,
        "ARR-1",
        Unit.DAYS,
        1,
        "Largest delay of the instalments due in the last 91 days.",
        "in the last 91 days an instalment was up to {value} late",
        needs=_NEEDS,
        zero="no instalment due in the last 91 days was late",
    ),
    Feature(
        "late_share_last3",
        _F,
        "ARR-1",
        Unit.SHARE,
        1,
        "Share of the latest three instalments due in the last 182 days (of all if fewer) that were late.",
        "{value} of the latest instalments, up to three, were late",
        needs=_NEEDS,
        zero="none of the latest instalments, up to three, was late",
        one="all of the latest instalments, up to three, were late",
    ),
    Feature(
        "late_share_182d",
        _F,
        "ARR-1",
        Unit.SHARE,
        1,
        "Share of the instalments due in the last 182 days that were late.",
        "{value} of the instalments due in the last 182 days were late",
        needs=_NEEDS,
        zero="no instalment due in the last 182 days was late",
        one="all instalments due in the last 182 days were late",
    ),
    Feature(
        "late_share_change",
        _F,
        "ARR-1",
        Unit.POINTS,
        1,
        "Share of the instalments due in the last 56 days that were late minus the same share for those 56 to 181 "
        "days ago.",
        "the share of late instalments rose by {value} in the last 56 days",
        needs=_NEEDS,
        zero="the share of late instalments did not change in the last 56 days",
        below="the share of late instalments fell by {value} in the last 56 days",
    ),
    Feature(
        "delay_mean_last6",
        _F,
        "ARR-1",
        Unit.DAYS,
        1,
        "Mean delay of the latest six instalments due in the last 182 days (of all if fewer).",
        "the latest instalments, up to six, were {value} late on average",
        needs=_NEEDS,
        zero="none of the latest instalments, up to six, was late",
    ),
    Feature(
        "delay_least_last6",
        _F,
        "TRM-1",
        Unit.DAYS,
        1,
        "Smallest delay of the latest six instalments due in the last 182 days (of all if fewer).",
        "each of the latest instalments, up to six, was at least {value} late",
        needs=_NEEDS,
        zero="at least one of the latest instalments, up to six, was on time",
    ),
)
