"""Amounts of the loans in the newest loan's currency, weighed by how recent they are."""

from features.feature import Feature, Unit

_F = "sizes"

FEATURES = (
    Feature(
        "amounts_halved_10d",
        _F,
        "RST-1",
        Unit.CURRENCY,
        -1,
        "Sum over the loans of the amount times 0.5 to the power (days from disbursement to T divided by 10),"
        " each power rounded to a millionth.",
        told_by="loans_14d",
    ),
    Feature(
        "amounts_halved_21d",
        _F,
        "RST-1",
        Unit.CURRENCY,
        -1,
        "Sum over the loans of the amount times 0.5 to the power (days from disbursement to T divided by 21),"
        " each power rounded to a millionth.",
        told_by="loans_28d",
    ),
    Feature(
        "loan_amount_mean",
        _F,
        "AMT-2",
        Unit.CURRENCY,
        0,
        "Mean amount of the loans.",
        "loans so far were for {value} on average",
    ),
    Feature(
        "loan_amount_largest",
        _F,
        "AMT-2",
        Unit.CURRENCY,
        0,
        "Largest amount of the loans.",
        "the largest loan so far was {value}",
    ),
    Feature(
        "loan_amount_evenness",
        _F,
        "AMT-2",
        Unit.SHARE,
        0,
        "Smallest amount of the loans divided by the largest.",
        "the smallest loan so far was {value} of the largest",
        one="all loans so far were of one size",
    ),
    Feature(
        "amount_open",
        _F,
        "OVD-1",
        Unit.CURRENCY,
        1,
        "Sum of the amounts of the open loans.",
        "the open loans come to {value}",
        zero="no loan is open",
    ),
)
