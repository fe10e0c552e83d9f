"""Others who joined in the same four weeks as the client."""

from features.feature import Feature, Unit

_F = "cohort"

FEATURES = (
    Feature(
        "cohort_lending_week",
        _F,
        "CMPT-1",
        Unit.RATIO,
        -1,
        "Four times the number of loans of the others of the cohort in the last 7 days, divided by the number"
        " in the last 28 days.",
        "in the last week clients who joined in the same weeks borrowed at {value} times their pace of four weeks",
        zero="none of the clients who joined in the same weeks borrowed in the last week",
        one="in the last week clients who joined in the same weeks borrowed at their pace of four weeks",
    ),
    Feature(
        "cohort_lending_trend",
        _F,
        "CMPT-1",
        Unit.RATIO,
        -1,
        "Three times the number of loans of the others of the cohort in the last 28 days, divided by the "
        "number 28 to 111 days ago.",
        "new loans of clients who joined in the same weeks run at {value} times the earlier pace",
        zero="none of the clients who joined in the same weeks borrowed in the last 28 days",
        one="new loans of clients who joined in the same weeks run at the earlier pace",
    ),
    Feature(
        "cohort_gone_share",
        _F,
        "CMPT-1",
        Unit.SHARE,
        1,
        "Of the others of the cohort who are active or gone, the share gone.",
        "{value} of the clients who joined in the same weeks have not borrowed for a while",
        zero="none of the clients who joined in the same weeks has stopped borrowing of late",
        one="all of the clients who joined in the same weeks have not borrowed for a while",
    ),
)
