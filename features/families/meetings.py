"""Attendance at the regular meeting."""

from features.feature import Feature, Unit

_F = "meetings"
_NEEDS = ("attendance",)

FEATURES = (
    Feature(
        "meetings_missed_91d",
        _F,
        "GRP-2",
        Unit.COUNT,
        1,
        "Number of meetings in the last 91 days not attended.",
        "meetings missed in the last 91 days: {value}",
        needs=_NEEDS,
        zero="no meeting missed in the last 91 days",
    ),
    Feature(
        "attendance_share_91d",
        _F,
        "GRP-2",
        Unit.SHARE,
        -1,
        "Share of the meetings in the last 91 days that were attended.",
        "{value} of the meetings of the last 91 days attended",
        needs=_NEEDS,
        zero="no meeting of the last 91 days attended",
        one="all meetings of the last 91 days attended",
    ),
    Feature(
        "attendance_change",
        _F,
        "GRP-2",
        Unit.POINTS,
        -1,
        "Share of the meetings in the last 56 days that were attended minus the same share for those 56 to "
        "181 days ago.",
        "attendance rose by {value} in the last 56 days",
        needs=_NEEDS,
        zero="attendance did not change in the last 56 days",
        below="attendance fell by {value} in the last 56 days",
    ),
    Feature(
        "meetings_missed_in_a_row",
        _F,
        "GRP-2",
        Unit.COUNT,
        1,
        "Of the meetings in the last 365 days, the number not attended after the day of the latest one attended.",
        "meetings missed in a row: {value}",
        needs=_NEEDS,
        zero="the last meeting was attended",
    ),
    Feature(
        "days_since_meeting",
        _F,
        "GRP-2",
        Unit.DAYS,
        1,
        "Days to T from the latest meeting in the last 365 days that was attended.",
        "{value} since the last meeting attended",
        needs=_NEEDS,
        zero="a meeting was attended today",
    ),
)
