"""Which groups the client belonged to."""

from features.feature import Feature, Unit

_F = "membership"
_NEEDS = ("memberships",)

FEATURES = (
    Feature(
        "days_in_group",
        _F,
        "GRP-1",
        Unit.DAYS,
        -1,
        "Days from from_on of the client's membership to T.",
        "{value} in the present group",
        needs=_NEEDS,
        zero="joined the present group today",
    ),
    Feature(
        "days_without_group",
        _F,
        "GRP-1",
        Unit.DAYS,
        1,
        "Days from the latest to_on of the client's memberships to T; 0 while in a group.",
        "{value} without a group",
        needs=_NEEDS,
        zero="in a group, or was until today",
    ),
    Feature(
        "group_changes_365d",
        _F,
        "DST-1",
        Unit.COUNT,
        1,
        "Number of memberships that began in the last 365 days, other than the client's first, in another "
        "group than the membership before.",
        "changes of group in the last 365 days: {value}",
        needs=_NEEDS,
        zero="no change of group in the last 365 days",
    ),
)
