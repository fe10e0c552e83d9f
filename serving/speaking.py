"""What is said of a listed client: up to three reasons with her own figures, and what is new since last week."""

from collections.abc import Collection, Mapping

import pandas as pd

from models.explanation import Explanations, by_driver_or_why_not
from models.reasons import Reason, changes, may_be_shown, reasons
from serving.line import NO_REASON, REASONS_MISSING, Said, Speak, Words
from serving.protections import ONLY_FOR_THE_DESK
from serving.score import Scores, Scoring
from serving.settings import Settings

__all__ = ["explain", "readable", "speaker"]


def readable(*, by_officer: bool) -> frozenset[str]:
    """Driver codes that may be read: an officer never reads of complaints, not even settled ones."""
    if by_officer:
        return may_be_shown(for_desk=False) - ONLY_FOR_THE_DESK
    return may_be_shown(for_desk=True)


def explain(
    model: Scoring, X: pd.DataFrame, settings: Settings, *, by_officer: bool
) -> tuple[Explanations, Mapping[str, tuple[Reason, ...]]]:
    """Contributions by driver and the reasons that may be read."""
    why = by_driver_or_why_not(model, X, floor=settings.reason_floor, shown=readable(by_officer=by_officer))
    return why, reasons(why, X)


def speaker(model: Scoring, scores: Scores, before: pd.DataFrame | None, settings: Settings) -> Speak:
    """Says why the clients of this date are listed.

    Parameters
    ----------
    before
        Last week's features, for what is new; None if there are none.
    """

    def speak(client_ids: Collection[str], *, for_desk: bool) -> Mapping[str, Words]:
        X = scores.snapshot.table.loc[sorted(client_ids)]
        if X.empty:
            return {}
        why, spoken = explain(model, X, settings, by_officer=not for_desk)
        new = changes(model, X, before, shown=readable(by_officer=not for_desk), floor=settings.reason_floor)
        weigh = why.weighing(settings.reason_floor)
        nothing = REASONS_MISSING if why.failure else NO_REASON
        return {
            client: Words(
                reasons=tuple(Said(reason.driver, reason.feature, reason.value) for reason in spoken[client]),
                reasons_note="" if spoken[client] else nothing,
                changes=new[client].changes,
                changes_note=new[client].note.value,
                weigh=weigh[client],
            )
            for client in X.index
        }

    return speak
