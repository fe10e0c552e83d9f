"""Whether the order by expected benefit may replace the order by risk: only what unseen weeks have shown."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from features.errors import DataError
from models.rows import Flags, Floats
from training.metrics import Figure, Resampled, listed
from training.uplift_metrics import UpliftRanking, difference, measured, per_contact


@dataclass(frozen=True)
class UnseenWeeks:
    """Lines whose contact was decided by a draw, in weeks later than all that the models learnt from.

    Attributes
    ----------
    week
        Day number (`date.toordinal`) of the Monday of each line's week.
    unit
        What was drawn as one.
    contacted, stayed, propensity
        As in `models.trial.Trial`; the outcomes are final.
    benefit, risk
        What each order goes by, as it was foretold before the week began.
    """

    week: NDArray[np.int64]
    unit: NDArray[np.object_]
    contacted: Flags
    stayed: Flags
    propensity: Floats
    benefit: Floats
    risk: Floats

    def __len__(self) -> int:
        return len(self.week)

    @classmethod
    def together(cls, parts: "Sequence[UnseenWeeks]") -> "UnseenWeeks":
        """Weeks of several models as one."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))


@dataclass(frozen=True)
class GateLimits:
    """What must be there before the question is asked at all.

    Parameters
    ----------
    weeks
        Unseen weeks.
    units
        Units in each arm.
    share
        Share of a week's lines for which the clients kept per contact are told.
    """

    weeks: int = 4
    units: int = 100
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.weeks < 1 or self.units < 2 or not 0 < self.share < 1:
            raise DataError(
                f"weeks={self.weeks}, units={self.units}, share={self.share} cannot decide; ask for at least 1 week, "
                "2 units and a share between 0 and 1"
            )


@dataclass(frozen=True)
class Verdict:
    """The answer, and what it rests on.

    Attributes
    ----------
    replaces
        Whether the order by expected benefit is used.
    sentence
        What was found and what follows, in words.
    gain
        Clients kept per line by benefit less by risk, averaged over every share of the lines that may be contacted
        (difference of AUUC); it decides. None if it was not asked.
    by_benefit, by_risk
        Clients kept per contact by each, at the share of the limits.
    """

    replaces: bool
    sentence: str
    gain: Figure | None = None
    by_benefit: Figure | None = None
    by_risk: Figure | None = None


def judged(
    found: UnseenWeeks,
    learnt_until: int | NDArray[np.int64],
    limits: GateLimits | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Verdict:
    """Whether benefit beats risk on unseen weeks: the interval of its gain over all numbers of contacts lies above 0.

    Parameters
    ----------
    learnt_until
        Day number of the last outcome that either model learnt from; one number, or one for each line where several
        models foretold them.

    Raises
    ------
    DataError
        A week is not later than that: it would praise the model for what it was told.
    """
    limits = limits or GateLimits()
    seen = int(np.sum(found.week <= learnt_until))
    if seen:
        raise DataError(
            f"{seen} of {len(found)} lines are of weeks the model learnt from; judge it on later weeks only"
        )
    weeks = len(np.unique(found.week))
    arms = [len(np.unique(found.unit[found.contacted == arm].astype(str))) for arm in (True, False)]
    told = f"{weeks} unseen weeks with {arms[0]} clients contacted and {arms[1]} held out"
    if weeks < limits.weeks or min(arms) < limits.units:
        return Verdict(
            replaces=False,
            sentence=f"There are {told}; at least {limits.weeks} weeks and {limits.units} clients on each side are "
            "needed before the question can be asked. Visits stay in the order of risk.",
        )
    chance = {name: _first(score, found.week, limits.share) for name, score in _orders(found).items()}
    unforetold = _unforetold(found)
    ranking = {
        name: UpliftRanking(_within(score, found.week), found.contacted, found.stayed, found.propensity, unforetold)
        for name, score in _orders(found).items()
    }
    drawn = Resampled(found.unit, draws, seed)

    def kept(name: str, times: Floats | None) -> float:
        return per_contact(chance[name], unforetold, found.contacted, found.propensity, times)

    gain = difference(ranking["benefit"].auuc, ranking["risk"].auuc, drawn)
    figures = {name: measured(lambda times, name=name: kept(name, times), drawn) for name in chance}  # type: ignore[misc]
    return Verdict(
        replaces=gain.low > 0,
        sentence=f"In {told}, the best {100 * limits.share:.0f} % by expected benefit kept {figures['benefit']} "
        f"clients per contact and the best by risk {figures['risk']}. Over every number of contacts there may be, "
        f"benefit keeps {gain} clients more per line. {_what_follows(gain)}",
        gain=gain,
        by_benefit=figures["benefit"],
        by_risk=figures["risk"],
    )


def _what_follows(gain: Figure) -> str:
    if gain.low > 0:
        return "Chance does not explain that: visits go in the order of expected benefit."
    if gain.value <= 0:
        return "It does not do better: visits stay in the order of risk."
    # An interval narrows with the root of the number of weeks.
    times = ((gain.value - gain.low) / gain.value) ** 2
    return (
        f"That may be chance: visits stay in the order of risk. About {times:.1f} times as many weeks would tell, if "
        "the gain is what it seems."
    )


def _orders(found: UnseenWeeks) -> dict[str, Floats]:
    return {"benefit": found.benefit, "risk": found.risk}


def _unforetold(found: UnseenWeeks) -> Floats:
    """What the risk, known before the draw, does not foretell of who stayed: the same effects with less noise.

    References
    ----------
    Lin 2013, Annals of Applied Statistics 7(1), 295-318.
    """
    stayed, away = found.stayed.astype(np.float64), found.risk - found.risk.mean()
    spread = float(away @ away)
    slope = float(away @ stayed) / spread if spread > 0 else 0.0
    answer: Floats = stayed - slope * away
    return answer


def _first(score: Floats, week: NDArray[np.int64], share: float) -> Floats:
    """Chance of each line to be among the first `share` of its week, equal scores having the same chance."""
    answer = np.zeros(len(score))
    for one in np.unique(week):
        inside = week == one
        nobody = np.full(int(inside.sum()), None, dtype=object)
        answer[inside] = listed(score[inside], nobody, 1, share)
    return answer


def _within(score: Floats, week: NDArray[np.int64]) -> Floats:
    """Place of each line in its own week, as a share: no week is ranked against another."""
    answer = np.zeros(len(score))
    for one in np.unique(week):
        inside = np.flatnonzero(week == one)
        levels, place, count = np.unique(score[inside], return_inverse=True, return_counts=True)
        middle = np.cumsum(count) - count / 2
        answer[inside] = middle[place] / len(inside) if len(levels) else 0.0
    return answer
