"""Why clients left, in the form of IRIS PI9872: how many left, and the share that names each primary reason.

The primary reason is the root of the chain, or its last link if asked for: acting on the last link alone is often the
wrong remedy. Of a random sample the shares stand for all leavers of the period: each answer weighs as many as it stands
for in its stratum. Shares come with the interval of Wilson at the effective number of answers (Kish).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from features.drivers import DRIVERS
from features.errors import UsageError
from features.intervals import wilson
from features.value_rules import NEWEST, OLDEST
from serving.outcome_codes import REASONS
from serving.survey import kept, samples
from serving.survey.form import Answer
from serving.survey.pooling import FEWEST, pooled, whole_batches
from serving.survey.pooling import told as counted
from serving.survey.samples import Sample
from serving.survey.words import OWN_OFFICER

ROOT, LAST = "root", "last"
LINKS = (ROOT, LAST)
#: With this begins the footnote that lists every category.
CATEGORIES = "All categories there are"


@dataclass(frozen=True)
class Weighed:
    """One answer and how many leavers it stands for."""

    answer: Answer
    weight: float = 1.0


@dataclass(frozen=True)
class Share:
    """The share of leavers who name a reason.

    Parameters
    ----------
    codes
        One driver code, or those that are told as one sum because each is too small.
    answers
        How many answers, counted and not weighed; at least `FEWEST`.
    low, high
        The 95 % interval.
    """

    codes: tuple[str, ...]
    answers: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ReasonTable:
    """What may be told of an exit survey.

    Parameters
    ----------
    leavers
        How many left in the period; None where answers are no sample of them.
    answers
        Consented interviews that are counted: full batches of `FEWEST`, in the order of entry.
    refusals
        Who was asked and did not want to answer; None where these are fewer than `FEWEST`.
    by_own_officer
        Interviews by the client's own officer, who cannot have been told reasons about staff; None where these, or all
        others, are fewer than `FEWEST`.
    not_covered
        Strata of which nobody answered, so that the shares say nothing of them.
    link
        root or last.
    shares
        The largest first; those told together last. Empty where there are too few answers to tell anything.
    footnotes
        What has to be read with it, the full categorisation among it.
    """

    leavers: int | None
    answers: int
    refusals: int | None
    by_own_officer: int | None
    not_covered: tuple[str, ...]
    link: str
    shares: tuple[Share, ...]
    footnotes: tuple[str, ...]


def reasons_of_sample(connection: Connection, sample_id: str, link: str = ROOT) -> ReasonTable:
    """The table of a random sample, weighed up to all leavers of its period.

    Raises
    ------
    UsageError
        There is no such sample, or it asks clients a second time.
    """
    of = samples.sample(connection, sample_id)
    if of is None:
        raise UsageError(f"there is no sample {sample_id!r}; `exitwatch survey sample --list` names those there are")
    if of.again_of:
        raise UsageError(f"sample {sample_id!r} asks clients again; ask for the reasons of {of.again_of!r}")
    stratum = {each.client_id: each.stratum for each in samples.drawn(connection, sample_id)}
    answered = [each.answer for each in kept.of_sample(connection, sample_id) if each.answer.client_id in stratum]
    told = whole_batches([answer for answer in answered if answer.consent])
    count: dict[str, int] = {}
    for answer in told:
        count[stratum[answer.client_id]] = count.get(stratum[answer.client_id], 0) + 1
    sizes = _sizes(of)
    weighed = [Weighed(answer, sizes[stratum[answer.client_id]] / count[stratum[answer.client_id]]) for answer in told]
    not_covered = tuple(name for name in sizes if name not in count)
    table = reason_table(
        weighed, sum(not answer.consent for answer in answered), link, sum(sizes.values()), not_covered
    )
    period = f"Clients who left between {of.plan.get('from_on')} and {of.plan.get('until_on')}."
    return replace(table, footnotes=(period, *table.footnotes))


def reasons_of_year(connection: Connection, year: int, link: str = ROOT) -> ReasonTable:
    """The table of whoever was asked in a calendar year without being drawn in a sample.

    Whole years alone, and never together with a sample: from two tables that overlap, what one client said could be
    worked out.

    Raises
    ------
    UsageError
        It is no year.
    """
    if not OLDEST.year <= year <= NEWEST.year:
        raise UsageError(f"year={year} is none; write it as 2024")
    found = [each.answer for each in kept.of_year(connection, year) if not each.answer.sample_id]
    told = [Weighed(answer) for answer in found if answer.consent]
    return reason_table(whole_batches(told), len(found) - len(told), link)


def reason_table(
    weighed: Sequence[Weighed],
    refusals: int = 0,
    link: str = ROOT,
    leavers: int | None = None,
    not_covered: tuple[str, ...] = (),
) -> ReasonTable:
    """The table of some answers.

    Raises
    ------
    UsageError
        The link is none.
    """
    if link not in LINKS:
        raise UsageError(f"link={link!r} is none; take {' or '.join(LINKS)}")
    named = [(each.answer.root if link == ROOT else each.answer.last, each.weight) for each in weighed]
    counts: dict[str, int] = {}
    weights: dict[str, float] = {}
    for code, weight in named:
        counts[code] = counts.get(code, 0) + 1
        weights[code] = weights.get(code, 0.0) + weight
    parts = pooled(counts)
    own = sum(each.answer.interviewer_role == OWN_OFFICER for each in weighed)
    total, squares = sum(weights.values()), sum(weight * weight for _, weight in named)
    rows: list[tuple[str, ...]] = [(code,) for code in parts.shown]
    if sum(counts[code] for code in parts.together) >= FEWEST:
        rows.append(tuple(sorted(parts.together)))
    shares = tuple(
        Share(
            codes,
            sum(counts[code] for code in codes),
            *_with_interval(sum(weights[code] for code in codes) / total, total * total / squares),
        )
        for codes in rows
    )
    return ReasonTable(
        leavers=leavers,
        answers=len(weighed),
        refusals=counted(refusals),
        by_own_officer=counted(own) if counted(len(weighed) - own) is not None else None,
        not_covered=not_covered,
        link=link,
        shares=shares,
        footnotes=_footnotes(link, leavers, not_covered, enough=bool(shares)),
    )


def _with_interval(share: float, answers: float) -> tuple[float, float, float]:
    share = min(share, 1.0)
    return share, *wilson(share * answers, answers)


def _sizes(of: Sample) -> dict[str, int]:
    return {str(name): int(each["leavers"]) for name, each in dict(of.plan["strata"]).items()}


def _footnotes(link: str, leavers: int | None, not_covered: tuple[str, ...], *, enough: bool) -> tuple[str, ...]:
    notes = ["IRIS PI9872: clients who left, and the share naming each primary reason; a period and not a year."]
    first = "the root of the chain, with which it began" if link == ROOT else "the last link before leaving"
    notes.append(f"The primary reason is {first}, as the client said it; it is no proven cause.")
    if leavers is None:
        notes.append("These answers are no random sample of leavers; the shares are of those who answered.")
    if not_covered:
        notes.append(f"Nobody answered in: {'; '.join(not_covered)}. The shares say nothing of these leavers.")
    if not enough:
        notes.append(f"There are fewer than {FEWEST} answers, so nothing is told.")
    notes.append(
        f"Reasons named fewer than {FEWEST} times are told as one sum, the next smallest with them where needed."
    )
    notes.append(f"Answers are counted in batches of {FEWEST}, in the order of entry; the newest wait for their batch.")
    listed = "; ".join(f"{code} {reason.name[0].lower()}{reason.name[1:]}" for code, reason in REASONS.items())
    notes.append(f"{CATEGORIES}: {listed}.")
    return tuple(notes)


def name_of(code: str) -> str:
    """A reason in plain words.

    >>> name_of("PRC-1")
    'Too dear'
    """
    return REASONS[code].name if code in REASONS else DRIVERS[code].name
