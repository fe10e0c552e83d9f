"""Pauses between loans, past and present."""

from features.feature import Feature, Unit

_F = "rests"

FEATURES = (
    Feature(
        "rests_taken",
        _F,
        "RST-1",
        Unit.COUNT,
        -1,
        "Number of rests: pauses between the end of one spell of loans and the start of the next.",
        "pauses between loans so far: {value}",
        zero="no pause between two loans so far",
    ),
    Feature(
        "rest_longest_days",
        _F,
        "RST-1",
        Unit.DAYS,
        -1,
        "Length of the longest rest.",
        "the longest pause between loans was {value}",
    ),
    Feature(
        "rest_mean_days",
        _F,
        "RST-1",
        Unit.DAYS,
        -1,
        "Mean length of the rests.",
        "pauses between loans took {value} on average",
    ),
    Feature(
        "rest_last_days",
        _F,
        "RST-1",
        Unit.DAYS,
        0,
        "Length of the latest rest.",
        "the last pause between loans was {value}",
    ),
    Feature(
        "resting_days",
        _F,
        "RST-1",
        Unit.DAYS,
        1,
        "Days from the end of the latest spell to T; 0 while it lasts.",
        "{value} since the last loan ended",
        zero="a loan is open, or ended today",
    ),
    Feature(
        "resting_to_longest",
        _F,
        "RST-1",
        Unit.RATIO,
        1,
        "Days from the end of the latest spell to T (0 while it lasts) divided by the length of the longest rest.",
        "the present pause is {value} times the longest so far",
        zero="a loan is open, or ended today",
        one="the present pause is as long as the longest so far",
    ),
    Feature(
        "rests_this_season",
        _F,
        "SEA-1",
        Unit.COUNT,
        0,
        "Number of rests that began 320 to 410 or 685 to 775 days ago.",
        "pauses that began at this time in earlier years: {value}",
        zero="no pause began at this time in earlier years",
    ),
)
