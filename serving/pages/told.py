"""What somebody entered for a line, as it is read on a card."""

from dataclasses import dataclass

from serving.languages import Language
from serving.outcome_codes import CODES, KINDS, OVERRIDES, REASONS
from serving.outcomes import Outcome


@dataclass(frozen=True)
class Told:
    """An outcome as it is read.

    Parameters
    ----------
    parts
        How, when and what else.
    entered
        By whom and when.
    """

    outcome_id: str
    code: str
    name: str
    parts: tuple[str, ...]
    note: str
    entered: str


def told(outcome: Outcome, language: Language) -> Told:
    """An outcome in words."""
    parts = [
        language.text(KINDS[outcome.kind].name) if outcome.kind in KINDS else "",
        language.day(outcome.happened_on),
        *(language.text(REASONS[code].name) for code in outcome.reasons if code in REASONS),
        language.text(OVERRIDES[outcome.override]) if outcome.override in OVERRIDES else "",
        language.text("comes on {day}", day=language.full_day(outcome.promised_on)) if outcome.promised_on else "",
        language.text("do not contact again") if outcome.do_not_contact else "",
        language.text("line is wrong") if outcome.wrong else "",
    ]
    by = language.text("entered by {name}, {day}", name=outcome.entered_by, day=language.day(outcome.recorded_on))
    code = CODES[outcome.code]
    return Told(outcome.outcome_id, code.code, language.text(code.name), tuple(filter(None, parts)), outcome.note, by)
