"""The time of the year, the month and the week, and what the client did then before."""

from features.feature import Feature, Unit

_F = "season"

FEATURES = (
    Feature(
        "loans_coming_season",
        _F,
        "SEA-1",
        Unit.COUNT,
        -1,
        "Number of loans 337 to 364 or 702 to 729 days ago.",
        "loans taken in earlier years in the four weeks now to come: {value}",
        zero="no loan was taken in earlier years in the four weeks now to come",
    ),
    Feature(
        "loans_this_season",
        _F,
        "SEA-1",
        Unit.COUNT,
        0,
        "Number of loans 365 to 392 or 730 to 757 days ago.",
        "loans taken in earlier years in the four weeks now past: {value}",
        zero="no loan was taken in earlier years in the four weeks now past",
    ),
    Feature(
        "late_ends_this_season",
        _F,
        "TRM-1",
        Unit.COUNT,
        1,
        "Number of loans that ended after their due_on, 320 to 410 or 685 to 775 days ago.",
        "loans that ended late at this time in earlier years: {value}",
        needs=("loans.due_on", "loans.closed_on"),
        zero="no loan ended late at this time in earlier years",
    ),
    Feature(
        "loans_same_weekday_91d",
        _F,
        "SEA-1",
        Unit.SHARE,
        0,
        "Of the loans in the last 91 days, the share taken on T's day of the week.",
        "{value} of the loans of the last 91 days were taken on the same weekday as the list's date",
        zero="no loan of the last 91 days was taken on the same weekday as the list's date",
        none_while_resting=True,
        one="all loans of the last 91 days were taken on the same weekday as the list's date",
    ),
    Feature(
        "day_of_month",
        _F,
        "SEA-1",
        Unit.CALENDAR,
        0,
        "Day of the month of T.",
        told_by="loans_month_ago",
    ),
    Feature(
        "day_of_week",
        _F,
        "SEA-1",
        Unit.CALENDAR,
        0,
        "Day of the week of T, 1 for Monday.",
        told_by="loans_same_weekday_91d",
    ),
)
