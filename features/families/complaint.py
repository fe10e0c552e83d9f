"""Complaints the client made."""

from features.feature import Feature, Unit

_F = "complaint"
_NEEDS = ("complaints",)

FEATURES = (
    Feature(
        "complaints_open",
        _F,
        "CMP-1",
        Unit.COUNT,
        1,
        "Number of complaints without a closed_on.",
        "complaints not yet settled: {value}",
        needs=_NEEDS,
    ),
    Feature(
        "complaint_open_days",
        _F,
        "CMP-1",
        Unit.DAYS,
        1,
        "Days from the earliest opened_on of the complaints without a closed_on to T; 0 if there is none.",
        "a complaint has been open for {value}",
        needs=_NEEDS,
        zero="no complaint is open",
    ),
    Feature(
        "days_since_complaint",
        _F,
        "CMP-1",
        Unit.DAYS,
        -1,
        "Days from the latest opened_on to T.",
        "{value} since the last complaint",
        needs=_NEEDS,
    ),
    Feature(
        "complaints_365d",
        _F,
        "CMP-1",
        Unit.COUNT,
        1,
        "Number of complaints in the last 365 days.",
        "complaints in the last 365 days: {value}",
        needs=_NEEDS,
    ),
    Feature(
        "complaints_repeated_365d",
        _F,
        "CMP-1",
        Unit.COUNT,
        1,
        "Largest number of complaints in the last 365 days on one topic; 0 if there is none with a topic.",
        "complaints about the same thing in the last 365 days: {value}",
        needs=("complaints.topic",),
    ),
    Feature(
        "complaint_settled_days",
        _F,
        "CMP-1",
        Unit.DAYS,
        1,
        "Days from opened_on to closed_on of the complaint settled last (by closed_on, then complaint_id).",
        "the last complaint was settled in {value}",
        needs=_NEEDS,
    ),
    Feature(
        "complaints_about_staff_365d",
        _F,
        "OFF-3",
        Unit.COUNT,
        1,
        "Number of complaints in the last 365 days that name an officer.",
        "complaints of one kind in the last 365 days: {value}",
        needs=("complaints.about_officer",),
    ),
)
