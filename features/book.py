"""A book as known on a date: the one guard against leakage."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd
import pyarrow as pa

from features.engines import DuckDB, literal, quoted
from features.errors import DataError, MissingColumn, MissingTable
from features.schema import TABLES, Table

#: Beyond every real date; stands for "not yet" where two dates are compared.
NEVER = date(9999, 12, 31)

_MOMENTS = itertools.count()
_JOINS = itertools.count()

# Columns of each view, where they differ from "every column of the table". `{day}` is the as-of date.
_LATER: Mapping[str, Mapping[str, str]] = {
    "loans": {
        "closed_on": "CASE WHEN closed_known_on <= {day} AND closed_on <= {day} THEN closed_on END",
        "closed_how": "CASE WHEN closed_known_on <= {day} AND closed_on <= {day} THEN closed_how END",
        "closed_known_on": "CASE WHEN closed_known_on <= {day} AND closed_on <= {day} THEN closed_known_on END",
    },
    "applications": {
        "decided_on": "CASE WHEN decided_on <= {day} THEN decided_on END",
        "decision": "CASE WHEN decided_on <= {day} THEN decision END",
        "approved_amount": "CASE WHEN decided_on <= {day} THEN approved_amount END",
        "loan_id": "CASE WHEN decided_on <= {day} THEN loan_id END",
    },
    "complaints": {
        "closed_on": "CASE WHEN closed_known_on <= {day} AND closed_on <= {day} THEN closed_on END",
        "closed_known_on": "CASE WHEN closed_known_on <= {day} AND closed_on <= {day} THEN closed_known_on END",
    },
    "assignments": {"to_on": "CASE WHEN to_on <= {day} THEN to_on END"},
    "memberships": {"to_on": "CASE WHEN to_on <= {day} THEN to_on END"},
    "instalments": {"replaced_on": "CAST(NULL AS DATE)"},
    "repayments": {"reversed_on": "CAST(NULL AS DATE)"},
    "savings": {"reversed_on": "CAST(NULL AS DATE)"},
    "contacts": {"reversed_on": "CAST(NULL AS DATE)"},
    "departures": {"reversed_on": "CAST(NULL AS DATE)"},
}

# Attributes of reference tables that do not change with time as far as a book can tell; all others are today's.
_FIXED: Mapping[str, tuple[str, ...]] = {
    "clients": ("client_id", "joined_on", "known_on"),
    "officers": ("officer_id", "branch_id"),
    "branches": ("branch_id",),
    "products": ("product_id", "max_amount", "lending"),
    "groups": ("group_id", "branch_id"),
    "directory": ("client_id",),
}


def supplies(present: Mapping[str, frozenset[str]], need: str) -> bool:
    """Whether a book with these tables and columns has a table (``"savings"``) or a column (``"loans.due_on"``)."""
    table, _, column = need.partition(".")
    return table in present and (not column or column in present[table])


@dataclass(frozen=True)
class Known:
    """The views of one as-of date. Unqualified table names in SQL run here mean these views and nothing else."""

    engine: DuckDB
    as_of: date
    schema: str
    present: Mapping[str, frozenset[str]]

    def frame(self, sql: str) -> pd.DataFrame:
        """Answer of a query over the views."""
        self.engine.run(f"SET schema = '{self.schema}'")
        return self.engine.frame(sql)

    def arrow(self, sql: str) -> pa.Table:
        """Answer of a query over the views, as Arrow."""
        self.engine.run(f"SET schema = '{self.schema}'")
        return self.engine.arrow(sql)

    def keep(self, name: str, sql: str) -> None:
        """Store the answer of a query as a table that later queries of this date can read."""
        self.engine.run(f"SET schema = '{self.schema}'")
        self.engine.run(f"CREATE OR REPLACE TABLE {self.schema}.{name} AS {sql}")

    def put(self, name: str, data: pd.DataFrame | pa.Table) -> None:
        """Store a table that later queries of this date can read."""
        self.engine.put(f"{self.schema}.{name}", data)

    def drop(self, names: Iterable[str]) -> None:
        """Let go of tables that `keep` or `put` stored; one that is not there is passed over."""
        for name in names:
            self.engine.run(f"DROP TABLE IF EXISTS {self.schema}.{name}")

    def has(self, need: str) -> bool:
        """Whether the book supplies a table (``"savings"``) or a column (``"loans.due_on"``)."""
        return supplies(self.present, need)


@dataclass(frozen=True)
class Book:
    """The canonical tables of one MFI, held by an engine.

    Attributes
    ----------
    name
        What the book is called in reports.
    present
        Tables the book supplies, each with the columns it supplies; everything else is "not known".
    foreign
        ``table.column`` to its name in the MFI's own files, where a mapping gave it another.
    schema
        Where in the engine its rows lie.
    joined
        Tables that hold rows `with_rows` added, whether or not the book supplies them.
    """

    engine: DuckDB
    name: str
    present: Mapping[str, frozenset[str]]
    foreign: Mapping[str, str] = field(default_factory=dict)
    schema: str = "raw"
    joined: frozenset[str] = frozenset()

    @contextmanager
    def known(self, as_of: date) -> Iterator[Known]:
        """The book as it was known at the end of `as_of`.

        Every row of every view satisfies known_on <= as_of and (reversed_on is null or reversed_on > as_of); a closing,
        a decision, a replaced schedule or an answer known later does not exist yet.

        Examples
        --------
        >>> book = Book.of(
        ...     {
        ...         "clients": pd.DataFrame({"client_id": ["ama"], "joined_on": ["2024-01-01"]}),
        ...         "loans": pd.DataFrame(
        ...             {
        ...                 "loan_id": ["1"],
        ...                 "client_id": ["ama"],
        ...                 "disbursed_on": ["2024-01-01"],
        ...                 "amount": [100],
        ...                 "closed_on": ["2024-06-30"],
        ...                 "closed_known_on": ["2024-07-05"],
        ...             }
        ...         ),
        ...     }
        ... )
        >>> with book.known(date(2024, 7, 1)) as then:
        ...     then.frame("SELECT closed_on IS NULL AS still_open FROM loans").still_open.tolist()
        [True]
        """
        schema = f"known_{as_of:%Y%m%d}_{next(_MOMENTS)}"
        self.engine.run(f"CREATE SCHEMA {schema}")
        try:
            day = literal(as_of)
            self.engine.run(f"CREATE VIEW {schema}.moment AS SELECT {day} AS as_of")
            for name, table in TABLES.items():
                self.engine.run(f"CREATE VIEW {schema}.{name} AS {_view(name, table, day, self.schema)}")
            yield Known(self.engine, as_of, schema, self.present)
        finally:
            self.engine.run("SET schema = 'main'")
            self.engine.run(f"DROP SCHEMA {schema} CASCADE")

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame | pa.Table], name: str = "book") -> "Book":
        """A book from tables in memory, canonical in name and meaning; types are cast.

        Raises
        ------
        MissingTable, MissingColumn
            A required table or column is absent, or one is there that the schema does not know.
        DataError
            A value does not fit its column.
        """
        engine = DuckDB()
        for table, data in tables.items():
            engine.put(f'"given_{table}"', data)
        columns = {table: frozenset(str(c) for c in _names(data)) for table, data in tables.items()}
        return cls.over(engine, {table: f'main."given_{table}"' for table in tables}, columns, name=name)

    @classmethod
    def over(
        cls,
        engine: DuckDB,
        relations: Mapping[str, str],
        columns: Mapping[str, frozenset[str]],
        name: str = "book",
        *,
        copy: bool = True,
        foreign: Mapping[str, str] | None = None,
    ) -> "Book":
        """A book over relations the engine can read, whose columns bear canonical names.

        Parameters
        ----------
        relations
            Canonical table to a table, view or parenthesised query.
        columns
            Canonical table to the columns the relation has.
        copy
            Whether the rows are copied into the engine; False reads them in place each time, for large Parquet files.
        foreign
            See the attribute.
        """
        _refuse(relations, columns)
        engine.run("CREATE SCHEMA IF NOT EXISTS raw")
        for table, spec in TABLES.items():
            source = f"FROM {relations[table]}" if table in relations else "WHERE false"
            what = "TABLE" if copy or table not in relations else "VIEW"
            rows = _cast(spec, columns.get(table, frozenset()), source)
            engine.run(f"CREATE OR REPLACE {what} raw.{table} AS {rows}")
        return cls(engine, name, {table: columns[table] for table in relations}, dict(foreign or {}))

    def with_rows(self, tables: Mapping[str, pd.DataFrame | pa.Table]) -> "Book":
        """The same book with rows that came from elsewhere; this one stays as it is.

        A row whose key the book has already takes that row's place. What the book supplies stays what it was: of a
        table that it lacks, single rows are now there for whoever asks for them, and whatever needs the whole table is
        "not known" as before. Without any row the answer is this book.

        Parameters
        ----------
        tables
            Canonical table to rows of canonical names; types are cast.

        Raises
        ------
        MissingTable, MissingColumn
            A table is not one of a book's, a required column is absent, or one is there that the schema does not know.
        DataError
            A value does not fit its column.

        Examples
        --------
        >>> book = Book.of(
        ...     {
        ...         "clients": pd.DataFrame({"client_id": ["ama"], "joined_on": ["2024-01-01"]}),
        ...         "loans": pd.DataFrame(
        ...             {"loan_id": ["1"], "client_id": ["ama"], "disbursed_on": ["2024-01-01"], "amount": [100]}
        ...         ),
        ...     }
        ... )
        >>> left = pd.DataFrame({"client_id": ["ama"], "left_on": ["2024-03-01"], "leaver_type": ["MOVED"]})
        >>> more = book.with_rows({"departures": left})
        >>> with more.known(date(2024, 3, 1)) as then:
        ...     then.frame("SELECT leaver_type FROM departures").leaver_type.tolist(), then.has("departures")
        (['MOVED'], False)
        """
        columns = {table: frozenset(_names(data)) for table, data in tables.items()}
        for table in tables:
            _refuse_columns(table, columns[table])
        added = {table: data for table, data in tables.items() if len(data)}
        if not added:
            return self
        schema = f"joined_{next(_JOINS)}"
        self.engine.run(f"CREATE SCHEMA {schema}")
        for table, spec in TABLES.items():
            if table not in added:
                self.engine.run(f"CREATE VIEW {schema}.{table} AS SELECT * FROM {self.schema}.{table}")
                continue
            rows = f"{schema}.added_{table}"
            self.engine.put(rows, added[table])
            self.engine.run(f"CREATE OR REPLACE TABLE {rows} AS {_cast(spec, columns[table], f'FROM {rows}')}")
            stays = f" ANTI JOIN {rows} USING ({', '.join(spec.key)})" if spec.key else ""
            own = f"SELECT own.* FROM {self.schema}.{table} AS own{stays}"
            self.engine.run(f"CREATE VIEW {schema}.{table} AS {own} UNION ALL SELECT * FROM {rows}")
        return replace(self, schema=schema, joined=self.joined | frozenset(added))

    def has(self, need: str) -> bool:
        """As `Known.has`."""
        return supplies(self.present, need)

    def called(self, column: str) -> str:
        """A column (``"loans.due_on"``) with its name in the MFI's own files, for messages."""
        return f"{column} ({self.foreign[column]} in the files)" if column in self.foreign else column

    def digest(self) -> str:
        """SHA-256 over the content of every table, whatever the order of rows and the split into files."""
        total = hashlib.sha256()
        for table in sorted(self.joined.union(self.present)):
            columns = ", ".join(f"coalesce(CAST({c} AS VARCHAR), chr(0))" for c in TABLES[table].columns)
            row = f"md5_number_lower(concat_ws(chr(31), {columns}))"
            answer = self.engine.rows(
                f"SELECT count(*), coalesce(sum(CAST({row} AS HUGEINT)), 0) FROM {self.schema}.{table}"
            )
            total.update(f"{table} {answer[0][0]} {answer[0][1]}\n".encode())
        return total.hexdigest()

    def span(self) -> tuple[date, date]:
        """First and last day on which the book says a loan or a repayment was entered.

        Raises
        ------
        DataError
            There is no loan.
        """
        first, last = self.engine.rows(
            "SELECT min(first), max(last) FROM ("
            f"SELECT min(disbursed_on) AS first, max(known_on) AS last FROM {self.schema}.loans UNION ALL "
            f"SELECT min(paid_on), max(known_on) FROM {self.schema}.repayments)"
        )[0]
        if not isinstance(first, date) or not isinstance(last, date):
            raise DataError("table 'loans' has no row; a book needs at least one loan")
        return first, last

    def current_clients(self) -> pd.DataFrame:
        """Today's attributes of every client, for lists and audits; never for features of a past date."""
        return self.engine.frame(f"SELECT * FROM {self.schema}.clients ORDER BY client_id")

    def keep_current(self, known: Known, table: str, name: str) -> None:
        """Store today's attributes of a reference table under `name`, for measures and audits of a date.

        Never for features of a past date: no family may name such a table.
        """
        known.keep(name, f"SELECT * FROM {self.schema}.{table}")

    def known_clients(self, client_ids: Iterable[str]) -> frozenset[str]:
        """Those of some clients whom the book has."""
        asked = f"main.asked_{next(_JOINS)}"
        self.engine.put(asked, pa.table({"client_id": pa.array(sorted(set(client_ids)), pa.string())}))
        found = self.engine.rows(f"SELECT client_id FROM {asked} SEMI JOIN {self.schema}.clients USING (client_id)")
        self.engine.run(f"DROP TABLE {asked}")
        return frozenset(str(row[0]) for row in found)

    def reference(self, table: str) -> pd.DataFrame:
        """A reference table (officers, branches, products, groups, directory) as it stands today, for lists."""
        return self.engine.frame(f"SELECT * FROM {self.schema}.{table} ORDER BY 1")


def _view(name: str, table: Table, day: str, schema: str) -> str:
    columns = _FIXED.get(name, tuple(table.columns))
    later = _LATER.get(name, {})
    chosen = [f"{later[c].format(day=day)} AS {c}" if c in later else c for c in columns]
    if name in ("instalments", "repayments"):
        return _of_known_loan(name, chosen, day, schema)
    where = []
    if table.about is not None:
        where = [f"known_on <= {day}", f"{table.about} <= {day}"]
    if "reversed_on" in table.columns:
        where.append(f"(reversed_on IS NULL OR reversed_on > {day})")
    if name == "officers":
        where.append(f"(from_on IS NULL OR from_on <= {day})")
    tail = f" WHERE {' AND '.join(where)}" if where else ""
    return f"SELECT {', '.join(chosen)} FROM {schema}.{name}{tail}"


def _of_known_loan(name: str, chosen: list[str], day: str, schema: str) -> str:
    """Schedules and payments of known loans, with the client added."""
    own = [column for column in chosen if column not in ("loan_id", "known_on")]
    if name == "instalments":
        known, alive = "coalesce(child.known_on, loan.disbursed_on)", f"(replaced_on IS NULL OR replaced_on > {day})"
    else:
        known, alive = "child.known_on", f"(reversed_on IS NULL OR reversed_on > {day}) AND paid_on <= {day}"
    return (
        f"SELECT child.loan_id, loan.client_id, {', '.join('child.' + c if ' ' not in c else c for c in own)}, "
        f"{known} AS known_on FROM {schema}.{name} AS child "
        f"JOIN {schema}.loans AS loan ON child.loan_id = loan.loan_id "
        f"WHERE loan.known_on <= {day} AND loan.disbursed_on <= {day} AND {known} <= {day} AND {alive}"
    )


def _filled(spec: Table, select: str) -> str:
    """The query with `known_on` and `closed_known_on` given their defaults."""
    replaced = []
    if spec.known is not None and "." not in spec.known:
        replaced.append(f"coalesce(known_on, {spec.known}) AS known_on")
    if "closed_known_on" in spec.columns:
        replaced.append("coalesce(closed_known_on, closed_on) AS closed_known_on")
    return f"SELECT * REPLACE ({', '.join(replaced)}) FROM ({select})" if replaced else select


def _cast(spec: Table, given: frozenset[str], source: str) -> str:
    """Every column of a table in its type, empty where it is not given."""
    chosen = ", ".join(
        f"CAST({quoted(column)} AS {kind.sql_type}) AS {column}"
        if column in given
        else f"CAST(NULL AS {kind.sql_type}) AS {column}"
        for column, kind in spec.columns.items()
    )
    return _filled(spec, f"SELECT {chosen} {source}")


def _refuse(relations: Mapping[str, str], columns: Mapping[str, frozenset[str]]) -> None:
    for table in relations:
        _refuse_columns(table, columns.get(table, frozenset()))
    for table, spec in TABLES.items():
        if spec.required and table not in relations:
            raise MissingTable(
                f"table {table!r} is missing; the book has {', '.join(sorted(relations)) or 'none'}. Supply it."
            )


def _refuse_columns(table: str, given: frozenset[str]) -> None:
    if table not in TABLES:
        raise MissingTable(f"table {table!r} is not part of the canonical book; it has {', '.join(TABLES)}")
    spec = TABLES[table]
    lacking = [c for c, kind in spec.columns.items() if kind.required and c not in given]
    unknown = sorted(given - set(spec.columns))
    if lacking:
        raise MissingColumn(f"table {table!r} has no column {lacking[0]!r}; it has {', '.join(sorted(given))}. Map it.")
    if unknown:
        raise MissingColumn(
            f"table {table!r} has a column {unknown[0]!r} that nobody asked for. Map it, or leave it out."
        )


def _names(data: pd.DataFrame | pa.Table) -> list[str]:
    return list(data.column_names) if isinstance(data, pa.Table) else [str(c) for c in data.columns]
