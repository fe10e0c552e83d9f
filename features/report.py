"""What is wrong with a book: findings, and how they are told."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from features.errors import UnusableBook

#: How many rows are named as examples of one finding.
EXAMPLES = 5
#: How many findings the refusal of a book names; the report has the rest.
WORST = 3


class Severity(StrEnum):
    """How bad a finding is: an error must be mended first, a warning says how the rows are treated, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing found in a book.

    Attributes
    ----------
    severity
        `Severity`.
    kind
        Stable name of what was found, such as ``not_a_date``.
    table, column
        Where; empty where it concerns the whole book or the whole table.
    rows
        How many rows (or whatever the message counts), 0 where nothing is counted.
    message
        What was found, never with a value of the book.
    remedy
        What to do, or how the rows are treated.
    examples
        Row numbers in `file` as a spreadsheet shows them (a CSV's header is row 1); Parquet counts from 1.
    file
        Name of the file the examples stand in; empty where the book comes from no file.
    """

    severity: Severity
    kind: str
    table: str
    column: str
    rows: int
    message: str
    remedy: str
    examples: tuple[int, ...] = ()
    file: str = ""

    @property
    def place(self) -> str:
        """Table and column as one word."""
        return f"{self.table}.{self.column}" if self.column else self.table or "book"

    @property
    def shown_rows(self) -> str:
        """The examples as words, empty where there are none."""
        if not self.examples:
            return ""
        more = ", ..." if self.rows > len(self.examples) else ""
        word = "row" if len(self.examples) == 1 and not more else "rows"
        return f"{word} {', '.join(str(row) for row in self.examples)}{more} of {self.file}"


@dataclass(frozen=True)
class Report:
    """All findings of one book, worst first.

    Attributes
    ----------
    book
        What the book is called.
    rows
        Rows of each table that could be read.
    findings
        Ordered by severity, then as the canonical book is ordered.
    """

    book: str
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether the book can be used as it is: no finding is an error."""
        return not self.of(Severity.ERROR)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def verdict(self) -> str:
        """One line: usable or not, and the counts."""
        counts = ", ".join(_counted(len(self.of(severity)), severity.value) for severity in Severity)
        return f"book {self.book!r} is {'usable' if self.usable else 'not usable'}: {counts}"

    def as_text(self) -> str:
        """Plain text for a terminal or a mail."""
        lines = [self.verdict, ""]
        lines += [f"  {table:<14}{rows:>14,} rows" for table, rows in self.rows.items()]
        for finding in self.findings:
            rows = f" ({finding.shown_rows})" if finding.examples else ""
            lines += ["", f"{finding.severity.upper()} {finding.place}: {finding.message}{rows}"]
            lines += [f"  {finding.remedy}"] if finding.remedy else []
        return "\n".join(lines) + "\n"

    def as_markdown(self) -> str:
        """A page with one table of findings."""
        lines = [f"# Data report: {_cell(self.book)}", "", f"{_cell(self.verdict)}.", ""]
        if self.rows:
            lines += ["| table | rows |", "|---|---:|"]
            lines += [f"| {table} | {rows:,} |" for table, rows in self.rows.items()] + [""]
        if self.findings:
            lines += [
                "| severity | where | rows | what was found | examples | what to do |",
                "|---|---|---:|---|---|---|",
            ]
            for each in self.findings:
                count = f"{each.rows:,}" if each.rows else ""
                cells = [each.severity.value, each.place, count, each.message, each.shown_rows, each.remedy]
                lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        return "\n".join(lines).rstrip() + "\n"

    def as_json(self) -> str:
        """The same for a script: ``book``, ``usable``, ``rows``, ``findings``."""
        plain = {
            "book": self.book,
            "usable": self.usable,
            "rows": dict(self.rows),
            "findings": [asdict(finding) for finding in self.findings],
        }
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def ensure_usable(report: Report) -> None:
    """Stop unless the book is usable.

    Raises
    ------
    UnusableBook
        Names the worst findings: those that concern most rows, whole tables first.
    """
    if report.usable:
        return
    errors = sorted(report.of(Severity.ERROR), key=lambda each: (each.rows > 0, -each.rows))
    told = "; ".join(f"{each.place}: {each.message}" for each in errors[:WORST])
    more = len(errors) - WORST
    rest = f"; and {_counted(more, 'more error')}" if more > 0 else ""
    raise UnusableBook(
        f"book {report.book!r} cannot be used: {told}{rest}. Run `exitwatch check` on it and mend what it names."
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
