"""From a book to a model one may use: check, tune, replay the past, fit, store, record, promote on evidence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from features.book import Book
from features.catalogue import FEATURES, names
from features.errors import DamagedModel, NoModel, PromotionRefused, RecipeError
from features.feature import Unit
from features.snapshot import snapshot
from models import store
from models.baseline import recency
from models.exit_risk import ExitModel
from models.learning import Learning
from training import accounting, backtests, checks, later_rows, promotion, replay, restated, splits, tuning
from training.checks import Finding
from training.dataset import Dataset, Snapshots
from training.evaluate import Evaluation, backtest
from training.left_alone import DrawnLines
from training.measuring import ALL, DECIDES, REACH
from training.promotion import Promotion
from training.recipe import Recipe, recipe_of
from training.replay import MODEL, RULE
from training.splits import Fold

if TYPE_CHECKING:
    from training.tracking import Tracker

#: Told of each step: what, how far, of how much.
Progress = Callable[[str, float, float], None]

CHAMPION = "champion"


@dataclass(frozen=True)
class TrainedRun:
    """What a training run left behind.

    Attributes
    ----------
    model, model_hash, bundle
        The model, its hash, and the folder it stands in.
    as_of
        The day it was trained as of.
    recipe
        As used: with tuned settings, where the recipe asked for a search.
    evaluation
        The backtest.
    findings
        Of the coded checks, with the recipe's reasons.
    counts
        Rows, clients, dates and leavers it was fitted on; where lists were given out, what visits took of them.
    promotion
        The line in the promotion log; None if the evidence did not suffice.
    refused
        Why not.
    """

    model: ExitModel
    model_hash: str
    bundle: Path
    as_of: date
    recipe: Recipe
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    counts: Mapping[str, int | float]
    promotion: Promotion | None
    refused: str

    def __str__(self) -> str:
        found = self.evaluation.pooled[ALL]
        gain = self.evaluation.gains[ALL][RULE]["auc"]
        lines = [
            f"model {self.model_hash[:12]}, as of {self.as_of}, {self.counts['rows']:,} rows of "
            f"{self.counts['clients']:,} clients on {self.counts['dates']} dates",
            f"backtest on {', '.join(str(r.origin) for r in self.evaluation.replays)}: AUC {found[MODEL]['auc']}, "
            f"{gain} above the rule of thumb; average precision {found[MODEL]['average_precision']}",
            f"of those its lists would have held, this share left within {self.recipe.horizon} days: "
            f"{self.evaluation.pooled[REACH][MODEL]['precision_at_capacity']}",
            f"with a decision point inside {self.recipe.horizon} days: AUC "
            f"{self.evaluation.pooled[DECIDES][MODEL]['auc']}",
            *accounting.in_words(self.counts),
            *(str(finding) for finding in self.findings),
            self.refused or "promoted: this model is in use now",
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Prepared:
    """A book made ready: which days are learnt from, which are judged, and their snapshots."""

    snapshots: Snapshots
    folds: tuple[Fold, ...]
    final: Fold


def train(
    book: Book,
    as_of: date,
    recipe: Recipe,
    home: Path,
    progress: Progress | None = None,
    threads: int = 2,
    lines: DrawnLines | None = None,
) -> TrainedRun:
    """Train a model as of a day, register it as challenger, and promote it if the evidence supports it.

    Parameters
    ----------
    as_of
        The day one stands on; nothing entered later is known.
    home
        The working folder: models, MLflow's database, the promotion log.
    progress
        Told of each step.
    threads
        Threads for LightGBM; the result does not depend on it.
    lines
        Whom lists named and whom the lot kept off them: outcomes that came about with a visit do not teach that such
        clients stay. None where no list was ever given out.

    Raises
    ------
    TooShortHistory
        Says how many more days are needed.
    DataError
        as_of lies outside the book, nobody left, or every outcome came about with a visit.
    CheckFailed
        A coded check stopped the run and the recipe does not accept it.
    """
    from training.tracking import Tracker

    told = progress or _silent
    ready = prepared(book, as_of, recipe, told, lines)
    known = replay.learnt_on(ready.snapshots, ready.final, recipe, recipe.dates.max_rows)
    told("check the book", 0, 1)
    findings = on_the_book(book, known, ready, recipe, threads)
    checks.settle(findings, recipe)
    told("check the book", 1, 1)
    recipe = searched(ready, recipe, told, threads)
    in_use = _in_use(home)
    evaluation = backtest(
        book,
        as_of,
        recipe,
        ready.snapshots,
        candidates(),
        told,
        ready.folds,
        _rivals(in_use, recipe),
        threads,
    )
    settled = checks.settle([*findings, *on_the_backtest(ready, evaluation, recipe)], recipe)
    told("fit", 0, 1)
    model = replay.calibrated(known.rows, recipe, threads)
    bundle = store.save_under(model, home / promotion.MODELS)
    backtests.keep(home, bundle.name, backtests.backtest_of(evaluation))
    told("fit", 1, 1)
    told("record", 0, 1)
    counts = accounting.counts(known)
    line, refused = _recorded(Tracker(home), book, as_of, model, bundle, evaluation, settled, ready, in_use, counts)
    told("record", 1, 1)
    return TrainedRun(model, bundle.name, bundle, as_of, recipe, evaluation, settled, counts, line, refused)


def prepared(
    book: Book, as_of: date, recipe: Recipe, told: Progress | None = None, lines: DrawnLines | None = None
) -> Prepared:
    """Days to learn from and to judge on, with their snapshots taken.

    Raises
    ------
    TooShortHistory, DataError
        As `train`.
    """
    first, last = book.span()
    splits.refuse_outside(first, last, as_of)
    folds = splits.rolling_origin(first, as_of, recipe)
    final = Fold(as_of, splits.training_dates(first, as_of, recipe))
    days = sorted({*final.dates, *(day for fold in folds for day in (*fold.dates, fold.origin))})
    snapshots = Snapshots(
        book, recipe.exit, names(), snapshot, recipe.dates.max_rows, recipe.seed, recipe.leave_out, lines
    )
    snapshots.plan(days)
    for place, day in enumerate(days):
        snapshots.on(day)
        if told is not None:
            told("snapshots", place + 1, len(days))
    return Prepared(snapshots, folds, final)


def candidates() -> tuple[str, ...]:
    """Figures of recency and dormancy the rule of thumb may choose from."""
    return recency([(name, "days" if feature.unit is Unit.DAYS else "") for name, feature in FEATURES.items()])


def on_the_book(book: Book, known: Dataset, ready: Prepared, recipe: Recipe, threads: int = 2) -> list[Finding]:
    """Checks that need no model: L01, L04 on single features, L05, L07, L08."""
    needs = {name: feature.needs for name, feature in FEATURES.items()}
    return [
        *later_rows.later_rows(book, ready.folds[0].origin, recipe.exit, snapshot),
        *checks.too_good(known.rows, recipe),
        *restated.restated(book, known, recipe, needs, threads),
        *checks.shifted(known.rows),
        *checks.coverage(known.rows),
    ]


def on_the_backtest(ready: Prepared, evaluation: Evaluation, recipe: Recipe) -> list[Finding]:
    """Checks of how it was judged: L02, L03, L04 on the model, L06."""
    found: list[Finding] = []
    for fold, one in zip(sorted(ready.folds, key=lambda f: f.origin), evaluation.replays, strict=True):
        learnt = replay.learnt_on(ready.snapshots, fold, recipe, recipe.backtest.max_rows)
        found += checks.overlapping_windows(learnt.rows, fold.origin, recipe)
        found += checks.shared_rows(learnt.rows, one.rows)
    found += checks.too_good_model(evaluation.pooled)
    found += checks.unsettled_skill(evaluation.replays, recipe)
    return found


def searched(ready: Prepared, recipe: Recipe, told: Progress | None = None, threads: int = 2) -> Recipe:
    """The recipe with tuned settings, if it asks for a search; on what was known on the oldest origin."""
    if not recipe.tuning.trials:
        return recipe
    oldest = min(ready.folds, key=lambda fold: fold.origin)
    learnt = replay.learnt_on(ready.snapshots, oldest, recipe, recipe.backtest.max_rows)
    return tuning.tuned(learnt.rows, recipe, told, threads)


def _in_use(home: Path) -> tuple[str, ExitModel] | None:
    try:
        folder = promotion.champion_bundle(home)
    except NoModel:
        return None
    return folder.name, store.load(folder, expected=folder.name)


def _rivals(in_use: tuple[str, ExitModel] | None, recipe: Recipe) -> dict[str, Learning]:
    """The way of learning in use, to be judged on the same rows; nothing where it answers another question.

    The stored model itself has seen outcomes that no fold may know; its recipe has not.
    """
    if in_use is None:
        return {}
    try:
        former = recipe_of(in_use[1].recipe)
    except RecipeError:
        return {}
    if former.exit != recipe.exit or former.horizon != recipe.horizon or in_use[1].features != names():
        return {}
    return {CHAMPION: former.learning}


def _recorded(
    tracker: "Tracker",
    book: Book,
    as_of: date,
    model: ExitModel,
    bundle: Path,
    evaluation: Evaluation,
    findings: Sequence[Finding],
    ready: Prepared,
    in_use: tuple[str, ExitModel] | None,
    counts: Mapping[str, int | float],
) -> tuple[Promotion | None, str]:
    from training import recording

    evidence = promotion.evidence_of(
        evaluation.pooled,
        evaluation.gains,
        champion=in_use[0] if in_use else None,
        over_champion=evaluation.gains[ALL].get(CHAMPION, {}).get(promotion.Limits().measure),
    )
    tags = {"data_digest": book.digest(), "as_of": as_of.isoformat(), "book": book.name, "model_hash": bundle.name}
    with tracker.run(f"{book.name} {as_of}", evaluation.recipe.as_dict(), tags=tags) as run:
        recording.record(run, model, evaluation, findings, ready.snapshots.whole(as_of), tags, counts)
        tracker.register(run, bundle)
        try:
            limits = promotion.Limits.of(evaluation.recipe.promotion)
            return tracker.promote(bundle.name, evidence, as_of, limits), ""
        except PromotionRefused as error:
            return None, str(error)
        except DamagedModel:
            raise


def _silent(what: str, done: float, of: float) -> None:
    del what, done, of
