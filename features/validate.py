"""A book against the schema: what is wrong, how many rows, what to do."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from features.book import Book
from features.connectors.folder import Supply, supplied
from features.connectors.given import looks_like
from features.errors import DataError, UnreadableFile
from features.judged import Judged, judge, judged_table
from features.report import Finding, Report, Severity, ensure_usable
from features.schema import TABLES
from features.table_rules import table_findings
from features.value_rules import value_rules

__all__ = ["Finding", "Report", "Severity", "check", "ensure_usable"]

#: What is "not known" without an optional table.
WITHOUT: Mapping[str, str] = {
    "instalments": "what was due when, so arrears and how much of a loan is left",
    "repayments": "how clients pay: late, early, in part",
    "applications": "what clients asked for and were refused",
    "savings": "whether clients save, and whether they draw their savings down",
    "contacts": "visits, calls and silence between client and officer",
    "attendance": "who stays away from meetings",
    "complaints": "open complaints and how long they took",
    "assignments": "which officer served a client when, so officer changes and workload",
    "memberships": "which group a client belonged to when, so what became of her peers",
    "departures": "how a client left: every unexplained end counts as leaving by choice",
    "officers": "officers' names and branches",
    "branches": "branches' names and areas",
    "products": "loan ceilings and kinds of lending",
    "groups": "groups' names, branches and meeting days",
    "directory": "clients' names, numbers, hours and wishes, so lists bear ids and nobody's own hours are kept",
}

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_ORDER = {name: place for place, name in enumerate(["", *TABLES])}


def check(source: Path | Book, data: Path | None = None, today: date | None = None) -> Report:
    """Everything worth knowing about a book before it is used.

    Parameters
    ----------
    source
        A folder, a `book.toml`, or a book a connector has opened already (its rows then bear no numbers).
    data
        Folder the files of a `book.toml` are relative to; None means its own folder.
    today
        The newest day something can have happened on; None asks only whether dates are plausible at all.

    Returns
    -------
    Report
        Findings, errors first. `Report.usable` is False when one is an error; `ensure_usable` turns that into a stop.
    """
    if isinstance(source, Book):
        tables = {
            name: judged_table(source.engine, name, f"{source.schema}.{name}", source.present[name])
            for name in _sorted(source)
        }
        return _report(source.name, tables, [], today)
    faults: list[Finding] = []
    supply = _supplied(source, data, faults)
    if supply is None:
        return Report(source.stem, {}, tuple(faults))
    tables = {}
    for name, given in supply.tables.items():
        faults += _structure(name, given.columns)
        if not set(given.columns) & set(TABLES[name].columns):
            continue
        try:
            tables[name] = judge(supply.engine, given)
        except DataError as error:
            faults.append(_fault("unreadable", name, error))
    return _report(supply.name, tables, faults, today, frozenset(supply.tables) | {each.table for each in faults})


def _sorted(book: Book) -> list[str]:
    return [name for name in TABLES if name in book.present]


def _supplied(source: Path, data: Path | None, faults: list[Finding]) -> Supply | None:
    """The supply, with what is wrong with single files as findings; None where nothing can be read."""
    try:
        supply = supplied(source, data, lambda table, error: faults.append(_fault("unreadable", table, error)))
    except DataError as error:
        faults.append(_fault("unreadable", "", error))
        return None
    for name in supply.unread:
        told = f"the file {name!r} is not read, since no table of a book has its name"
        faults.append(Finding(Severity.WARNING, "unread_file", "", "", 0, told, f"Tables are {', '.join(TABLES)}."))
    return supply


def _fault(kind: str, table: str, error: DataError) -> Finding:
    said, _, remedy = str(error).partition(". ")
    return Finding(Severity.ERROR, kind, table, "", 0, said, remedy)


def _structure(name: str, columns: Mapping[str, str]) -> list[Finding]:
    spec = TABLES[name].columns
    found = []
    for column, kind in spec.items():
        if kind.required and column not in columns:
            told = f"the column is missing; the table has {', '.join(columns)}"
            alike = next((heading for heading in columns if heading.strip().lower() == column), "")
            remedy = looks_like(name, alike) or "Export it, or map it in a book.toml."
            found.append(Finding(Severity.ERROR, "missing_column", name, column, 0, told, remedy))
    for column in columns:
        if column not in spec:
            told = f"the column is not one of the table's; it has {', '.join(spec)}"
            named = "Leave it out, give it its canonical name, or map the file in a book.toml."
            remedy = looks_like(name, column) or named
            found.append(Finding(Severity.ERROR, "extra_column", name, column, 0, told, remedy))
    return found


def _report(
    book: str,
    tables: Mapping[str, Judged],
    faults: list[Finding],
    today: date | None,
    named: frozenset[str] | None = None,
) -> Report:
    findings = [*faults, *_presence(tables, named if named is not None else frozenset(tables))]
    readable = {}
    for name, table in tables.items():
        try:
            findings += _values(table, today)
            readable[name] = table
        except UnreadableFile as error:
            # Parquet that is read in place shows its damage no sooner.
            findings.append(_fault("unreadable", name, _with_file(error, table)))
    findings += table_findings(readable)
    findings += _span(readable)
    placed = sorted(
        findings, key=lambda each: (_RANK[each.severity], _ORDER.get(each.table, 0), each.column, each.kind)
    )
    return Report(book, {name: table.rows for name, table in readable.items()}, tuple(placed))


def _with_file(error: UnreadableFile, table: Judged) -> UnreadableFile:
    """The error with the file named, where the engine names none and the table has but one."""
    if table.given is None or len(table.given.files) != 1 or str(error).startswith("file "):
        return error
    return UnreadableFile(f"file {table.given.files[0].name!r} cannot be read. Export it again.")


def _values(table: Judged, today: date | None) -> list[Finding]:
    optional = [name for name, spec in table.spec.columns.items() if name in table.columns and not spec.required]
    findings, empty = table.count_and_see(value_rules(table, today), optional)
    remedy = "What is built on it is not known. Leave the column out, or fill it."
    for column in empty:
        told = "the column has no value in any row"
        findings.append(Finding(Severity.NOTE, "all_empty", table.name, column, table.rows, told, remedy))
    return findings


def _presence(tables: Mapping[str, Judged], named: frozenset[str]) -> list[Finding]:
    found = []
    for name, spec in TABLES.items():
        if name not in named:
            if spec.required:
                told = f"the table is missing; the book has {', '.join(tables) or 'none'}"
                found.append(Finding(Severity.ERROR, "missing_table", name, "", 0, told, "Supply it."))
            else:
                told = f"the table is not there; not known: {WITHOUT[name]}"
                found.append(Finding(Severity.NOTE, "optional_table", name, "", 0, told, "Supply it if you have it."))
        elif name in tables and not tables[name].rows:
            if spec.required:
                told, remedy = "the table has no row", "Export it again."
                found.append(Finding(Severity.ERROR, "empty_table", name, "", 0, told, remedy))
            else:
                told = f"the table has no row, which cannot be told from a failed export; not known: {WITHOUT[name]}"
                found.append(Finding(Severity.WARNING, "empty_table", name, "", 0, told, "Export it again."))
    return found


def _span(tables: Mapping[str, Judged]) -> list[Finding]:
    loans = tables.get("loans")
    if loans is None or not loans.has("disbursed_on"):
        return []
    first, last = loans.engine.rows(f"SELECT min(disbursed_on), max(disbursed_on) FROM {loans.relation}")[0]
    if not isinstance(first, date) or not isinstance(last, date):
        return []
    told = f"loans were paid out from {first.isoformat()} to {last.isoformat()}"
    return [Finding(Severity.NOTE, "span", "loans", "disbursed_on", loans.rows, told, "")]
