"""A supplied table as the checks see it: values in their types, faults as flags, row numbers on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from features.connectors.files import FILE, ROW
from features.connectors.given import Given, fits, typed
from features.engines import DuckDB
from features.report import EXAMPLES, Finding, Severity
from features.schema import TABLES, Column, Table

#: Prefix of the flags of a column: a value that does not fit it, an id with blanks around it.
BAD, PADDED = "bad_", "padded_"


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong with a row.

    Attributes
    ----------
    condition
        SQL over the columns and flags of `Judged`, true where it is wrong.
    message, remedy
        The finding's, `{n}` standing for the number of rows.
    """

    severity: Severity | Callable[[int, int], Severity]
    kind: str
    column: str
    condition: str
    message: str
    remedy: str


@dataclass(frozen=True)
class Judged:
    """A table of the engine with every supplied canonical column, NULL where a value does not fit, and its flags.

    Attributes
    ----------
    name
        Canonical name.
    relation
        What a query reads.
    columns
        Canonical columns supplied.
    rows
        How many rows.
    """

    engine: DuckDB
    name: str
    relation: str
    columns: frozenset[str]
    rows: int
    given: Given | None = None
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def spec(self) -> Table:
        """The canonical table."""
        return TABLES[self.name]

    def has(self, *columns: str) -> bool:
        """Whether all these columns were supplied."""
        return self.columns >= set(columns)

    def supplied(self, column: str) -> str:
        """Condition that a row has a value in this column, readable or not."""
        return f"{column} IS NOT NULL" + (f" OR {BAD}{column}" if f"{BAD}{column}" in self.flags else "")

    def count(self, rules: list[Rule]) -> list[Finding]:
        """Findings of all rules that some row breaks, in one reading of the table."""
        return self.count_and_see(rules, [])[0]

    def count_and_see(self, rules: list[Rule], columns: list[str]) -> tuple[list[Finding], list[str]]:
        """Findings of all rules that some row breaks, and which of `columns` have no value, in one reading."""
        wanted = [f"count(*) FILTER ({rule.condition})" for rule in rules] + [
            f"count(*) FILTER ({self.supplied(column)})" for column in columns
        ]
        if not wanted or not self.rows:
            return [], []
        counts = self.engine.rows(f"SELECT {', '.join(wanted)} FROM {self.relation}")[0]
        broken, filled = counts[: len(rules)], counts[len(rules) :]
        findings = [self.finding(rule, number) for rule, number in zip(rules, broken, strict=True) if number]
        return findings, [column for column, number in zip(columns, filled, strict=True) if not number]

    def finding(self, rule: Rule, number: object) -> Finding:
        """The finding of one rule that `number` rows break, with examples."""
        rows = _whole(number)
        severity = rule.severity if isinstance(rule.severity, Severity) else rule.severity(rows, self.rows)
        examples, file = self._examples(rule.condition)
        message = rule.message.format(n=f"{rows:,} {'row' if rows == 1 else 'rows'}")
        return Finding(severity, rule.kind, self.name, rule.column, rows, message, rule.remedy, examples, file)

    def _examples(self, condition: str) -> tuple[tuple[int, ...], str]:
        if self.given is None:
            return (), ""
        numbered = judged_sql(self.given, self.given.numbered, place=True)
        found = self.engine.rows(
            f"SELECT {FILE}, {ROW} FROM ({numbered}) WHERE {condition} ORDER BY {FILE}, {ROW} LIMIT {EXAMPLES}"
        )
        if not found:
            return (), ""
        first = _whole(found[0][0])
        return tuple(_whole(row) for file, row in found if file == first), self.given.files[first].name


def judge(engine: DuckDB, given: Given) -> Judged:
    """Read a supplied table once; Parquet that needs only casts and trimmed text is not copied.

    Raises
    ------
    UnreadableFile
        A file is not what it should be, somewhere below its header.
    """
    engine.run("CREATE SCHEMA IF NOT EXISTS judged")
    what = "VIEW" if given.in_place else "TABLE"
    engine.run(f"CREATE OR REPLACE {what} judged.{given.table} AS {judged_sql(given, given.plain, place=False)}")
    return judged_table(engine, given.table, f"judged.{given.table}", frozenset(_canonical(given)), given)


def judged_table(
    engine: DuckDB, name: str, relation: str, columns: frozenset[str], given: Given | None = None
) -> Judged:
    """A table that is in the engine already, such as one of a book a connector yields."""
    rows = _whole(engine.rows(f"SELECT count(*) FROM {relation}")[0][0])
    return Judged(engine, name, relation, columns, rows, given, frozenset(_flags(given) if given else {}))


def judged_sql(given: Given, query: str, *, place: bool) -> str:
    """The query behind `Judged`."""
    kinds = TABLES[given.table].columns
    chosen = [
        f"{typed(column, held, kinds[column].kind, strict=False)} AS {column}"
        for column, held in _canonical(given).items()
    ]
    chosen += [f"{condition} AS {flag}" for flag, condition in _flags(given).items()]
    chosen += [FILE, ROW] if place else []
    return f"SELECT {', '.join(chosen)} FROM ({query})"


def _canonical(given: Given) -> dict[str, str]:
    known = TABLES[given.table].columns
    return {column: held for column, held in given.columns.items() if column in known}


def _flags(given: Given) -> Mapping[str, str]:
    kinds = TABLES[given.table].columns
    flags = {}
    for column, held in _canonical(given).items():
        spec = kinds[column]
        if _can_be_bad(held, spec):
            filled = f"{column} IS NOT NULL" if held != "VARCHAR" else f"trim({column}) <> ''"
            read = typed(column, held, spec.kind, strict=False)
            flags[f"{BAD}{column}"] = f"coalesce({filled} AND {read} IS NULL, false)"
        if (spec.kind == "id" or spec.one_of) and held == "VARCHAR":
            flags[f"{PADDED}{column}"] = f"coalesce(starts_with({column}, ' ') OR ends_with({column}, ' '), false)"
    return flags


def _can_be_bad(held: str, spec: Column) -> bool:
    if spec.kind in ("id", "text"):
        return False
    return not fits(held, spec.kind) or (spec.kind in ("money", "number", "integer") and held != spec.sql_type)


def _whole(number: object) -> int:
    return number if isinstance(number, int) else 0
