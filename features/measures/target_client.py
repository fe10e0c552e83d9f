"""The MFI's own rule for its target clients: a list of conditions in a file, all of which must hold.

Each MFI defines its target client itself. The rule is data, never code: a column of ``clients``, an operator, a value.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from features.book import Book
from features.engines import literal, quoted
from features.errors import MissingColumn, RecipeError, UnreadableFile
from features.schema import TABLES

#: Operator to SQL; each is false or not known where the value is missing.
OPERATORS = {"is": "=", "is not": "<>", "below": "<", "at most": "<=", "above": ">", "at least": ">=", "one of": "IN"}
#: Columns that name or number somebody are no criterion, nor is when a row was entered.
_NO_CRITERION = frozenset({"client_id", "officer_id", "group_id", "known_on", "contact_opt_out", "phone_ok", "village"})
COLUMNS = tuple(name for name in TABLES["clients"].columns if name not in _NO_CRITERION)
_NUMBERS = frozenset({"integer", "number", "money"})

Value = str | int | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True)
class Condition:
    """One column of ``clients`` held against a value.

    >>> print(Condition("area", "is", "rural").sql())
    "area" = 'rural'
    """

    column: str
    op: str
    value: Value

    def __post_init__(self) -> None:
        if self.column not in COLUMNS:
            raise RecipeError(f"column={self.column!r} is none a target rule can use; it has {', '.join(COLUMNS)}")
        if self.op not in OPERATORS:
            raise RecipeError(f"op={self.op!r} of {self.column} is none; there are {', '.join(OPERATORS)}")
        wanted = int if TABLES["clients"].columns[self.column].kind in _NUMBERS else str
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        listed = isinstance(self.value, tuple)
        if listed != (self.op == "one of") or not values:
            raise RecipeError(f"value of {self.column} {self.op}: write a list for 'one of', and a single value else")
        if any(type(each) is not wanted for each in values):
            kind = "a whole number" if wanted is int else "text in quotes"
            raise RecipeError(f"value={self.value!r} of {self.column} does not fit; write {kind}")

    def sql(self) -> str:
        """The condition as SQL over the columns of ``clients``."""
        value = (
            f"({', '.join(literal(each) for each in self.value)})"
            if isinstance(self.value, tuple)
            else literal(self.value)
        )
        return f"{quoted(self.column)} {OPERATORS[self.op]} {value}"


@dataclass(frozen=True)
class TargetRule:
    """Who is a target client.

    Parameters
    ----------
    name
        As tables call it.
    conditions
        All must hold. A client of whom some value is missing and no other condition fails is "not known".
    """

    name: str
    conditions: tuple[Condition, ...]

    def sql(self) -> str:
        """``target``, ``other``, or NULL where it is not known."""
        every = " AND ".join(each.sql() for each in self.conditions)
        return f"CASE WHEN {every} THEN 'target' WHEN NOT ({every}) THEN 'other' END"


def members(book: Book, rule: TargetRule, *, target: bool = True) -> frozenset[str]:
    """Clients who are target clients today, or surely none. Whoever of whom it is not known is in neither.

    Raises
    ------
    MissingColumn
        The book lacks a column the rule asks for, so nobody's answer is known.
    """
    missing = [each.column for each in rule.conditions if not book.has(f"clients.{each.column}")]
    if missing:
        raise MissingColumn(
            f"table 'clients' has no column {', '.join(sorted(set(missing)))}, so who is a target client by the rule "
            f"{rule.name!r} is not known; supply it, or write the rule without it"
        )
    wanted = literal("target" if target else "other")
    found = book.engine.frame(f"SELECT client_id FROM {book.schema}.clients WHERE ({rule.sql()}) = {wanted}")
    return frozenset(map(str, found["client_id"]))


def load_target(file: Path) -> TargetRule:
    """The rule in a TOML file: a `name` and one ``[[condition]]`` with column, op and value for each condition.

    Raises
    ------
    UnreadableFile
        There is no such file, or it is not TOML.
    RecipeError
        It holds something else, or a condition cannot be understood.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableFile(
            f"the target rule {file.name!r} cannot be read as TOML; write it as docs/measures.md shows"
        ) from error
    conditions = content.get("condition")
    named = content.get("name")
    good = isinstance(conditions, list) and conditions and all(isinstance(each, dict) for each in conditions)
    if set(content) != {"name", "condition"} or not good or not isinstance(named, str) or not named.strip():
        raise RecipeError(f"the target rule {file.name!r} needs a name and one [[condition]] or more, and nothing else")
    return TargetRule(named, tuple(_condition(each) for each in conditions or ()))


def _condition(given: dict[str, object]) -> Condition:
    if set(given) != {"column", "op", "value"}:
        raise RecipeError(f"a condition has {', '.join(sorted(given)) or 'nothing'}; it needs column, op and value")
    value = given["value"]
    held = tuple(value) if isinstance(value, list) else value
    return Condition(str(given["column"]), str(given["op"]), held)  # type: ignore[arg-type]
