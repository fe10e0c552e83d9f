"""From the lot's log to a model of who is helped: judged on weeks later than what taught it, then fitted on all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.book import Book
from features.catalogue import names
from features.errors import DataError
from features.exit import ExitDefinition
from features.snapshot import snapshot
from models.effect_learners import Learner
from models.rows import Floats
from models.trial import Trial
from models.uplift import BenefitModel
from models.uplift_choice import Evidence, Fit, fit
from training.effect.allocations import Settled
from training.metrics import Figure
from training.uplift_gate import GateLimits, UnseenWeeks, Verdict, judged

#: Told of each step: what, how far, of how much.
Progress = Callable[[str, float, float], None]

#: Name of the risk among the features: who cannot leave cannot be kept.
RISK = "risk"
#: 1 where a client borrows in a group, 0 where she borrows alone.
IN_GROUP = "in_group"
#: By what a contact may help one and not another: how much is at stake, how long and in which way she borrows, where in
#: her loan she stands, what strains her, and how much she has been seen. Hundreds of features would find more by luck
#: than the few thousand outcomes of a log can tell; they say what was to be expected of each client.
MODIFIERS = (
    *(RISK, IN_GROUP, "loans_taken", "tenure_days", "loan_amount_to_largest", "savings_to_loan"),
    *("days_to_loan_end", "resting_days", "wait_days"),
    *("days_past_due", "late_share_182d", "complaints_365d"),
    *("days_since_contact", "contacts_91d", "contacts_refused_365d", "meetings_missed_91d", "days_with_officer"),
)
#: Days that one model is asked about when the past is judged; then the next has learnt from what has become final.
_EVERY = 91


@dataclass(frozen=True)
class Lines:
    """Drawn lines whose outcomes are final.

    Attributes
    ----------
    trial
        Features, with the risk foretold among them as `RISK`, arms and outcomes.
    day
        Day number (`date.toordinal`) of each draw.
    matures_after
        Days from a draw until its outcome is final.
    """

    trial: Trial
    day: NDArray[np.int64]
    matures_after: int

    @classmethod
    def of(cls, settled: Settled, X: pd.DataFrame) -> "Lines":
        """The log with the features of each row.

        Parameters
        ----------
        X
            One row per row of the log, as known on the day of its draw.
        """
        rows = settled.rows
        held_out = settled.floats("propensity")
        trial = Trial(
            X=with_risk(X, settled.floats("risk")),
            contacted=settled.listed,
            stayed=settled.floats("left") == 0,
            propensity=1 - held_out,
            unit=rows["unit_id"].to_numpy(dtype=object),
        )
        day = np.array([pd.Timestamp(when).toordinal() for when in rows["as_of"]], dtype=np.int64)
        return cls(trial, day, settled.matures_after)

    def take(self, which: NDArray[np.bool_]) -> "Lines":
        """The chosen rows."""
        return Lines(self.trial.take(np.flatnonzero(which)), self.day[which], self.matures_after)


@dataclass(frozen=True)
class Learnt:
    """A model of who is helped, and whether it may take the place of the prior.

    Attributes
    ----------
    model
        Fitted on all lines whose outcomes are final.
    verdict
        Of a model of the same kind that learnt from the early weeks alone, on the late ones.
    evidence
        Of each way of learning, on clients it had not seen.
    lines, held_out
        How many the model was fitted on, and how many of them were held out.
    """

    model: BenefitModel
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    lines: int
    held_out: int

    def __str__(self) -> str:
        alike = self.model.learner is Learner.AVERAGE
        told = "of all alike" if alike else f"and {self.model.learner.value!r} tells of whom more"
        return (
            f"{self.lines:,} lines, {self.held_out:,} of them held out: of 100 clients who would leave contacts keep "
            f"{100 * self.model.average:.1f}, {told}. {self.verdict.sentence}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the record; no client is named."""
        figures: Mapping[str, Figure | None] = {
            name: getattr(self.verdict, name) for name in ("gain", "by_benefit", "by_risk")
        }
        return {
            "replaces": self.verdict.replaces,
            "sentence": self.verdict.sentence,
            "learner": self.model.learner.value,
            "average": self.model.average,
            "lines": self.lines,
            "held_out": self.held_out,
            **{name: None if one is None else vars(one) for name, one in figures.items()},
        }


def with_risk(X: pd.DataFrame, risk: Floats) -> pd.DataFrame:
    """Features of clients with the risk foretold, as a model of who is helped reads them.

    >>> with_risk(pd.DataFrame({"group_size": [1.0, np.nan]}), np.array([0.5, 0.2])).to_dict("list")
    {'group_size': [1.0, nan], 'risk': [0.5, 0.2], 'in_group': [1.0, 0.0]}
    """
    more = {RISK: risk}
    if "group_size" in X:
        more[IN_GROUP] = np.asarray(X["group_size"].notna(), dtype=np.float64)
    return X.assign(**more).astype(np.float64)


def benefit(model: BenefitModel, X: pd.DataFrame, threads: int = 1) -> Floats:
    """Expected change in each client's chance to stay by a contact, shape (clients,).

    Parameters
    ----------
    X
        As `with_risk` gives it.

    Raises
    ------
    SchemaMismatch
        The model learnt from other features than there are.
    """
    read = [name for name in model.features if name in X]
    return model.benefit(X[read], threads)["benefit"].to_numpy(dtype=np.float64)


def learn(lines: Lines, seed: int = 1, limits: GateLimits | None = None, threads: int = 1) -> Learnt:
    """Judge on late weeks what early weeks taught, then fit on all.

    Raises
    ------
    DataError
        No line is final, or nobody among them was contacted, or nobody held out.
    """
    if not len(lines.day):
        raise DataError(
            f"no line's outcome is final yet; the first is {lines.matures_after} days after its list. Run this again "
            "then"
        )
    found = _taught(lines.trial, seed, threads)
    return Learnt(
        found.model,
        _judged(lines, seed, limits or GateLimits(), threads),
        found.evidence,
        len(lines.day),
        int((~lines.trial.contacted).sum()),
    )


def _taught(trial: Trial, seed: int, threads: int) -> Fit:
    """What a trial teaches of the share that is kept of what is at risk, by the modifiers it has."""
    return fit(trial, seed, modifiers=[name for name in MODIFIERS if name in trial.X], share_of=RISK, threads=threads)


def _judged(lines: Lines, seed: int, limits: GateLimits, threads: int) -> Verdict:
    """The verdict on the later weeks: each quarter of them is asked of a model that older outcomes taught.

    A third of the days whose outcomes can teach anybody teach the first model; each later one learns from all that is
    final by then.
    """
    first, last = int(lines.day.min()), int(lines.day.max())
    begins = first + lines.matures_after + max(last - first - lines.matures_after, 0) // 3 + 1
    parts: list[UnseenWeeks] = []
    taught_until: list[NDArray[np.int64]] = []
    for since in range(begins, last + 1, _EVERY):
        early = lines.day + lines.matures_after < since
        late = (lines.day >= since) & (lines.day < since + _EVERY)
        arms = lines.trial.contacted[early]
        if not late.any() or arms.all() or not arms.any():
            continue
        taught, asked = lines.take(early), lines.take(late)
        model = _taught(taught.trial, seed, threads).model
        parts.append(
            UnseenWeeks(
                week=asked.day,
                unit=asked.trial.unit,
                contacted=asked.trial.contacted,
                stayed=asked.trial.stayed,
                propensity=asked.trial.propensity,
                benefit=benefit(model, asked.trial.X, threads),
                risk=asked.trial.X[RISK].to_numpy(dtype=np.float64),
            )
        )
        taught_until.append(np.full(len(asked.day), int(taught.day.max()) + taught.matures_after, dtype=np.int64))
    if not parts:
        weeks = (last - first) // 7 + 1
        return Verdict(
            replaces=False,
            sentence=f"Final are the outcomes of {weeks} weeks; some {lines.matures_after // 7 + 2 * limits.weeks} are "
            "needed before weeks can be told apart that a model learns from and others that it is judged on. Visits "
            "stay in the order of risk.",
        )
    return judged(UnseenWeeks.together(parts), np.concatenate(taught_until), limits, seed=seed)


def features_on_draws(
    book: Book, settled: Settled, definition: ExitDefinition, told: Progress | None = None
) -> pd.DataFrame:
    """The features of each drawn client as known on the day of her draw; not known where she was not at risk then.

    Parameters
    ----------
    told
        Told of each day.
    """
    rows = settled.rows[["client_id", "as_of"]].reset_index(drop=True)
    parts = []
    days = sorted(rows["as_of"].unique())
    for place, day in enumerate(days):
        asked = rows[rows["as_of"] == day]
        with book.known(pd.Timestamp(day).date()) as known:
            found = snapshot(known, definition).table.reindex(asked["client_id"])
        parts.append(found.set_index(asked.index))
        if told is not None:
            told("features", place + 1, len(days))
    columns = list(names())
    return pd.concat(parts).sort_index()[columns] if parts else pd.DataFrame(columns=columns, dtype=np.float64)
