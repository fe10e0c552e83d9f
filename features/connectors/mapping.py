"""Reading a `book.toml`; each mistake in it is a sentence that names the place, what there is and what to do."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, cast, get_args

from features.connectors.files import Encoding, Layout
from features.connectors.grammar import OPERATORS, BookMapping, ColumnRule, Files, Filter, TableRule, Take
from features.errors import MappingError
from features.schema import TABLES


def load_mapping(path: Path) -> BookMapping:
    """Read a `book.toml`.

    Raises
    ------
    MappingError
        The file is not TOML, or a key, a value or a name in it is not one the grammar has.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MappingError(
            f"mapping {path.name!r} is not there. Give the path of a book.toml or of a folder."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"mapping {path.name!r} cannot be read as UTF-8 text. Save it as UTF-8.") from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"mapping {path.name!r} is not TOML: {error}. Mend that line.") from error
    return parse_mapping(raw, path.stem)


def parse_mapping(raw: Mapping[str, object], name: str) -> BookMapping:
    """A mapping from the plain values of its TOML; see `load_mapping`.

    >>> parse_mapping(
    ...     {
    ...         "files": {"all": {"paths": ["loans.csv"]}},
    ...         "tables": {"loans": {"from": "all", "columns": {"loan_id": "Loan No"}}},
    ...     },
    ...     "demo",
    ... ).tables["loans"].columns["loan_id"].column
    'Loan No'
    """
    top = _Reader("book.toml", raw)
    top.only("name", "files", "tables")
    named = top.text("name", name)
    files = {each: _files(part) for each, part in top.parts("files")}
    tables = {}
    for each, part in top.parts("tables"):
        if each not in TABLES:
            raise MappingError(f"[tables.{each}] is not a canonical table; there are {', '.join(TABLES)}. Rename it.")
        tables[each] = _table(each, part, files)
    return BookMapping(named, files, tables)


@dataclass(frozen=True)
class _Reader:
    """One TOML table with the place it stands at, so that each mistake names table, key, what there is, what to do."""

    place: str
    raw: Mapping[str, object]

    def only(self, *known: str) -> None:
        for key in self.raw:
            if key not in known:
                raise MappingError(
                    f"{self.place} has a key {key!r} the grammar lacks; it has {', '.join(known)}. Mend it."
                )

    def wrong(self, key: str, wanted: str) -> MappingError:
        return MappingError(f"{self.place} {key}={self.raw.get(key)!r} is not {wanted}. Mend it.")

    def text(self, key: str, default: str) -> str:
        found = self.raw.get(key, default)
        if not isinstance(found, str):
            raise self.wrong(key, "a text")
        return found

    def maybe(self, key: str) -> str | None:
        return self.text(key, "") if key in self.raw else None

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.raw.get(key, [])
        found = [found] if isinstance(found, str) else found
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self.wrong(key, "a text or a list of texts")
        return tuple(found)

    def pairs(self, key: str) -> dict[str, str]:
        found = self.raw.get(key, {})
        if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
            raise self.wrong(key, "a table of texts, such as { paid = 'repaid' }")
        return dict(found)

    def parts(self, key: str) -> list[tuple[str, "_Reader"]]:
        found = self.raw.get(key)
        if not isinstance(found, dict) or not found:
            raise MappingError(f"{self.place} has no [{key}.*]; it has {', '.join(self.raw) or 'nothing'}. Add one.")
        answer = []
        for name, part in found.items():
            if not isinstance(part, dict):
                raise MappingError(f"[{key}.{name}] is {part!r}, not a table. Write [{key}.{name}] above its keys.")
            answer.append((name, _Reader(f"[{key}.{name}]", part)))
        return answer


def _files(part: _Reader) -> Files:
    part.only("paths", "separator", "encoding", "dates", "no_value", "rename", "keep")
    paths = part.texts("paths")
    if not paths:
        raise MappingError(f"{part.place} has no paths. Name the files it stands for, such as paths = ['loans.csv'].")
    separator = part.text("separator", ",")
    if len(separator) != 1:
        raise part.wrong("separator", "one character")
    encoding = part.text("encoding", "utf-8")
    if encoding not in get_args(Encoding):
        raise part.wrong("encoding", f"one of {', '.join(get_args(Encoding))}")
    layout = Layout(separator, cast("Encoding", encoding))
    return Files(paths, layout, _format(part), part.texts("no_value"), part.pairs("rename"), _filters(part))


def _table(name: str, part: _Reader, files: Mapping[str, Files]) -> TableRule:
    part.only("from", "columns", "keep", "one_row_per", "order", "without_parent")
    sources = part.texts("from")
    if not sources:
        raise MappingError(f"{part.place} does not say what it comes from. Add from = one of {', '.join(files)}.")
    for source in sources:
        if source not in files:
            raise MappingError(f"{part.place} from={source!r} is not there; there are {', '.join(files)}. Mend it.")
    raw = part.raw.get("columns")
    if not isinstance(raw, dict) or not raw:
        raise MappingError(f"{part.place} has no columns. Add [tables.{name}.columns].")
    known = TABLES[name].columns
    rules = {}
    for column, given in raw.items():
        if column not in known:
            raise MappingError(f"{part.place} maps {column!r}, which {name} lacks; it has {', '.join(known)}. Mend it.")
        rules[column] = _rule(f"[tables.{name}.columns] {column}", given)
    without_parent = part.text("without_parent", "keep")
    if without_parent not in ("keep", "leave_out"):
        raise part.wrong("without_parent", "one of keep, leave_out")
    rule = TableRule(
        sources,
        rules,
        _filters(part),
        part.texts("one_row_per"),
        part.texts("order"),
        cast("Literal['keep', 'leave_out']", without_parent),
    )
    _check_columns(part, rule)
    return rule


def _check_columns(part: _Reader, rule: TableRule) -> None:
    for key in ("one_row_per", "order"):
        for column in getattr(rule, key):
            if column not in rule.columns:
                raise MappingError(
                    f"{part.place} {key} names {column!r}, which it does not map. Map it or mend the name."
                )
    for column, each in rule.columns.items():
        if each.after is not None and (each.after not in rule.columns or rule.columns[each.after].after is not None):
            raise MappingError(f"{part.place} {column} comes after {each.after!r}, which has no source column. Map it.")
        if not rule.one_row_per and each.take is not None:
            raise MappingError(f"{part.place} {column} has take={each.take!r} but no one_row_per. Add it or drop take.")
        if rule.one_row_per and column not in rule.one_row_per and each.take is None and each.constant is None:
            raise MappingError(
                f"{part.place} {column} has no take, yet one_row_per makes several rows one. "
                f"Add take = one of {', '.join(get_args(Take))}."
            )
        if each.take in ("first", "last") and not rule.order:
            raise MappingError(f"{part.place} {column} takes the {each.take} row of no order. Add order = ['a date'].")


def _rule(place: str, given: object) -> ColumnRule:
    if isinstance(given, str):
        return ColumnRule(column=given)
    if not isinstance(given, dict):
        raise MappingError(f"{place}={given!r} is not a column name. For one value in every row: {{ constant = ... }}.")
    part = _Reader(place, given)
    part.only(
        "column",
        "join",
        "between",
        "constant",
        "after",
        "days",
        "days_from",
        "values",
        "others",
        "dates",
        "only_if",
        "take",
    )
    named = [key for key in ("column", "join", "constant", "after") if key in given]
    if len(named) != 1 and not (not named and given.get("take") == "count"):
        raise MappingError(
            f"{place} has {', '.join(named) or 'no source'}. Give exactly one of column, join, constant, after."
        )
    take = part.maybe("take")
    if take is not None and take not in get_args(Take):
        raise part.wrong("take", f"one of {', '.join(get_args(Take))}")
    days = given.get("days")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int)):
        raise part.wrong("days", "a whole number of days")
    if ("after" in given) != ((days is not None) != ("days_from" in given)):
        raise MappingError(f"{place} needs after together with either days or days_from, and neither alone. Mend it.")
    constant = given.get("constant")
    if constant is not None and not isinstance(constant, str | int | float | bool | date):
        raise part.wrong("constant", "a text, number, date or boolean")
    return ColumnRule(
        column=part.maybe("column"),
        join=part.texts("join"),
        between=part.text("between", "-"),
        constant=constant,
        after=part.maybe("after"),
        days=days,
        days_from=part.maybe("days_from"),
        values=part.pairs("values"),
        others=part.maybe("others"),
        dates=_format(part),
        only_if=_filters(part, "only_if"),
        take=cast("Take | None", take),
    )


def _format(part: _Reader) -> str | None:
    found = part.maybe("dates")
    if found is not None and not ("%d" in found and "%m" in found and ("%y" in found or "%Y" in found)):
        raise part.wrong("dates", "a date format such as '%d/%m/%Y'")
    return found


def _filters(part: _Reader, key: str = "keep") -> tuple[Filter, ...]:
    found = part.raw.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise part.wrong(key, "a list such as [ { column = 'country', equals = 'Kenya' } ]")
    answer = []
    for each in found:
        column = each.get("column")
        if not isinstance(column, str):
            raise MappingError(f"{part.place} {key} has a filter without column: {each!r}. Name the column.")
        used = [key for key in each if key != "column"]
        if not used or any(key not in OPERATORS for key in used):
            raise MappingError(
                f"{part.place} {key} on {column!r} has {', '.join(used) or 'no operator'}; "
                f"there are {', '.join(OPERATORS)}. Mend it."
            )
        answer += [_filter(f"{part.place} {key}", column, operator, each[operator]) for operator in used]
    return tuple(answer)


def _filter(place: str, column: str, operator: str, operand: object) -> Filter:
    wrong = MappingError(f"{place} on {column!r}: {operator}={operand!r} does not suit the operator. Mend it.")
    if operator == "empty":
        if not isinstance(operand, bool):
            raise wrong
        return Filter(column, operator, operand)
    if operator in ("one_of", "none_of"):
        if not isinstance(operand, list) or not operand or not all(isinstance(each, str | int) for each in operand):
            raise wrong
        return Filter(column, operator, tuple(operand))
    if isinstance(operand, datetime) or not isinstance(operand, str | int | float | date):
        raise wrong
    if operator in ("at_least", "at_most") and isinstance(operand, str):
        raise wrong
    return Filter(column, operator, operand)
