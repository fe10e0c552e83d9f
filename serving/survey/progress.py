"""How far a sample has come: drawn, asked, answered, refused; told without telling of anybody.

Of the places of a sample no number below 20 is told, and none can be worked out. How many answered is told wherever it
is large enough; then what is left of the sample must be large enough as well, or the size of the sample is not told
either.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from serving.survey import kept, samples
from serving.survey.pooling import FEWEST, pooled
from serving.survey.samples import Sample
from serving.survey.sampling import size

ANSWERED, REFUSED, WAITING, NOT_ASKED, IN_PEACE = "answered", "refused", "waiting", "not asked", "in peace"
#: What may have become of a place in a sample.
PARTS = (ANSWERED, REFUSED, WAITING, NOT_ASKED, IN_PEACE)


@dataclass(frozen=True)
class Told:
    """Counts of a sample as they may be told; None is hidden.

    Parameters
    ----------
    together
        The sum of those parts that are hidden; None where it is hidden too, or nothing is.
    """

    drawn: int | None
    parts: Mapping[str, int | None]
    together: int | None


@dataclass(frozen=True)
class Progress:
    """How far a sample has come.

    Parameters
    ----------
    wanted
        How many answers it takes to keep within the margin of the plan; None for clients who are asked again.
    """

    sample: Sample
    wanted: int | None
    told: Told


def progress(connection: Connection, of: Sample) -> Progress:
    """How far a sample has come."""
    said = {each.answer.client_id: each.answer.consent for each in kept.of_sample(connection, of.sample_id)}
    counts: Counter[str] = Counter()
    for each in samples.drawn(connection, of.sample_id):
        if each.client_id in said:
            counts[ANSWERED if said[each.client_id] else REFUSED] += 1
        elif each.peace:
            counts[IN_PEACE] += 1
        else:
            counts[NOT_ASKED if each.handed_on is None else WAITING] += 1
    plan = of.plan
    wanted = None
    if "margin" in plan and int(plan["leavers"]) >= FEWEST:
        wanted = size(int(plan["leavers"]), float(plan["margin"]), float(plan["confidence"]))
    return Progress(of, wanted, told(counts))


def told(counts: Mapping[str, int]) -> Told:
    """What may be told of the places of a sample.

    Examples
    --------
    >>> told({"answered": 60, "refused": 5, "waiting": 30}).together
    35
    >>> told({"answered": 60, "refused": 5, "waiting": 3}).drawn is None
    True
    """
    there = {part: counts.get(part, 0) for part in PARTS}
    hidden: dict[str, int | None] = dict.fromkeys(PARTS)
    answered = there[ANSWERED] if there[ANSWERED] >= FEWEST else None
    rest = {part: count for part, count in there.items() if answered is None or part != ANSWERED}
    drawn = sum(there.values())
    if sum(rest.values()) < FEWEST:
        return Told(None, hidden | {ANSWERED: answered}, None)
    split = pooled(rest)
    together = sum(rest[part] for part in split.together)
    return Told(drawn, hidden | {ANSWERED: answered} | {part: rest[part] for part in split.shown}, together or None)
