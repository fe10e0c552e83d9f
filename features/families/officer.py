"""Who served the client, and how steadily; from assignments, never from today's officer."""

from features.feature import Feature, Unit

_F = "officer"
_NEEDS_A = ("assignments",)
_NEEDS_B = ("assignments", "officers.branch_id")

FEATURES = (
    Feature(
        "days_with_officer",
        _F,
        "OFF-1",
        Unit.DAYS,
        -1,
        "Days from from_on of the client's post to T; not known while it is vacant.",
        "{value} with the present officer",
        needs=_NEEDS_A,
        zero="the present officer took over today",
    ),
    Feature(
        "officer_changes_365d",
        _F,
        "OFF-1",
        Unit.COUNT,
        1,
        "Number of assignments that began in the last 365 days, other than the client's first, whose officer "
        "differs from that of the assignment before (a vacancy is an officer of its own).",
        "changes of officer in the last 365 days: {value}",
        needs=_NEEDS_A,
        zero="no change of officer in the last 365 days",
    ),
    Feature(
        "days_without_officer",
        _F,
        "OFF-1",
        Unit.DAYS,
        1,
        "Days for which the client's post has been vacant: from from_on of a vacant assignment, or from the "
        "end of the latest one, to T; 0 while it is held.",
        "{value} without an officer",
        needs=_NEEDS_A,
        zero="an officer is assigned, or was until today",
    ),
    Feature(
        "contacts_by_others_share_182d",
        _F,
        "OFF-1",
        Unit.SHARE,
        1,
        "Of the ordinary contacts in the last 182 days made by a known officer, the share made by another "
        "than the client's; not known without an officer.",
        "{value} of the contacts outside the weekly list in the last 182 days were by another than the present officer",
        needs=("assignments", "contacts.officer_id"),
        zero="all contacts outside the weekly list in the last 182 days were by the present officer",
        one="all contacts outside the weekly list in the last 182 days were by another than the present officer",
    ),
    Feature(
        "branch_changes_730d",
        _F,
        "DST-1",
        Unit.COUNT,
        1,
        "Number of assignments that began in the last 730 days whose officer's branch differs from the branch"
        " of the assignment before, both known.",
        "changes of branch in the last 730 days: {value}",
        needs=_NEEDS_B,
        zero="no change of branch in the last 730 days",
    ),
    Feature(
        "days_since_branch_change",
        _F,
        "DST-1",
        Unit.DAYS,
        -1,
        "Days to T from from_on of the latest assignment whose officer's branch differs from the branch of "
        "the assignment before, both known.",
        "{value} since the branch changed",
        needs=_NEEDS_B,
        zero="the branch changed today",
    ),
)
