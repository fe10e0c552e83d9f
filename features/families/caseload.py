"""The other clients of the client's officer."""

from features.feature import Feature, Unit

_F = "caseload"
_NEEDS_A = ("assignments",)
_NEEDS_L = ("assignments", "instalments", "repayments")

FEATURES = (
    Feature(
        "officer_caseload",
        _F,
        "OFF-2",
        Unit.COUNT,
        1,
        "Number of active others with the client's officer; not known without one.",
        "other clients of the officer: {value}",
        needs=_NEEDS_A,
        zero="the officer has no other client",
    ),
    Feature(
        "officer_handover_share",
        _F,
        "OFF-1",
        Unit.SHARE,
        1,
        "Share of the active others of the client's officer who were handed over.",
        "{value} of the officer's other clients are new to the officer",
        needs=_NEEDS_A,
        zero="no other client of the officer is new to the officer",
        one="all other clients of the officer are new to the officer",
    ),
    Feature(
        "officer_contact_rate_28d",
        _F,
        "OFF-2",
        Unit.RATIO,
        -1,
        "Number of outgoing ordinary contacts but messages with the others of the client's officer in the "
        "last 28 days, divided by the active others.",
        "visits and calls by the officer in the last 28 days outside the weekly list, for each other client: {value}",
        needs=("assignments", "contacts"),
        zero="no visit or call by the officer to another client in the last 28 days outside the weekly list",
    ),
    Feature(
        "officer_contact_trend",
        _F,
        "OFF-1",
        Unit.RATIO,
        -1,
        "Three times the number of outgoing ordinary contacts but messages with the others of the client's "
        "officer in the last 28 days, divided by the number 28 to 111 days ago.",
        "the officer's visits and calls to other clients run at {value} times the earlier pace",
        needs=("assignments", "contacts"),
        zero="the officer's visits and calls to other clients outside the weekly list have stopped for 28 days",
        one="the officer's visits and calls to other clients run at the earlier pace",
    ),
    Feature(
        "officer_late_share_28d",
        _F,
        "OFF-2",
        Unit.SHARE,
        1,
        "Share of the instalments due in the last 28 days that were late, over the others of the client's officer.",
        "{value} of the instalments of the officer's other clients were late in the last 28 days",
        needs=_NEEDS_L,
        zero="no instalment of the officer's other clients was late in the last 28 days",
        one="all instalments of the officer's other clients were late in the last 28 days",
    ),
    Feature(
        "officer_gone_share",
        _F,
        "OFF-2",
        Unit.SHARE,
        1,
        "Of the others of the client's officer who are active or gone, the share gone.",
        "{value} of the officer's other clients have not borrowed for a while",
        needs=_NEEDS_A,
        zero="no other client of the officer has stopped borrowing of late",
        one="all other clients of the officer have not borrowed for a while",
    ),
)
