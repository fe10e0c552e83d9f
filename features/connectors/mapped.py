"""A mapping as SQL: foreign files in, canonical tables of text out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.connectors.files import FILE, ROW, SourceFile, expand, look, united
from features.connectors.given import UNREADABLE, Given, fits, typed
from features.connectors.grammar import BookMapping, ColumnRule, Files, Filter, TableRule
from features.engines import DuckDB, literal, quoted, values
from features.errors import MappingError, UnreadableFile
from features.schema import TABLES, Kind


@dataclass(frozen=True)
class _Source:
    """The files of one `[files.*]` part as they were found."""

    name: str
    rule: Files
    parts: tuple[SourceFile, ...]
    columns: Mapping[str, str]

    def sql(self, *, rows: bool) -> str:
        own = ", ".join(f"{quoted(foreign)} AS {quoted(self._called(foreign))}" for foreign in self.parts[0].columns)
        place = f", {FILE}, {ROW}" if rows else ""
        return f"SELECT {own}{place} FROM ({united(self.parts, rows=rows)})"

    def text(self, column: str) -> str:
        """A column as text without surrounding blanks, NULL where it means "no value"."""
        if self.columns[column] != "VARCHAR":
            return f"CAST({quoted(column)} AS VARCHAR)"
        plain = f"nullif(trim({quoted(column)}), '')"
        if not self.rule.no_value:
            return plain
        return f"CASE WHEN {plain} IN {values(self.rule.no_value)} THEN NULL ELSE {plain} END"

    def day(self, column: str, form: str | None) -> str:
        """A column as the text of an ISO date, or `UNREADABLE`."""
        if fits(self.columns[column], "date"):
            return f"CAST(CAST({quoted(column)} AS DATE) AS VARCHAR)"
        form = form or self.rule.dates
        if form is None:
            read = typed(self.text(column), "VARCHAR", "date", strict=False)
        else:
            read = f"CAST(try_strptime({self.text(column)}, {literal(form)}) AS DATE)"
        return f"CASE WHEN {self.text(column)} IS NOT NULL THEN coalesce(CAST({read} AS VARCHAR), '{UNREADABLE}') END"

    def _called(self, foreign: str) -> str:
        return self.rule.rename.get(foreign, foreign)


def given_by(engine: DuckDB, mapping: BookMapping, data: Path) -> dict[str, Given]:
    """Every table of a mapping, over the files it names in the folder `data`.

    Raises
    ------
    UnreadableFile
        A file is missing, or not what it should be.
    MappingError
        A column the mapping names is in none of its files.
    """
    sources = {name: _source(engine, name, rule, data) for name, rule in mapping.files.items() if _used(mapping, name)}
    answer: dict[str, Given] = {}
    for name in sorted(mapping.tables, key=list(TABLES).index):
        rule = mapping.tables[name]
        of = [sources[each] for each in rule.sources]
        _check_sources(name, rule, of)
        plain, numbered = (_table_sql(name, rule, of, answer, rows=rows) for rows in (False, True))
        files = tuple(part.path for source in of for part in source.parts)
        foreign = {column: made.column for column, made in rule.columns.items() if made.column not in (None, column)}
        kinds = dict.fromkeys(rule.columns, "VARCHAR")
        answer[name] = Given(name, kinds, files, plain, numbered, in_place=False, foreign=foreign)
    return answer


def _used(mapping: BookMapping, name: str) -> bool:
    return any(name in rule.sources for rule in mapping.tables.values())


def _source(engine: DuckDB, name: str, rule: Files, data: Path) -> _Source:
    paths = [path for pattern in rule.paths for path in expand(data, pattern)]
    if not paths:
        raise UnreadableFile(
            f"[files.{name}] paths={', '.join(rule.paths)} matches no file in {data.name!r}. "
            "Give the folder that holds them with --data."
        )
    parts = tuple(look(engine, path, rule.layout) for path in paths)
    for part in parts[1:]:
        if set(part.columns) != set(parts[0].columns):
            differing = sorted(set(part.columns) ^ set(parts[0].columns))
            raise MappingError(
                f"[files.{name}] joins {parts[0].path.name!r} and {part.path.name!r}, which differ in column "
                f"{differing[0]!r}. Give each a [files.*] of its own and name both in from."
            )
    columns = {rule.rename.get(foreign, foreign): held for foreign, held in parts[0].columns.items()}
    for foreign in rule.rename:
        if foreign not in parts[0].columns:
            raise MappingError(_absent(f"[files.{name}] rename", foreign, list(parts[0].columns)))
    for each in rule.keep:
        if each.column not in columns:
            raise MappingError(_absent(f"[files.{name}] keep", each.column, list(columns)))
    return _Source(name, rule, parts, columns)


def _absent(place: str, column: str, there: Sequence[str]) -> str:
    return f"{place} names the column {column!r}, which the file lacks; it has {', '.join(there)}. Mend the name."


def _check_sources(name: str, rule: TableRule, sources: Sequence[_Source]) -> None:
    there = list(dict.fromkeys(column for source in sources for column in source.columns))
    for each in rule.keep:
        if each.column not in there:
            raise MappingError(_absent(f"[tables.{name}] keep", each.column, there))
    for column, made in rule.columns.items():
        for named in (made.column, made.days_from, *made.join, *(each.column for each in made.only_if)):
            if named is not None and named not in there:
                raise MappingError(_absent(f"[tables.{name}.columns] {column}", named, there))


def _table_sql(
    name: str,
    rule: TableRule,
    sources: Sequence[_Source],
    made: Mapping[str, Given],
    *,
    rows: bool,
) -> str:
    before = 0
    parts = []
    for source in sources:
        parts.append(_rows_of(name, rule, source, before, rows=rows))
        before += len(source.parts)
    sql = " UNION ALL BY NAME ".join(f"({part})" for part in parts)
    place = [FILE, ROW] if rows else []
    shifted = ", ".join([_later(column, each) for column, each in rule.columns.items()] + place)
    sql = f"SELECT {shifted} FROM ({sql})"
    if rule.one_row_per:
        sql = _grouped(name, rule, sql, rows=rows)
    if rule.without_parent == "leave_out":
        sql = f"SELECT * FROM ({sql}) AS child WHERE {_with_parents(name, rule, made)}"
    return sql


def _rows_of(name: str, rule: TableRule, source: _Source, before: int, *, rows: bool) -> str:
    """One row of text per kept row of a source; dates that follow from others still stand as their days."""
    kinds = TABLES[name].columns
    chosen = [f"{_value(each, source, kinds[column].kind)} AS {column}" for column, each in rule.columns.items()]
    if rows:
        chosen += [f"{FILE} + {before} AS {FILE}", ROW]
    keep = [_kept(each, source) for each in (*source.rule.keep, *rule.keep)]
    where = f" WHERE {' AND '.join(keep)}" if keep else ""
    return f"SELECT {', '.join(chosen)} FROM ({source.sql(rows=rows)}){where}"


def _value(rule: ColumnRule, source: _Source, kind: Kind) -> str:
    value = _first_hand(rule, source, kind)
    if not rule.only_if:
        return value
    return f"CASE WHEN {' AND '.join(_kept(each, source) for each in rule.only_if)} THEN {value} END"


def _first_hand(rule: ColumnRule, source: _Source, kind: Kind) -> str:
    if rule.constant is not None:
        spoken = str(rule.constant).lower() if isinstance(rule.constant, bool) else str(rule.constant)
        return literal(spoken)
    if rule.after is not None:
        days = str(rule.days) if rule.days_from is None else None
        if days is not None:
            return literal(days)
        return source.text(rule.days_from or "") if rule.days_from in source.columns else "NULL"
    if rule.join:
        if any(part not in source.columns for part in rule.join):
            return "NULL"
        return f" || {literal(rule.between)} || ".join(f"({source.text(part)})" for part in rule.join)
    if rule.column is None:
        return "'1'"
    if rule.column not in source.columns:
        return "CAST(NULL AS VARCHAR)"
    plain = source.day(rule.column, rule.dates) if kind == "date" else source.text(rule.column)
    if not rule.values:
        return plain
    cases = " ".join(f"WHEN {literal(foreign)} THEN {literal(own)}" for foreign, own in rule.values.items())
    empty = f"WHEN {plain} IS NULL THEN NULL" if rule.others is not None else ""
    others = f"nullif({literal(rule.others)}, '')" if rule.others is not None else plain
    return (
        f"CASE {empty} ELSE CASE {plain} {cases} ELSE {others} END END"
        if empty
        else f"CASE {plain} {cases} ELSE {others} END"
    )


def _later(column: str, rule: ColumnRule) -> str:
    if rule.after is None:
        return column
    first = typed(rule.after, "VARCHAR", "date", strict=False)
    days = typed(column, "VARCHAR", "integer", strict=False)
    return (
        f"CASE WHEN {rule.after} IS NOT NULL AND {column} IS NOT NULL "
        f"THEN coalesce(CAST({first} + {days} AS VARCHAR), '{UNREADABLE}') END AS {column}"
    )


def _grouped(name: str, rule: TableRule, sql: str, *, rows: bool) -> str:
    kinds = TABLES[name].columns
    order = ", ".join(typed(column, "VARCHAR", kinds[column].kind, strict=False) for column in rule.order)
    chosen = []
    for column, each in rule.columns.items():
        if column in rule.one_row_per:
            chosen.append(column)
        else:
            chosen.append(f"{_taken(column, each, kinds[column].kind, order)} AS {column}")
    if rows:
        chosen += [f"min({FILE}) AS {FILE}", f"min({ROW}) AS {ROW}"]
    return f"SELECT {', '.join(chosen)} FROM ({sql}) GROUP BY {', '.join(rule.one_row_per)}"


def _taken(column: str, rule: ColumnRule, kind: Kind, order: str) -> str:
    if rule.take == "count":
        return f"CAST(count({column}) AS VARCHAR)"
    if rule.take in ("first", "last"):
        # The value itself breaks ties, so that the order of rows in the file does not matter.
        return f"{'arg_min' if rule.take == 'first' else 'arg_max'}({column}, row({order}, {column}))"
    take = rule.take or "max"
    if kind in ("id", "text"):
        return f"{take}({column})"
    read = typed(column, "VARCHAR", kind, strict=False)
    return (
        f"CASE WHEN bool_or({column} IS NOT NULL AND {read} IS NULL) THEN '{UNREADABLE}' "
        f"ELSE CAST({take}({read}) AS VARCHAR) END"
    )


def _with_parents(name: str, rule: TableRule, made: Mapping[str, Given]) -> str:
    found = []
    for column, (parent, key) in TABLES[name].parents.items():
        if column in rule.columns and parent in made:
            found.append(f"child.{column} IN (SELECT {key} FROM ({made[parent].plain}))")
    if not found:
        raise MappingError(
            f"[tables.{name}] without_parent='leave_out' has no parent to look in; "
            f"its parents are {', '.join(sorted({each[0] for each in TABLES[name].parents.values()})) or 'none'}. "
            "Map the parent too, or drop the key."
        )
    return " AND ".join(found)


def _kept(each: Filter, source: _Source) -> str:
    if each.column not in source.columns:
        return "false" if each.operator != "empty" or each.operand is False else "true"
    text = source.text(each.column)
    if each.operator == "empty":
        return f"{text} IS {'NULL' if each.operand else 'NOT NULL'}"
    if isinstance(each.operand, tuple):
        found = f"coalesce({text} IN {values([str(one) for one in each.operand])}, false)"
        return found if each.operator == "one_of" else f"NOT {found}"
    left, right = _comparable(each, source, text)
    if each.operator == "equals":
        return f"coalesce({left} = {right}, false)"
    if each.operator == "not_equals":
        return f"{left} IS DISTINCT FROM {right}"
    sign = ">=" if each.operator == "at_least" else "<="
    # A value that cannot be read is kept, so that `exitwatch check` names its row instead of losing it.
    return f"coalesce({left} {sign} {right}, {text} IS NOT NULL)"


def _comparable(each: Filter, source: _Source, text: str) -> tuple[str, str]:
    operand = each.operand
    if isinstance(operand, bool):
        return f"lower({text})", literal(str(operand).lower())
    if isinstance(operand, date):
        return f"TRY_CAST({source.day(each.column, None)} AS DATE)", literal(operand)
    if isinstance(operand, int | float):
        return f"TRY_CAST({text} AS DOUBLE)", literal(operand)
    return text, literal(str(operand))
