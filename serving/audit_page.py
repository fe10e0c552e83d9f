"""The page of the manual about the audit log."""

from serving.events import Event

_PAGE = """# Audit log

Every view, export and change is a row: who, in which role, when, what, and about what. A client appears under a
pseudonym, a keyed hash whose key is in the database; names, phone numbers, client ids and free text are never written.
What cannot be written down is not shown: a page or an answer that fails to be recorded fails.

This page is written by `exitwatch manual`.

## Whether it is as it was written

Each row holds the SHA-256 of itself and of the row before, so a row that was changed, taken out or put in breaks the
chain at that place; the database refuses such changes besides.

```
exitwatch audit verify
```

goes through all rows and ends with 0, or with 5 and the row at which the chain is broken. It prints the head: number
and digest of the last row. **Keep each head in another place**, on paper or in a mail to the data-protection officer:
whoever can write to the database can also cut off the end of the log, or write all of it anew, and only a head kept
elsewhere shows that. Later,

```
exitwatch audit verify --head 812:4f0c...
```

also checks that the log still contains it. A head older than what retention has kept cannot be confirmed any more, so
keep a newer one from time to time. Where retention has erased old rows, the chain begins behind them, and a row of the
log says so (`audit_forgotten`).

`exitwatch audit export` writes CSV with the digests. A row's digest is the SHA-256 of a JSON object without blanks, its
keys in alphabetical order and every sign beyond ASCII escaped: `actor`, `at`, `detail` (as text), `event`, `previous`,
`role`, `seq`, `subject`. `at` is UTC with six decimals, such as `2024-07-01T08:30:15.123456+00:00`; the first row's
`previous` is 64 zeros. So an export can be checked without this program.

## Finding rows

```
exitwatch audit show --since 2024-07-01 --actor amina
exitwatch audit show --event client_viewed --client c00123
```

`--client` turns an id into its pseudonym. Looking is written down too.

## What is written

| event | when | details |
|---|---|---|
"""


def manual() -> str:
    """The page, with every event there is.

    >>> "| lists_viewed |" in manual()
    True
    """
    rows = [f"| {event} | {event.meaning} | {', '.join(event.details) or '–'} |" for event in Event]
    return _PAGE + "\n".join([*rows, ""])
