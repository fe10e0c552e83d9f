"""What can be wrong with one row by itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from features.engines import literal, values
from features.judged import BAD, PADDED, Judged, Rule
from features.report import Severity
from features.schema import Column, Kind

#: No microfinance book is older, and none plans further ahead; dates beyond are typing or export errors.
OLDEST, NEWEST = date(1950, 1, 1), date(2099, 12, 31)
#: What many systems write for "not yet".
OPEN_END = date(9999, 12, 31)
#: A slip of the pen now and then is a warning; from this share of a table on, dates in the future are an error.
MANY = 0.01

_PLANNED = ("due_on", "to_on")
_ENDS = ("closed_on", "closed_known_on", "to_on", "replaced_on", "reversed_on")
_KINDS: Mapping[Kind, tuple[str, str]] = {
    "date": ("not_a_date", "not a date such as 2024-01-31"),
    "money": ("not_a_number", "not an amount such as 1250.50, without thousands separators"),
    "number": ("not_a_number", "not a number such as 0.24"),
    "integer": ("not_a_number", "not a whole number"),
    "boolean": ("not_yes_or_no", "neither true nor false"),
}
_READ_AS_NEITHER = "They are used from the later of the two dates."


def value_rules(table: Judged, today: date | None) -> list[Rule]:
    """Every rule that applies to the columns a table has.

    Parameters
    ----------
    today
        The newest day something can have happened on; None asks only whether dates are plausible at all.
    """
    rules: list[Rule] = []
    for name, spec in table.spec.columns.items():
        if name in table.columns:
            rules += _of_column(table, name, spec)
            if spec.kind == "date":
                rules += _of_date(table, name, today)
    return rules + _of_pairs(table)


def _of_column(table: Judged, name: str, spec: Column) -> list[Rule]:
    rules = []
    flag = f"{BAD}{name}"
    bad = flag in table.flags
    if spec.required:
        empty = f"{name} IS NULL" + (f" AND NOT {flag}" if bad else "")
        empty = f"{name} IS NULL OR {name} = ''" if spec.kind in ("id", "text") else empty
        rules.append(_error("empty", name, empty, "{n} without a value", "Fill it in, or leave the rows out."))
    if bad:
        kind, wanted = _KINDS[spec.kind]
        rules.append(_error(kind, name, flag, f"{{n}} {wanted}", "Mend the rows, or name their format in a book.toml."))
    if f"{PADDED}{name}" in table.flags:
        rules.append(_padded(name))
    if spec.one_of:
        outside = f"{name} IS NOT NULL AND {name} NOT IN {values(spec.one_of)}"
        told = f"{{n}} with a value outside the closed list {', '.join(spec.one_of)}"
        rules.append(_error("unknown_value", name, outside, told, "Translate it with values = { ... } in a book.toml."))
    if spec.at_least is not None:
        low = f"{name} < {literal(spec.at_least)}"
        kind = "negative" if spec.at_least == 0 else "too_small"
        told = "{n} below 0" if spec.at_least == 0 else f"{{n}} below {spec.at_least:g}"
        rules.append(_error(kind, name, low, told, "Mend the rows, or leave them out with keep in a book.toml."))
    return rules


def _padded(name: str) -> Rule:
    told = "{n} with blanks around the value"
    return Rule(
        Severity.WARNING, "padded", name, f"{PADDED}{name}", told, "The blanks are taken off; better trim the export."
    )


def _of_date(table: Judged, name: str, today: date | None) -> list[Rule]:
    ends = name in _ENDS
    beyond = f"{name} > {literal(NEWEST)}" + (f" AND {name} <> {literal(OPEN_END)}" if ends else "")
    rules = [
        _error(
            "implausible_date",
            name,
            f"{name} < {literal(OLDEST)} OR ({beyond})",
            f"{{n}} dated before {OLDEST.year} or after {NEWEST.year}",
            "Mend the date; leave it empty where it is not known or not yet.",
        )
    ]
    if ends:
        rules.append(
            Rule(
                Severity.NOTE,
                "open_end",
                name,
                f"{name} = {literal(OPEN_END)}",
                "{n} dated 9999-12-31",
                "They are read as not yet.",
            )
        )
    if today is not None and name not in _PLANNED and not (table.name == "instalments" and name == "known_on"):
        rules.append(
            Rule(
                _by_share,
                "future_date",
                name,
                f"{name} > {literal(today)} AND {name} <= {literal(NEWEST)}",
                f"{{n}} dated after {today.isoformat()}",
                "They are not seen before that day. Mend the date, or the clock of this machine.",
            )
        )
    return rules


def _by_share(rows: int, of: int) -> Severity:
    return Severity.ERROR if rows >= MANY * of else Severity.WARNING


def _error(kind: str, column: str, condition: str, message: str, remedy: str) -> Rule:
    return Rule(Severity.ERROR, kind, column, condition, message, remedy)


def _warning(kind: str, column: str, condition: str, message: str, remedy: str) -> Rule:
    return Rule(Severity.WARNING, kind, column, condition, message, remedy)


def _of_pairs(table: Judged) -> list[Rule]:
    spec = table.spec
    rules = []
    if spec.about is not None and table.name != "instalments" and table.has("known_on", spec.about):
        rules.append(
            _warning(
                "known_before",
                "known_on",
                f"known_on < {spec.about}",
                f"{{n}} known before {spec.about}, the date they are about",
                _READ_AS_NEITHER,
            )
        )
    if spec.about is not None and table.has("reversed_on", spec.about):
        rules.append(
            _warning(
                "undone_before",
                "reversed_on",
                f"reversed_on < {spec.about}",
                f"{{n}} undone before {spec.about}",
                "They count as never having been there.",
            )
        )
    return rules + [_read_only(table, needs, rule) for needs, rule in _PAIRS.get(table.name, ()) if table.has(*needs)]


def _read_only(table: Judged, needs: tuple[str, ...], rule: Rule) -> Rule:
    """The rule for rows whose dates could be read; the others are told already."""
    unread = [f" AND NOT {BAD}{column}" for column in needs if f"{BAD}{column}" in table.flags]
    return replace(rule, condition=f"({rule.condition}){''.join(unread)}")


def _closings(first: str) -> list[tuple[tuple[str, ...], Rule]]:
    return [
        (
            ("closed_on", first),
            _error(
                "ends_before_it_began",
                "closed_on",
                f"closed_on < {first}",
                f"{{n}} closed before {first}",
                "Mend the dates; the two may be swapped.",
            ),
        ),
        (
            ("closed_on", "closed_known_on"),
            _warning(
                "known_before",
                "closed_known_on",
                "closed_known_on < closed_on",
                "{n} whose closing is known before it happened",
                _READ_AS_NEITHER,
            ),
        ),
    ]


def _hour(name: str) -> tuple[tuple[str, ...], Rule]:
    shape = f"translate({name}, '0123456789', '9999999999') <> '99:99'"
    return (
        (name,),
        _error(
            "not_an_hour",
            name,
            f"{shape} OR {name} > '23:59' OR substr({name}, 4) > '59'",
            "{n} not an hour such as 09:00",
            "Write hours from 00:00 to 23:59, with the nought in front; leave it empty where any hour suits.",
        ),
    )


_PERIODS: list[tuple[tuple[str, ...], Rule]] = [
    (
        ("from_on", "to_on"),
        _error("ends_before_it_began", "to_on", "to_on < from_on", "{n} ending before from_on", "Mend the dates."),
    )
]

# Columns a rule needs, and the rule; by table.
_PAIRS: Mapping[str, list[tuple[tuple[str, ...], Rule]]] = {
    "loans": [
        *_closings("disbursed_on"),
        (
            ("due_on", "disbursed_on"),
            _warning(
                "due_before_it_began",
                "due_on",
                "due_on < disbursed_on",
                "{n} due before disbursed_on",
                "They are used as they are. Mend the dates.",
            ),
        ),
        (
            ("amount",),
            _warning(
                "zero", "amount", "amount = 0", "{n} with an amount of 0", "They count as loans, unless cancelled."
            ),
        ),
        (
            ("closed_how", "closed_on"),
            _warning(
                "end_without_date",
                "closed_how",
                "closed_how IS NOT NULL AND closed_on IS NULL",
                "{n} that say how the loan ended and not when",
                "They count as open. Fill in closed_on.",
            ),
        ),
    ],
    "complaints": _closings("opened_on"),
    "assignments": _PERIODS,
    "memberships": _PERIODS,
    "applications": [
        (
            ("decided_on", "applied_on"),
            _warning(
                "decided_before",
                "decided_on",
                "decided_on < applied_on",
                "{n} decided before applied_on",
                "The decision is seen from applied_on. Mend the dates.",
            ),
        ),
        (
            ("decision", "decided_on"),
            _warning(
                "end_without_date",
                "decision",
                "decision IS NOT NULL AND decided_on IS NULL",
                "{n} with a decision and no decided_on",
                "The decision is never seen. Fill in decided_on.",
            ),
        ),
    ],
    "directory": [
        _hour("hours_from"),
        _hour("hours_until"),
        (
            ("hours_from", "hours_until"),
            _error(
                "ends_before_it_began",
                "hours_until",
                "hours_until <= hours_from",
                "{n} whose hours end before they begin",
                "Mend the hours; the two may be swapped. Hours past midnight are no hours for a call.",
            ),
        ),
    ],
    "repayments": [
        (
            ("amount",),
            _warning(
                "negative",
                "amount",
                "amount < 0",
                "{n} below 0",
                "They are taken off what was paid. Better give the undone payment a reversed_on.",
            ),
        )
    ],
}
