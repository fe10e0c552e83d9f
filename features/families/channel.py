"""How payments are made."""

from features.feature import Feature, Unit

_F = "channel"
_NEEDS = ("repayments.channel",)

FEATURES = (
    Feature(
        "remote_payment_share_182d",
        _F,
        "DIG-1",
        Unit.SHARE,
        0,
        "Of the payments in the last 182 days with a channel, the share not in cash.",
        "{value} of the payments of the last 182 days were not in cash",
        needs=_NEEDS,
        zero="all payments of the last 182 days were in cash",
        one="no payment of the last 182 days was in cash",
    ),
    Feature(
        "phone_payment_change",
        _F,
        "DIG-1",
        Unit.POINTS,
        -1,
        "Share of the payments with a channel in the last 56 days made by mobile minus the same share for "
        "those 56 to 181 days ago.",
        "the share of payments by phone rose by {value} in the last 56 days",
        needs=_NEEDS,
        zero="the share of payments by phone did not change in the last 56 days",
        below="the share of payments by phone fell by {value} in the last 56 days",
    ),
    Feature(
        "days_since_phone_payment",
        _F,
        "DIG-1",
        Unit.DAYS,
        1,
        "Days to T from the latest payment by mobile in the last 182 days.",
        "{value} since the last payment by phone",
        needs=_NEEDS,
        zero="a payment was made by phone today",
        while_open=True,
    ),
)
