"""What measures are cut by: attributes of clients as they stand today, and of the loan that ended.

Attributes that no model may see (gender, age, poverty band) are here to be measured: whether some leave more than
others is what a fair institution has to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from features.book import Book, Known
from features.engines import literal, quoted
from features.errors import UsageError
from features.measures.flows import keep_moves
from features.measures.target_client import TargetRule

#: Said of whoever has no value.
NOT_KNOWN = "not known"
#: Oldest year of life in each age band but the last.
AGE_BANDS = (24, 34, 44, 54)
#: Loans are counted one by one up to here.
CYCLES = 6
#: Column of the target rule's answer.
TARGET = "target"


@dataclass(frozen=True)
class Segment:
    """Something measures are cut by.

    Parameters
    ----------
    name
        As it is asked for.
    title
        In plain words.
    needs
        Columns of the book without which nobody's value is known; one of them is enough.
    sql
        The value of a row of ``clients`` (today's attributes) or, where `of_decisions`, of the loan that ended.
    of_decisions
        It belongs to the loan that ended, so that only decisions are counted by it: a client who takes another product
        would leave one segment and join the next without having left.
    many
        Whether it has more values than a few.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    sql: str
    of_decisions: bool = False
    many: bool = False


def _bands() -> str:
    low, cases = 0, []
    for oldest in AGE_BANDS:
        name = f"{low} to {oldest}" if low else f"up to {oldest}"
        cases.append(f"WHEN {{year}} - birth_year <= {oldest} THEN '{name}'")
        low = oldest + 1
    return f"CASE WHEN birth_year IS NULL THEN NULL {' '.join(cases)} ELSE '{low} and over' END"


#: Every segment there is, besides the MFI's own target rule.
SEGMENTS: Mapping[str, Segment] = MappingProxyType(
    {
        each.name: each
        for each in (
            Segment("area", "area", ("clients.area",), "area"),
            Segment("client_type", "client type", ("clients.client_type",), "client_type"),
            Segment(
                "lending",
                "group or individual",
                ("clients.group_id", "memberships.group_id"),
                "CASE WHEN group_id IS NOT NULL OR client_id IN (SELECT client_id FROM memberships) "
                "THEN 'group' ELSE 'individual' END",
            ),
            Segment("branch", "branch", ("clients.branch_id",), "branch_id", many=True),
            Segment("gender", "gender", ("clients.gender",), "gender"),
            Segment("age", "age band", ("clients.birth_year",), _bands()),
            Segment("poverty", "poverty band", ("clients.poverty_band",), "poverty_band"),
            Segment(
                "product", "product of the loan that ended", ("loans.product_id",), "product_id", of_decisions=True
            ),
            Segment("purpose", "purpose of the loan that ended", ("loans.purpose",), "purpose", of_decisions=True),
            Segment("cycle", "how many loans until then", ("loans.loan_id",), "cycle", of_decisions=True),
        )
    }
)


def known_segments(book: Book, target: TargetRule | None = None) -> tuple[Segment, ...]:
    """Segments a book has values for; the target rule is the last of them."""
    found = [each for each in SEGMENTS.values() if any(book.has(need) for need in each.needs)]
    if target is not None:
        found.append(Segment(TARGET, target.name, (), target.sql()))
    return tuple(found)


def asked_for(names: Sequence[str], book: Book) -> tuple[str, ...]:
    """Names of segments that were asked for, once it is sure that there are such.

    Raises
    ------
    UsageError
        No segment is called so, or the book has no values for it.
    """
    known = {each.name for each in known_segments(book)}
    for name in names:
        if name not in SEGMENTS:
            raise UsageError(f"--segment={name!r} is none; there are {', '.join(SEGMENTS)}. Take one of those.")
        if name not in known:
            needs = " or ".join(SEGMENTS[name].needs)
            raise UsageError(f"--segment={name!r}: the book has no {needs}. Supply it, or leave the segment out.")
    return tuple(names)


def keep_segments(book: Book, known: Known, segments: Sequence[Segment]) -> None:
    """Store the people, the decisions and the counts of each segment; `keep_episodes` must have run for this date.

    Tables ``people`` (client_id and a text per segment of clients) and ``decided`` (client_id, spell and a text per
    segment of loans) can be read afterwards, and `features.measures.flows.monthly` asked for each segment.
    """
    book.keep_current(known, "clients", "current_people")
    year = {"year": str(known.as_of.year)}
    own = [f"{_text(each, year)} AS {quoted(each.name)}" for each in segments if not each.of_decisions]
    known.keep("people", f"SELECT {', '.join(['client_id', *own])} FROM current_people")
    known.drop(["current_people"])
    of_loans = [f"{_text(each, {})} AS {quoted(each.name)}" for each in segments if each.of_decisions]
    if of_loans:
        known.keep("decided", f"{_ENDED} SELECT {', '.join(['client_id', 'spell', *of_loans])} FROM ended")
    few = [each.name for each in segments if not each.of_decisions and not each.many]
    for names in (few, *([each.name] for each in segments if not each.of_decisions and each.many)):
        if names:
            keep_moves(known, names)
    if of_loans:
        keep_moves(known, [each.name for each in segments if each.of_decisions], of_decisions=True)


def _text(segment: Segment, words: Mapping[str, str]) -> str:
    return f"coalesce(CAST({segment.sql.format(**words)} AS VARCHAR), {literal(NOT_KNOWN)})"


#: The last loan of every decision, and how many the client had by then; not known where some lie before the book.
_ENDED = f"""
WITH numbered AS (
    SELECT client_id, disbursed_on, closed_on, product_id, purpose,
        row_number() OVER (PARTITION BY client_id ORDER BY disbursed_on, loan_id) AS number
    FROM loans WHERE closed_how IS NULL OR closed_how <> 'cancelled'
), whole AS (
    SELECT client_id FROM episodes WHERE episode = 1 AND came_as = 'new'
), last_ones AS (
    SELECT decisions.client_id, decisions.spell, numbered.product_id, numbered.purpose, numbered.number,
        row_number() OVER (PARTITION BY decisions.client_id, decisions.spell ORDER BY numbered.number DESC) AS place
    FROM decisions JOIN numbered
        ON decisions.client_id = numbered.client_id AND decisions.ended_on = numbered.closed_on
), ended AS (
    SELECT last_ones.client_id, spell, product_id, purpose,
        CASE WHEN whole.client_id IS NULL THEN NULL
             WHEN number >= {CYCLES} THEN '{CYCLES} or more' ELSE CAST(number AS VARCHAR) END AS cycle
    FROM last_ones LEFT JOIN whole ON last_ones.client_id = whole.client_id WHERE place = 1
)
"""
