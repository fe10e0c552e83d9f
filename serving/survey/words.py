"""The closed words in which an exit interview is answered, and the columns of its form."""

from collections.abc import Mapping
from types import MappingProxyType

from serving.outcome_codes import REASONS

#: Who may have asked. Somebody who serves the client is told apart, for leavers hide from officers what is about them.
OWN_OFFICER = "own_officer"
ASKED_BY: Mapping[str, str] = MappingProxyType(
    {
        OWN_OFFICER: "The client's own officer",
        "other_officer": "Another officer",
        "manager": "The branch manager",
        "desk": "The retention desk",
        "analyst": "An analyst of head office",
        "outside": "Somebody from outside",
    }
)
#: Reasons about staff: no client is asked for them by the officer they may be about.
ABOUT_STAFF = frozenset({"OFF-1", "OFF-2", "OFF-3", "CMP-1", "FRD-1"})
#: Sensitive reasons: written down only if the client agreed to that besides, and then for counting alone.
PRIVATE = frozenset(code for code, reason in REASONS.items() if reason.consent)
#: The reason that is handed on to whoever follows up fraud and bribes.
WHISTLE_BLOWN = "FRD-1"

OPINIONS = ("yes", "no", "unsure")
SINCE = ("better", "same", "worse", "unsure")
PLACES = ("home", "business", "centre", "branch", "phone", "elsewhere")
#: What would have kept the client.
KEPT_BY: Mapping[str, str] = MappingProxyType(
    {
        "larger_loan": "A larger loan",
        "smaller_instalments": "Smaller or fewer instalments",
        "other_schedule": "Other payment days",
        "lower_price": "A lower price",
        "faster_money": "Money sooner",
        "less_paperwork": "Less paperwork",
        "savings_access": "Reaching the savings",
        "other_group": "Another group, or none",
        "other_officer": "Another officer, or more contact",
        "fair_treatment": "Being treated better",
        "nearer": "A place nearer by",
        "other": "Something else",
        "nothing": "Nothing",
    }
)

#: Columns of a file of answers, in the order of the form; those behind `consent` may be missing.
COLUMNS = (
    *("client_id", "interviewed_on", "consent", "interviewer", "interviewer_role", "leaver_type", "left_on", "reasons"),
    *("private_consent", "would_return", "return_on", "would_recommend", "kept_by", "since", "language", "place"),
    *("story", "sample_id", "answer_id", "replaces"),
)
REQUIRED = COLUMNS[:3]
