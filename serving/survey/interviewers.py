"""Who asked: how many interviews were led by whom, told so that no small number can be worked out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from serving.survey.form import Answer
from serving.survey.pooling import FEWEST, pooled, whole_batches


@dataclass(frozen=True)
class Interviewers:
    """How many interviews by the role of whoever asked, the most first.

    Parameters
    ----------
    together
        The sum of roles too small to be told; None where there is none, or it is too small itself.
    total
        All of them; None where it is too small to be told.
    """

    shown: tuple[tuple[str, int], ...]
    together: int | None
    total: int | None


def interviewers(answers: Iterable[Answer]) -> Interviewers:
    """Who led the interviews of some answers, in the order of entry and in full batches; refusals are none."""
    asked = whole_batches([each for each in answers if each.consent])
    counts = Counter(each.interviewer_role for each in asked)
    parts = pooled(counts)
    together = sum(counts[role] for role in parts.together)
    total = sum(counts.values())
    return Interviewers(
        shown=tuple((role, counts[role]) for role in parts.shown),
        together=together if together >= FEWEST else None,
        total=total if total >= FEWEST else None,
    )
