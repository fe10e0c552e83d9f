"""What ended loans cost on top of the amount, as far as it is known."""

from features.feature import Feature, Unit

_F = "charges"
_NEEDS = ("instalments",)

FEATURES = (
    Feature(
        "charge_last",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Charge of the latest loan that has one.",
        "the last loan whose cost is known cost {value} on top",
        needs=_NEEDS,
    ),
    Feature(
        "charge_newest",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Charge of the newest loan.",
        "the newest loan cost {value} on top",
        needs=_NEEDS,
    ),
    Feature(
        "charge_largest",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Largest charge of the loans that have one.",
        "a loan cost up to {value} on top",
        needs=_NEEDS,
    ),
    Feature(
        "charge_largest_42d",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Largest charge of the loans taken in the last 42 days that have one.",
        "a loan of the last 42 days cost up to {value} on top",
        needs=_NEEDS,
    ),
    Feature(
        "charge_mean",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Mean charge of the loans that have one.",
        "loans cost {value} on top on average",
        needs=_NEEDS,
    ),
    Feature(
        "charge_mean_last3",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Mean charge of the latest three loans that have one (of all if fewer).",
        "the last three loans whose cost is known cost {value} on top on average",
        needs=_NEEDS,
    ),
    Feature(
        "charge_last_to_mean",
        _F,
        "PRC-1",
        Unit.SHARE,
        1,
        "Charge of the latest loan that has one minus the mean charge of the loans that have one.",
        "the cost of the last loan differs from the usual by {value}",
        needs=_NEEDS,
        zero="the cost of the last loan is the usual",
    ),
)
