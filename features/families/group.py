"""The other members of the client's group."""

from features.feature import Feature, Unit

_F = "group"
_G = ("memberships",)

FEATURES = (
    Feature(
        "group_size",
        _F,
        "GRP-1",
        Unit.COUNT,
        0,
        "Number of active others in the client's group; not known if the client is in no group.",
        "active members of the group besides the client: {value}",
        needs=_G,
    ),
    Feature(
        "group_late_share",
        _F,
        "GRP-1",
        Unit.SHARE,
        1,
        "Of the others in the group who have an open loan with a plan, the share with an instalment of such a loan "
        "due before T and not settled.",
        "in the group {value} of loans have an instalment open",
        needs=(*_G, "instalments", "repayments"),
    ),
    Feature(
        "group_late_change",
        _F,
        "GRP-1",
        Unit.SHARE,
        1,
        "Share of the others' instalments due in the last 28 days that were late minus the same share for those 28 "
        "to 111 days ago, over the group.",
        "the group's share of late instalments changed by {value} in the last 28 days",
        needs=(*_G, "instalments", "repayments"),
        zero="the group's share of late instalments did not change in the last 28 days",
    ),
    Feature(
        "group_resting_share",
        _F,
        "GRP-1",
        Unit.SHARE,
        1,
        "Share of the active others in the group who are resting.",
        "{value} of the group pause between loans",
        needs=_G,
    ),
    Feature(
        "group_gone_share",
        _F,
        "GRP-1",
        Unit.SHARE,
        1,
        "Of the others in the group who are active or gone, the share gone.",
        "{value} of the group have not borrowed for a while",
        needs=_G,
    ),
    Feature(
        "group_departures_91d",
        _F,
        "GRP-1",
        Unit.COUNT,
        1,
        "Number of others whose latest ended membership within the last 91 days is of the client's group.",
        "members who left the group in the last 91 days: {value}",
        needs=_G,
    ),
    Feature(
        "group_attendance_56d",
        _F,
        "GRP-1",
        Unit.SHARE,
        -1,
        "Share of the others' meetings in the last 56 days that were attended, over the group.",
        "attendance in the group was {value} in the last 56 days",
        needs=(*_G, "attendance"),
    ),
    Feature(
        "group_lending_week",
        _F,
        "GRP-1",
        Unit.RATIO,
        -1,
        "Four times the number of loans of the others of the group in the last 7 days, divided by the number in the "
        "last 28 days.",
        "in the last week the group borrowed at {value} times its pace of four weeks",
        needs=_G,
    ),
    Feature(
        "group_lending_trend",
        _F,
        "GRP-1",
        Unit.RATIO,
        -1,
        "Three times the number of the others' loans in the last 28 days divided by the number 28 to 111 days ago, "
        "over the group.",
        "new loans in the group run at {value} times the earlier pace",
        needs=_G,
    ),
)
