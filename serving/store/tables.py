"""Tables of the operational database, the same on SQLite and PostgreSQL. Alembic makes them."""

from serving.store.columns import Moment, Number, metadata
from serving.store.tables_access import accounts, audit, devices, facts, openid_tries, sessions, tokens
from serving.store.tables_learning import (
    finding_moves,
    findings,
    indicator_values,
    survey_answers,
    survey_sampled,
    survey_samples,
)
from serving.store.tables_lists import (
    NOBODY,
    allocations,
    corrections,
    handovers,
    holds,
    issues,
    lines,
    lists,
    outcomes,
    stops,
)

__all__ = [
    "NOBODY",
    "Moment",
    "Number",
    "accounts",
    "allocations",
    "audit",
    "corrections",
    "devices",
    "facts",
    "finding_moves",
    "findings",
    "handovers",
    "holds",
    "indicator_values",
    "issues",
    "lines",
    "lists",
    "metadata",
    "openid_tries",
    "outcomes",
    "sessions",
    "stops",
    "survey_answers",
    "survey_sampled",
    "survey_samples",
    "tokens",
]
