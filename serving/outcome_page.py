"""The manual page of outcomes, made from the codes themselves; `docs/outcomes.md` is this text."""

from collections.abc import Iterable

from serving.given import DAYS_BEFORE_LIST, FURTHEST_PROMISE_DAYS, LONGEST_NOTE, MOST_REASONS
from serving.outcome_codes import CODES, DESK, KEPT_BACK, KINDS, MANAGER, OFFICER, OVERRIDES, REASONS, Need, Reason

_NEEDS = {
    Need.PROMISED_ON: "the day the client means to come back",
    Need.REASON: "at least one reason",
    Need.OVERRIDE: "why it was passed over",
}
_MEANING = {
    "list": "The id printed on the paper, with its check letters, such as `2024-W27-o1-kfm`.",
    "place": "The number printed at the line.",
    "code": "One of the codes above. A line without a code was not filled in and is left out.",
    "kind": "Letter or name of the kind of contact; empty where nobody was contacted.",
    "happened_on": f"The day, as 2024-07-02; not in the future, at most {DAYS_BEFORE_LIST} days before the list.",
    "promised_on": f"The day by which the client means to come back, at most {FURTHEST_PROMISE_DAYS} days later.",
    "reasons": f"Up to {MOST_REASONS} reasons in the client's own order, with `;` or blanks between.",
    "do_not_contact": "`yes`: the client asked for peace, and has it from the day of entry.",
    "wrong": "`yes`: what the list says is wrong.",
    "override": "Why the line was passed over.",
    "note": f"At most {LONGEST_NOTE} characters, without names.",
    "outcome_id": "A UUID. Without one, the same line typed in twice is kept once all the same.",
}


def manual() -> str:
    """The whole page.

    >>> manual().splitlines()[0]
    '# What was found'
    """
    return "\n".join((*_HEAD, *_codes(), "", *_reasons(), "", *_columns(), ""))


_HEAD = (
    "# What was found",
    "",
    "Every line of a list is answered with one code. This page is written from `serving/outcome_codes.py` by",
    "`make docs`; how answers reach the next list is told in",
    "[decision 0005](decisions/0005-outcomes-return-as-data.md).",
    "",
)


def _codes() -> Iterable[str]:
    yield from ("## Codes", "")
    yield from _table(
        ("code", "meaning", "contact", "how the client left", "asks for", "entered by"),
        (
            (
                f"`{code.code}`",
                code.name,
                code.contact or "none",
                code.leaver_type.value if code.leaver_type else "",
                ", ".join(_NEEDS[need] for need in Need if need in code.needs),
                _roles(code.by),
            )
            for code in CODES.values()
        ),
    )
    yield from ("", "How the client was met:", "")
    yield from (f"- `{kind.letter}` or `{kind.kind}`: {kind.name.lower()}" for kind in KINDS.values())
    yield from ("", "Why a line was passed over:", "")
    yield from (f"- `{code}`: {name}" for code, name in OVERRIDES.items())


def _reasons() -> Iterable[str]:
    yield from ("## Reasons", "")
    yield "The client's own, in the client's order. What is kept back goes into no book, no export and onto no list."
    yield ""
    yield from _table(
        ("reason", "meaning", "entered by", ""),
        ((f"`{reason.code}`", reason.name, _roles(reason.by), _care(reason)) for reason in REASONS.values()),
    )


def _columns() -> Iterable[str]:
    yield from ("## Typed in from paper", "")
    yield "`exitwatch outcomes import FILE.csv` takes a table with these columns; those behind `code` may be missing. A"
    yield "filled-in `.xlsx` list is imported as it is. Importing a file again changes nothing."
    yield ""
    yield from _table(("column", "meaning"), ((f"`{name}`", meaning) for name, meaning in _MEANING.items()))


def _care(reason: Reason) -> str:
    if reason.consent:
        return "with the client's consent, kept back"
    return "kept back" if reason.code in KEPT_BACK else ""


def _roles(by: frozenset[str]) -> str:
    return ", ".join(role for role in (OFFICER, MANAGER, DESK) if role in by)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
