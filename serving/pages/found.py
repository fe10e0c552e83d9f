"""The form for what was found at a line: what it offers, and what is read from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from uuid import uuid4

from markupsafe import Markup
from starlette.datastructures import FormData

from serving.given import DAYS_BEFORE_LIST, Given
from serving.languages import Language, language
from serving.outcome_codes import KINDS, OVERRIDES, Code, code_of, codes_for, reasons_for
from serving.outcomes import Outcome
from serving.pages.rendering import rendered

#: Few enough for a small screen; a list may have more, and a later entry is another.
MOST_REASONS = 3
_PROMISING = frozenset({"reached", "promised"})
_SPOKEN = frozenset({"reached", "promised", "other"})


@dataclass(frozen=True)
class Choice:
    """One code that may be chosen, and what goes with it."""

    code: str
    name: str
    kinds: tuple[str, ...]
    needs: tuple[str, ...]
    promises: bool
    spoken: bool


@dataclass(frozen=True)
class Filled:
    """What stands in the form."""

    code: str = ""
    kind: str = ""
    happened_on: str = ""
    reasons: tuple[str, ...] = ()
    promised_on: str = ""
    do_not_contact: bool = False
    wrong: bool = False
    override: str = ""
    note: str = ""
    consent: bool = False


@dataclass(frozen=True)
class Form:
    """The form as it is drawn.

    Parameters
    ----------
    first, last
        Days between which something can have happened, as a browser reads them.
    """

    csrf: str
    outcome_id: str
    based_on: str
    groups: tuple[tuple[str, tuple[Choice, ...]], ...]
    kinds: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str, bool], ...]
    overrides: tuple[tuple[str, str], ...]
    given: Filled
    first: str
    last: str
    most_reasons: int = MOST_REASONS
    asks_consent: bool = field(default=False)


def form(
    tongue: Language,
    role: str,
    csrf: str = "",
    given: Filled | None = None,
    *,
    outcome_id: str = "",
    based_on: str = "",
    as_of: date | None = None,
    last: date | None = None,
) -> Form:
    """The form for somebody of a role.

    Parameters
    ----------
    as_of, last
        Of the list, and the newest day of which something may be told; None leaves it to the phone.
    """
    reasons = reasons_for(role)
    return Form(
        csrf=csrf,
        outcome_id=outcome_id,
        based_on=based_on,
        groups=_groups(tongue, role),
        kinds=tuple((kind.kind, tongue.text(kind.name)) for kind in KINDS.values()),
        reasons=tuple((reason.code, tongue.text(reason.name), reason.consent) for reason in reasons),
        overrides=tuple((code, tongue.text(name)) for code, name in OVERRIDES.items()),
        given=given or Filled(),
        first="" if as_of is None else (as_of - timedelta(days=DAYS_BEFORE_LIST)).isoformat(),
        last="" if last is None else last.isoformat(),
        asks_consent=any(reason.consent for reason in reasons),
    )


@cache
def form_to_clone(code: str, role: str) -> Markup:
    """The empty form that the script copies under a card."""
    tongue = language(code)
    return Markup(rendered("_found_template.html", tongue, form=form(tongue, role)))  # noqa: S704 - our own template


def filled(outcome: Outcome | None, kind: str, today: date) -> Filled:
    """What stands in the form at first: the outcome that is corrected, or the usual."""
    if outcome is None:
        return Filled(kind=kind, happened_on=today.isoformat())
    return Filled(
        code=outcome.code,
        kind=outcome.kind,
        happened_on=outcome.happened_on.isoformat(),
        reasons=outcome.reasons,
        promised_on=outcome.promised_on.isoformat() if outcome.promised_on else "",
        do_not_contact=outcome.do_not_contact,
        wrong=outcome.wrong,
        override=outcome.override,
        note=outcome.note,
    )


def refilled(sent: FormData) -> Filled:
    """What stood in the form that was sent, so that nobody types it again."""
    text = _text(sent)
    return Filled(
        code=text["code"],
        kind=text["kind"],
        happened_on=text["happened_on"],
        reasons=tuple(_reasons(sent)),
        promised_on=text["promised_on"],
        do_not_contact="do_not_contact" in sent,
        wrong="wrong" in sent,
        override=text["override"],
        note=text["note"],
        consent="consent" in sent,
    )


def given_in(sent: FormData, client_id: str) -> Given:
    """What a form says.

    A kind, a promised day, reasons or a reason for passing over that do not go with the code are left out where the
    browser ran no script: its form shows everything at once.

    Raises
    ------
    OutcomeRefused
        It cannot be read, or something is missing.
    """
    text = _text(sent)
    code = code_of(text["code"])
    return Given.of(
        outcome_id=text["outcome_id"],
        client_id=client_id,
        happened_on=text["happened_on"],
        code=text["code"],
        kind=text["kind"] if code is None or code.contact else "",
        reasons=_reasons(sent) if code is None or code.contact in _SPOKEN else (),
        promised_on=(text["promised_on"] or None) if code is None or code.contact in _PROMISING else None,
        do_not_contact="do_not_contact" in sent,
        wrong="wrong" in sent,
        override=text["override"] if code is None or code.code == "O" else "",
        note=text["note"],
        consent="consent" in sent,
        based_on=text["based_on"] or None,
    )


def new_id() -> str:
    """The id of an entry made on a page without script."""
    return str(uuid4())


def _groups(tongue: Language, role: str) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    reached: list[Choice] = []
    missed: list[Choice] = []
    nobody: list[Choice] = []
    for code in codes_for(role):
        group = nobody if not code.contact else reached if code.contact in _SPOKEN else missed
        group.append(_choice(code, tongue))
    return (
        (tongue.text("Reached, or somebody told"), tuple(reached)),
        (tongue.text("Not reached"), tuple(missed)),
        (tongue.text("Nobody contacted"), tuple(nobody)),
    )


def _choice(code: Code, tongue: Language) -> Choice:
    return Choice(
        code.code,
        tongue.text(code.name),
        code.kinds,
        tuple(sorted(need.value for need in code.needs)),
        promises=code.contact in _PROMISING,
        spoken=code.contact in _SPOKEN,
    )


def _text(sent: FormData) -> Mapping[str, str]:
    names = ("outcome_id", "based_on", "code", "kind", "happened_on", "promised_on", "override", "note")
    found = {}
    for name in names:
        value = sent.get(name)
        found[name] = value if isinstance(value, str) else ""
    return found


def _reasons(sent: FormData) -> list[str]:
    return [value for value in sent.getlist("reasons") if isinstance(value, str) and value]
