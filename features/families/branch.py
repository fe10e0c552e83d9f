"""The other clients of the branch of the client's officer."""

from features.feature import Feature, Unit

_F = "branch"
_NEEDS_B = ("assignments", "officers.branch_id")
_NEEDS_L = (*_NEEDS_B, "instalments", "repayments")

FEATURES = (
    Feature(
        "branch_late_share_28d",
        _F,
        "SHK-1",
        Unit.SHARE,
        1,
        "Share of the instalments due in the last 28 days that were late, over the others of the branch.",
        "{value} of the branch's instalments came late in the last 28 days",
        needs=_NEEDS_L,
    ),
    Feature(
        "branch_late_change",
        _F,
        "SHK-1",
        Unit.SHARE,
        1,
        "Share of the instalments due in the last 28 days that were late minus the same share for those 28 to 111 "
        "days ago, over the others of the branch.",
        "the branch's share of late instalments changed by {value} in the last 28 days",
        needs=_NEEDS_L,
        zero="the branch's share of late instalments did not change in the last 28 days",
    ),
    Feature(
        "branch_resting_share",
        _F,
        "CMPT-1",
        Unit.SHARE,
        1,
        "Share of the active others of the branch who are resting.",
        "{value} of the branch's clients pause between loans",
        needs=_NEEDS_B,
    ),
    Feature(
        "branch_gone_share",
        _F,
        "CMPT-1",
        Unit.SHARE,
        1,
        "Of the others of the branch who are active or gone, the share gone.",
        "{value} of the branch's clients have not borrowed for a while",
        needs=_NEEDS_B,
    ),
    Feature(
        "branch_lending_week",
        _F,
        "CMPT-1",
        Unit.RATIO,
        -1,
        "Four times the number of loans of the others of the branch in the last 7 days, divided by the number in the "
        "last 28 days.",
        "in the last week the branch borrowed at {value} times its pace of four weeks",
        needs=_NEEDS_B,
    ),
    Feature(
        "branch_lending_trend",
        _F,
        "CMPT-1",
        Unit.RATIO,
        -1,
        "Three times the number of loans of the others of the branch in the last 28 days, divided by the "
        "number 28 to 111 days ago.",
        "new loans of the branch run at {value} times the earlier pace",
        needs=_NEEDS_B,
    ),
    Feature(
        "branch_season_turn",
        _F,
        "SEA-1",
        Unit.RATIO,
        0,
        "Number of loans of the others of the branch 337 to 364 days ago divided by the number 365 to 392 days ago.",
        "a year ago the coming four weeks brought the branch {value} times the loans of the four before",
        needs=_NEEDS_B,
    ),
    Feature(
        "branch_wait_days",
        _F,
        "WAIT-1",
        Unit.DAYS,
        1,
        "Mean wait of the loans of the others of the branch in the last 182 days.",
        "{value} from request to money in the branch",
        needs=("assignments", "officers.branch_id", "applications.decided_on", "applications.loan_id"),
    ),
    Feature(
        "branch_complaint_rate_91d",
        _F,
        "POL-1",
        Unit.RATIO,
        1,
        "Number of complaints of the others of the branch in the last 91 days divided by the active others.",
        "complaints for each client of the branch in the last 91 days: {value}",
        needs=(*_NEEDS_B, "complaints"),
    ),
)
