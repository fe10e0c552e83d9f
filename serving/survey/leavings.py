"""What was said in exit interviews returns as data: answers as departures of the canonical book."""

from typing import Any

from sqlalchemy import Connection, select

from serving.outcome_codes import KEPT_BACK
from serving.store.tables import NOBODY, survey_answers, survey_samples


def leavings(connection: Connection) -> list[dict[str, Any]]:
    """Every consented first interview that holds or ever held, as a row of departures, ordered by its id.

    A row is known from the day the answer was entered, and reversed on the day another took its place. Reasons about
    staff or private matters go into no row: they reach no feature, no model, no list and no officer. Second interviews
    measure the first and are no leaving of their own.
    """
    again = select(survey_samples.c.sample_id).where(survey_samples.c.again_of.is_not(None))
    chosen = select(survey_answers).where(
        survey_answers.c.consent.is_(True),
        survey_answers.c.client_id.not_like(f"{NOBODY}%"),
        survey_answers.c.sample_id.not_in(again),
    )
    return [
        {
            "client_id": row.client_id,
            "left_on": row.left_on or row.interviewed_on,
            "leaver_type": row.leaver_type,
            "reasons": ";".join(code for code in row.reasons.split(";") if code and code not in KEPT_BACK) or None,
            "known_on": row.recorded_on,
            "reversed_on": row.replaced_on,
        }
        for row in connection.execute(chosen.order_by(survey_answers.c.answer_id))
    ]
