"""Instalments against payments: how heavy, how far ahead, how much is left."""

from features.feature import Feature, Unit

_F = "burden"
_NEEDS = ("instalments", "repayments")

FEATURES = (
    Feature(
        "days_since_payment",
        _F,
        "ARR-1",
        Unit.DAYS,
        1,
        "Days from the latest payment on a fresh loan to T.",
        "{value} since the last payment",
        needs=("repayments",),
    ),
    Feature(
        "paid_ahead_share",
        _F,
        "PAY-1",
        Unit.SHARE,
        0,
        "Over the open loans with a plan: (sum of payments minus sum of amounts due up to T) divided by "
        "the sum of all amounts due; negative when behind.",
        "payments on the loan are {value} of it ahead of the schedule",
        needs=_NEEDS,
        zero="payments on the loan are level with the schedule",
    ),
    Feature(
        "repaid_share",
        _F,
        "RNW-1",
        Unit.SHARE,
        0,
        "Over the open loans with a plan: sum of payments divided by the sum of all amounts due.",
        "{value} of the loan is paid",
        needs=_NEEDS,
    ),
    Feature(
        "instalments_prepaid",
        _F,
        "PAY-1",
        Unit.COUNT,
        1,
        "Number of instalments due after T of the open loans that are settled already.",
        "instalments already paid ahead: {value}",
        needs=_NEEDS,
    ),
    Feature(
        "instalments_to_come",
        _F,
        "RNW-1",
        Unit.COUNT,
        -1,
        "Number of instalments due after T of the open loans that are not settled.",
        "instalments still to come: {value}",
        needs=_NEEDS,
    ),
    Feature(
        "largest_payment_28d",
        _F,
        "PAY-1",
        Unit.RATIO,
        1,
        "Largest payment in the last 28 days on a fresh loan with a plan, divided by that loan's usual instalment.",
        "the largest payment of the last 28 days was {value} times the usual instalment",
        needs=_NEEDS,
    ),
    Feature(
        "partial_payment_share_182d",
        _F,
        "ARR-2",
        Unit.SHARE,
        1,
        "Of the payments in the last 182 days on fresh loans with a plan, the share below nine tenths of that"
        " loan's usual instalment.",
        "{value} of the payments of the last 182 days were smaller than an instalment",
        needs=_NEEDS,
    ),
    Feature(
        "payments_trend",
        _F,
        "BUS-1",
        Unit.RATIO,
        -1,
        "Sum of payments on fresh loans in the last 56 days divided by the same sum for those 56 to 111 days ago.",
        "payments of the last 56 days were {value} times those before",
        needs=("repayments",),
    ),
    Feature(
        "instalment_step",
        _F,
        "ARR-2",
        Unit.RATIO,
        1,
        "Usual instalment of the newest loan, if it is open, divided by that of the loan before it, both with a "
        "plan and in the newest loan's currency.",
        "the usual instalment is {value} times that of the loan before",
        needs=("instalments",),
    ),
    Feature(
        "loan_charge_share",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Sum of the amounts due of the newest loan, if it is open, minus its amount, divided by its amount.",
        "the cost of the loan is {value} of the amount",
        needs=("instalments",),
    ),
    Feature(
        "instalments_to_payments",
        _F,
        "OVD-1",
        Unit.RATIO,
        1,
        "Amounts due of the open loans in the 28 days after T, times 13, divided by twice the payments on "
        "fresh loans in the last 182 days.",
        "the next 28 days ask for {value} times what was usually paid",
        needs=_NEEDS,
    ),
)
