"""What can be wrong between rows and between tables."""

from collections.abc import Mapping
from datetime import date

from features.judged import Judged, Rule
from features.report import Finding, Severity

#: More loans than the shortest loans of the longest book would give one person; a collecting account or a test client.
MANY_LOANS = 1000
#: An amount this many times the median is a slipped decimal point or a sum entered as a loan.
ABSURD = 10_000
#: From this many rows on one absurd amount cannot hide in the average, and the median is not worth its time.
LARGE = 100_000

_MONEY = {"loans": "amount", "instalments": "amount_due", "repayments": "amount", "savings": "amount"}
# References beside the parents a row cannot do without.
_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "clients": {"branch_id": "branches", "officer_id": "officers", "group_id": "groups"},
    "loans": {"product_id": "products"},
    "contacts": {"officer_id": "officers"},
    "assignments": {"officer_id": "officers"},
    "memberships": {"group_id": "groups"},
    "officers": {"branch_id": "branches"},
    "groups": {"branch_id": "branches"},
}
# Tables whose rows come every month in a living institution.
_STEADY = ("loans", "repayments", "savings", "contacts", "attendance", "applications")


def table_findings(tables: Mapping[str, Judged]) -> list[Finding]:
    """Findings that need more than one row to see."""
    found: list[Finding] = []
    for table in tables.values():
        if not table.rows:
            continue
        found += _twice(table)
        found += _orphans(table, tables)
        found += _absurd(table)
        found += _gaps(table)
    if "loans" in tables and tables["loans"].rows:
        found += _currencies(tables["loans"]) + _crowded(tables["loans"]) + _endless(tables["loans"])
        found += _before_the_loan(tables)
    return found


def _twice(table: Judged) -> list[Finding]:
    """Ids that stand twice; where rows have no id, rows that are copies of others."""
    if table.spec.key:
        return _repeated(table, table.spec.key[0]) if table.has(table.spec.key[0]) else []
    if table.has("repayment_id"):
        return _repeated(table, "repayment_id")
    count = table.engine.repeats(table.relation, sorted(table.columns))
    if not count:
        return []
    return [
        Finding(
            Severity.WARNING,
            "copies",
            table.name,
            "",
            count,
            f"{count:,} {'row is a copy' if count == 1 else 'rows are copies'} of another row",
            "Each counts. If a file was exported twice, leave one out.",
        )
    ]


def _repeated(table: Judged, column: str) -> list[Finding]:
    filled = f"{column} IS NOT NULL"
    if not table.engine.repeats(f"{table.relation} WHERE {filled}", [column]):
        return []
    repeated = f"SELECT {column} FROM {table.relation} WHERE {filled} GROUP BY {column} HAVING count(*) > 1"
    condition = f"{column} IN ({repeated})"
    rule = Rule(
        Severity.ERROR,
        "duplicate",
        column,
        condition,
        "{n} share their id with another row",
        "Each id may stand once. Leave the repeated rows out, or make them one with one_row_per in a book.toml.",
    )
    return table.count([rule])


def _orphans(table: Judged, tables: Mapping[str, Judged]) -> list[Finding]:
    rules = []
    for column, (parent, key) in table.spec.parents.items():
        if table.has(column) and parent in tables and tables[parent].has(key):
            rules.append(
                Rule(
                    Severity.ERROR,
                    "orphan",
                    column,
                    f"{column} IS NOT NULL AND {column} NOT IN ({_ids(tables[parent], key)})",
                    f"{{n}} of a {key.removesuffix('_id')} that is not in {parent}",
                    f"Supply the missing {parent}, or leave the rows out with without_parent in a book.toml.",
                )
            )
    for column, parent in _REFERENCES.get(table.name, {}).items():
        key = f"{parent.removesuffix('es') if parent == 'branches' else parent.removesuffix('s')}_id"
        if table.has(column) and parent in tables and tables[parent].has(key):
            rules.append(
                Rule(
                    Severity.WARNING,
                    "unknown_reference",
                    column,
                    f"{column} IS NOT NULL AND {column} NOT IN ({_ids(tables[parent], key)})",
                    f"{{n}} with a {column} that is not in {parent}",
                    f"They are shown without a name. Supply the missing {parent}.",
                )
            )
    return table.count(rules)


def _ids(table: Judged, key: str) -> str:
    return f"SELECT {key} FROM {table.relation} WHERE {key} IS NOT NULL"


def _absurd(table: Judged) -> list[Finding]:
    column = _MONEY.get(table.name)
    if column is None or not table.has(column):
        return []
    positive = f"{table.relation} WHERE {column} > 0"
    usual, largest = table.engine.rows(f"SELECT avg({column}), CAST(max({column}) AS DOUBLE) FROM {positive}")[0]
    if not isinstance(usual, float) or not isinstance(largest, float):
        return []
    if table.rows > LARGE and largest <= 10 * usual:
        return []
    median = table.engine.rows(f"SELECT CAST(median({column}) AS DOUBLE) FROM {positive}")[0][0]
    if not isinstance(median, float) or largest <= ABSURD * median:
        return []
    rule = Rule(
        Severity.WARNING,
        "absurd",
        column,
        f"{column} > {ABSURD * median!r}",
        f"{{n}} above {ABSURD:,} times the usual amount",
        "They are used as they are. Look for a slipped decimal point or a sum entered as one row.",
    )
    return table.count([rule])


def _gaps(table: Judged) -> list[Finding]:
    about = table.spec.about
    if table.name not in _STEADY or about is None or not table.has(about):
        return []
    months = [
        year * 12 + month - 1
        for year, month in table.engine.rows(
            f"SELECT DISTINCT CAST(year({about}) AS INTEGER), CAST(month({about}) AS INTEGER) FROM {table.relation} "
            f"WHERE {about} BETWEEN DATE '1950-01-01' AND DATE '2099-12-31'"
        )
        if isinstance(year, int) and isinstance(month, int)
    ]
    if not months:
        return []
    missing = [month for month in range(min(months), max(months)) if month not in set(months)]
    if not missing:
        return []
    named = ", ".join(date(month // 12, month % 12 + 1, 1).strftime("%Y-%m") for month in missing[:6])
    severity = Severity.WARNING if table.name in ("loans", "repayments") else Severity.NOTE
    return [
        Finding(
            severity,
            "gap",
            table.name,
            about,
            len(missing),
            f"{len(missing)} month{'s' if len(missing) > 1 else ''} without a row between the first and the last: "
            f"{named}{', ...' if len(missing) > 6 else ''}",
            "Nothing seems to have happened then. If the export left a month out, supply it.",
        )
    ]


def _currencies(loans: Judged) -> list[Finding]:
    if not loans.has("currency"):
        return []
    kinds = _count(loans, f"SELECT count(DISTINCT currency) FROM {loans.relation}")
    unsaid = _count(loans, f"SELECT count(*) FROM {loans.relation} WHERE currency IS NULL")
    found = []
    if kinds > 1:
        usual = f"SELECT currency FROM {loans.relation} WHERE currency IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
        rule = Rule(
            Severity.ERROR,
            "two_currencies",
            "currency",
            f"currency <> ({usual} LIMIT 1)",
            f"{{n}} in another currency than most; there are {kinds}, and amounts of two are never added",
            "Make one book per currency: keep = [ { column = 'currency', equals = '...' } ] in a book.toml.",
        )
        found += loans.count([rule])
    if kinds and unsaid:
        rule = Rule(
            Severity.WARNING,
            "currency_unsaid",
            "currency",
            "currency IS NULL",
            "{n} without a currency, where others have one",
            "They are taken to be in the currency of the others. Fill it in.",
        )
        found += loans.count([rule])
    return found


def _crowded(loans: Judged) -> list[Finding]:
    if not loans.has("client_id"):
        return []
    crowded = f"SELECT client_id FROM {loans.relation} GROUP BY client_id HAVING count(*) > {MANY_LOANS}"
    clients = _count(loans, f"SELECT count(*) FROM ({crowded})")
    if not clients:
        return []
    rule = Rule(
        Severity.WARNING,
        "crowded_client",
        "client_id",
        f"client_id IN ({crowded})",
        f"{{n}} belong to {clients:,} client{'s' if clients > 1 else ''} with more than {MANY_LOANS:,} loans each",
        "They are used as they are. Look for a collecting account or a test client, and leave it out.",
    )
    return loans.count([rule])


def _endless(loans: Judged) -> list[Finding]:
    ended = f"SELECT count(*) FROM {loans.relation} WHERE {loans.supplied('closed_on')}"
    if loans.has("closed_on") and _count(loans, ended):
        return []
    return [
        Finding(
            Severity.WARNING,
            "no_end",
            "loans",
            "closed_on",
            loans.rows,
            "no loan has an end, so no client can be seen to leave",
            "Supply closed_on, or use the dormancy rule in the recipe.",
        )
    ]


def _before_the_loan(tables: Mapping[str, Judged]) -> list[Finding]:
    loans = tables["loans"]
    if not loans.has("client_id", "disbursed_on", "loan_id"):
        return []
    found = []
    if "clients" in tables and tables["clients"].has("client_id", "joined_on"):
        first = f"SELECT client_id, min(disbursed_on) AS first_on FROM {loans.relation} GROUP BY client_id"
        count = _count(
            loans,
            f"SELECT count(*) FROM {tables['clients'].relation} AS client JOIN ({first}) AS loan "
            "ON client.client_id = loan.client_id WHERE client.joined_on > loan.first_on",
        )
        if count:
            said = f"{count:,} client{'s' if count > 1 else ''} joined after the first loan"
            treated = "Until joined_on nothing but the loans is known of them. Mend joined_on."
            found.append(Finding(Severity.WARNING, "joined_late", "clients", "joined_on", count, said, treated))
    if "repayments" in tables and tables["repayments"].has("loan_id", "paid_on"):
        payments = tables["repayments"]
        count = _count(
            payments,
            f"SELECT count(*) FROM {payments.relation} AS payment JOIN {loans.relation} AS loan "
            "ON payment.loan_id = loan.loan_id WHERE payment.paid_on < loan.disbursed_on",
        )
        if count:
            said = f"{count:,} payment{'s' if count > 1 else ''} received before the loan was paid out"
            treated = "They count on the day they bear. Mend the dates."
            found.append(Finding(Severity.WARNING, "paid_before", "repayments", "paid_on", count, said, treated))
    return found


def _count(table: Judged, query: str) -> int:
    answer = table.engine.rows(query)[0][0]
    return answer if isinstance(answer, int) else 0
