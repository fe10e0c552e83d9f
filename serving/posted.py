"""Clients whose raw history was sent instead of read from the book, scored by the very same features."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from features.book import Book
from features.engines import DuckDB
from features.errors import DataError, MissingColumn, MissingTable
from features.judged import Judged
from features.report import Severity
from features.schema import TABLES, Column
from features.snapshot import snapshot
from features.value_rules import NEWEST, OLDEST, value_rules
from serving.kept_scores import KeptScores
from serving.score import Scores, Scoring, definition_of, score
from serving.settings import Settings

#: One value as JSON carries it.
Value = str | int | float | bool | None
Rows = Sequence[Mapping[str, Value]]


_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Ids a row may have besides the key of its table.
_OWN_IDS = ("repayment_id",)
#: Money is DECIMAL(18, 2), whole numbers are INTEGER.
_LARGEST, _LARGEST_WHOLE = 10**15, 2**31


class Context(StrEnum):
    """What is known of everybody else."""

    STORED = "stored"
    NONE = "none"


@dataclass(frozen=True)
class PostedScores:
    """Scores of the clients sent.

    Parameters
    ----------
    not_at_risk
        Those of them who are not at risk on the date.
    left_out
        Those of whom nothing was computed.
    """

    scores: Scores
    not_at_risk: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def score_posted(
    tables: Mapping[str, Rows],
    as_of: date,
    kept: KeptScores | None,
    model: Scoring,
    model_version: str,
    settings: Settings,
    without: Collection[str] = frozenset(),
) -> PostedScores:
    """Score clients from their own rows.

    Parameters
    ----------
    tables
        Canonical rows of the clients and of nobody else; values as in JSON, dates as ISO text.
    kept
        Stored scores of `as_of`, whose facts say how others did: then the numbers are those of the batch, and a table
        left out means that nothing happened. Without them whatever is about others, and every table left out, is
        "not known".
    without
        Clients of whom nothing is computed, should they be among those sent: they objected, or were erased.

    Raises
    ------
    DataError
        A table, a column or a value is not what the canonical book has. The message names the row by its place.
    """
    if not OLDEST <= as_of <= NEWEST:
        raise DataError(f"as_of is before {OLDEST.year} or after {NEWEST.year}; send the date on which we stand")
    frames = {name: _frame(name, rows) for name, rows in tables.items()}
    for name, table in TABLES.items():
        if table.required and name not in frames:
            raise MissingTable(
                f"table {name!r} is missing; the request has {', '.join(sorted(frames)) or 'none'}. Send it."
            )
    asked = _clients(frames)
    _one_currency(frames["loans"])
    _judge(frames)
    left_out = [client for client in asked if client in without]
    frames = _leaving_out(frames, left_out)
    if kept is not None:
        whole = kept.facts.complete(frames)
    else:
        whole = {name: frame if len(frame.columns) else _empty(name) for name, frame in frames.items()}
    with Book.of(whole, name="posted").known(as_of) as known:
        snap = snapshot(known, definition_of(model), others=None if kept is None else kept.facts)
        scores = score(known, model, model_version, settings, snap=snap)
    told = {*scores.table["client_id"], *left_out}
    return PostedScores(scores, tuple(client for client in asked if client not in told), tuple(left_out))


def _clients(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """The clients sent, sorted; every other row must be about one of them."""
    asked = frames["clients"]["client_id"] if len(frames["clients"]) else pd.Series(dtype="str")
    if asked.empty:
        raise DataError("table 'clients' has no row; send at least one client")
    if asked.duplicated().any():
        raise DataError(
            f"row {_first(asked.duplicated())} of table 'clients' repeats a client_id; send each client once"
        )
    loans = frames["loans"]
    known_loans = set(loans["loan_id"]) if len(loans) else set()
    for name, frame in frames.items():
        for column in (*TABLES[name].key, *_OWN_IDS):
            again = frame[column].notna() & frame[column].duplicated() if column in frame else pd.Series(dtype="bool")
            if again.any():
                raise DataError(f"row {_first(again)} of table {name!r} repeats a {column}; each may stand once")
        for column, (parent, _) in TABLES[name].parents.items():
            if column not in frame or parent not in ("clients", "loans"):
                continue
            orphan = ~frame[column].isin(set(asked) if parent == "clients" else known_loans)
            if orphan.any():
                raise DataError(
                    f"row {_first(orphan)} of table {name!r} belongs to a {column} that is not in table {parent!r}; "
                    "send the parent's row too"
                )
    return sorted(asked)


def _one_currency(loans: pd.DataFrame) -> None:
    said = loans["currency"] if "currency" in loans else pd.Series(dtype="str")
    other = said.notna() & (said != said.bfill().iloc[0]) if len(said) else pd.Series(dtype="bool")
    if other.any():
        raise DataError(
            f"row {_first(other)} of table 'loans', column 'currency', is in another currency than a row "
            "before it, and amounts of two are never added; send clients of one currency at a time"
        )


def _judge(frames: Mapping[str, pd.DataFrame]) -> None:
    """Stop at the first row that breaks a rule a book's rows may not break."""
    with DuckDB(threads=1) as engine:
        for name, frame in frames.items():
            if frame.empty:
                continue
            engine.put("given", frame.assign(place=range(1, len(frame) + 1)))
            kinds = {column: kind for column, kind in TABLES[name].columns.items() if column in frame}
            typed = ", ".join(f"CAST({column} AS {kind.sql_type}) AS {column}" for column, kind in kinds.items())
            engine.run(f"CREATE OR REPLACE TABLE judged AS SELECT place, {typed} FROM given")
            table = Judged(engine, name, "judged", frozenset(kinds), len(frame))
            rules = [rule for rule in value_rules(table, None) if rule.severity is Severity.ERROR]
            firsts = ", ".join(f"min(place) FILTER ({rule.condition})" for rule in rules)
            for rule, place in zip(rules, engine.rows(f"SELECT {firsts} FROM judged")[0], strict=True):
                if place is not None:
                    told = rule.message.removeprefix("{n} ")
                    raise DataError(f"row {place} of table {name!r}, column {rule.column!r}, is {told}; mend the row")


def _leaving_out(frames: dict[str, pd.DataFrame], clients: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The rows sent without those about some clients."""
    if not clients:
        return frames
    loans = frames["loans"]
    loans_of = list(loans.loc[loans["client_id"].isin(clients), "loan_id"]) if len(loans) else []
    kept = {}
    for name, frame in frames.items():
        rows = frame
        for column, gone in (("client_id", clients), ("loan_id", loans_of)):
            rows = rows[~rows[column].isin(gone)] if column in rows else rows
        kept[name] = rows.reset_index(drop=True)
    return kept


def _first(marked: pd.Series) -> int:
    return int(marked.to_numpy().argmax()) + 1


def _frame(name: str, rows: Rows) -> pd.DataFrame:
    """Rows as text; the engine casts them as it casts a file's."""
    if name not in TABLES:
        raise MissingTable(f"table {name!r} is not part of the canonical book; it has {', '.join(TABLES)}")
    spec = TABLES[name].columns
    given = dict.fromkeys(column for row in rows for column in row)
    for column in given:
        if column not in spec:
            raise MissingColumn(f"table {name!r} has no column {column!r}; it has {', '.join(spec)}. Leave it out.")
    for column, kind in spec.items():
        if rows and kind.required and column not in given:
            raise MissingColumn(f"table {name!r} has no column {column!r}; it has {', '.join(given)}. Send it.")
    texts = {
        column: [
            _text(row.get(column), spec[column], f"row {place} of table {name!r}, column {column!r}")
            for place, row in enumerate(rows, start=1)
        ]
        for column in given
    }
    return pd.DataFrame({column: pd.Series(values, dtype="str") for column, values in texts.items()})


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="str") for column in TABLES[name].columns})


def _text(value: Value, column: Column, where: str) -> str | None:
    if value is None:
        if column.required:
            raise DataError(f"{where} is empty and must not be")
        return None
    if column.kind in ("id", "text"):
        return _plain(value, column, where)
    if column.kind == "date":
        if not isinstance(value, str) or not _ISO.fullmatch(value):
            raise DataError(f"{where} is not an ISO date such as 2024-06-30")
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise DataError(f"{where} is not a day of the calendar") from error
    if column.kind == "boolean":
        if not isinstance(value, bool):
            raise DataError(f"{where} is neither true nor false")
        return "true" if value else "false"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise DataError(f"{where} is not a finite number")
    if column.kind == "integer" and value != int(value):
        raise DataError(f"{where} is not a whole number")
    if column.at_least is not None and value < column.at_least:
        raise DataError(f"{where} is below {column.at_least:g}")
    if abs(value) >= (_LARGEST_WHOLE if column.kind == "integer" else _LARGEST):
        raise DataError(f"{where} is larger than any amount a book can hold")
    return str(int(value)) if column.kind == "integer" else repr(value)


def _plain(value: Value, column: Column, where: str) -> str | None:
    """Text as a file's is read: nothing between quotation marks is no value."""
    if not isinstance(value, str):
        raise DataError(f"{where} is not text; put it between quotation marks")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise DataError(f"{where} has half a character in it, which no text can hold")
    if not value:
        if column.required:
            raise DataError(f"{where} is empty and must not be")
        return None
    if (column.kind == "id" or column.one_of) and value != value.strip():
        raise DataError(f"{where} has blanks around the value; trim it")
    return value
