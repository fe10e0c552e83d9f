"""A score for every client at risk: how likely she is to leave by choice, by when, and which drivers say so."""

import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from features.book import Book, Known
from features.errors import UsageError
from features.exit import ExitDefinition, Rule
from features.leaver_type import Cause, LeaverType
from features.snapshot import Snapshot, snapshot
from models.explanation import TOP, Explainable, Explanations, by_driver_or_why_not
from models.rows import Floats
from serving.settings import Settings
from training.splits import refuse_outside

#: Horizons every table of scores has a column for, in days; a horizon the model was not trained for is empty.
SHOWN_HORIZONS = (28, 91, 182)
HIGH, MEDIUM, LOW = "high", "medium", "low"
BANDS = (HIGH, MEDIUM, LOW)
#: Endings a file of scores may have.
ENDINGS = (".parquet", ".csv")

Progress = Callable[[str, int, int], None]


class Scoring(Explainable, Protocol):
    """What scoring asks of a model; `models.exit_risk.ExitModel` is one."""

    @property
    def horizons(self) -> tuple[int, ...]:
        """Days the curve has columns for, rising."""
        ...

    @property
    def horizon(self) -> int:
        """Days that risk, ranks and reasons are about."""
        ...

    @property
    def definition(self) -> Mapping[str, object]:
        """Plain values of the exit definition it was trained by."""
        ...

    def risk(self, X: pd.DataFrame, horizon: int | None = None) -> Floats:
        """Calibrated probability of leaving by choice."""
        ...

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability of margins at the main horizon."""
        ...

    def curve(self, X: pd.DataFrame) -> pd.DataFrame:
        """Calibrated probability by each horizon."""
        ...

    def forced(self, X: pd.DataFrame) -> Floats:
        """Probability of being written off or pushed out."""
        ...


@dataclass(frozen=True)
class Scores:
    """Scores of all clients at risk on a date.

    Attributes
    ----------
    table
        Columns of `columns(horizons)` in that order, one row per client, sorted by client_id. `margin` is what ranks.
    snapshot
        What the scores were computed from.
    explanations
        Contributions by driver, or why there are none.
    helped
        Expected change in each client's chance to stay by a contact, by client_id, where a model of who is helped is in
        use; None where places go by the general chances or by risk.
    """

    as_of: date
    model_version: str
    table: pd.DataFrame
    snapshot: Snapshot
    explanations: Explanations
    helped: "pd.Series[float] | None" = None


def score(
    known: Known,
    model: Scoring,
    model_version: str,
    settings: Settings,
    snap: Snapshot | None = None,
    progress: Progress | None = None,
    without: Collection[str] = frozenset(),
) -> Scores:
    """Score every client at risk.

    Parameters
    ----------
    known
        The book on the date.
    model_version
        Hash of the model's bundle.
    snap
        The features, where they have been computed already.
    progress
        Called with what is done, how much of it, and of how much.
    without
        Clients of whom nothing is computed: they objected. What others do with them counts for others all the same.

    Raises
    ------
    SchemaMismatch
        The model was trained on other features than this version computes.
    """
    told = progress or _silent
    taken = _leaving_out(snap if snap is not None else snapshot(known, definition_of(model)), without)
    told("features", 1, 1)
    X = taken.table
    pieces = []
    for start in range(0, len(X), settings.chunk_clients):
        piece = X.iloc[start : start + settings.chunk_clients]
        pieces.append(_numbers(model, piece))
        told("scores", start + len(piece), len(X))
    numbers = pd.concat(pieces) if pieces else _numbers(model, X)
    why = by_driver_or_why_not(model, X)
    told("reasons", 1, 1)
    table = numbers.assign(
        client_id=X.index.to_numpy(),
        as_of=known.as_of,
        model_version=model_version,
        band=band(numbers["risk"], settings),
    )
    table = table.join(_drivers(why))
    return Scores(known.as_of, model_version, table[columns(model.horizons)].reset_index(drop=True), taken, why)


def score_book(
    book: Book,
    as_of: date,
    model: Scoring,
    model_version: str,
    settings: Settings,
    progress: Progress | None = None,
    without: Collection[str] = frozenset(),
) -> Scores:
    """As `score`, from a book.

    Raises
    ------
    DataError
        as_of lies before the book, or long after its last entry.
    """
    refuse_outside(*book.span(), as_of)
    with book.known(as_of) as known:
        return score(known, model, model_version, settings, progress=progress, without=without)


def columns(horizons: tuple[int, ...]) -> list[str]:
    """Columns of a table of scores, in order; horizons of the model beyond the usual ones come last.

    >>> columns((7, 28))[-2:]
    ['risk_7d', 'margin']
    """
    return [
        *("client_id", "as_of", "risk"),
        *(f"risk_{days}d" for days in SHOWN_HORIZONS),
        *("risk_forced", "band", "model_version"),
        *(f"driver_{place + 1}" for place in range(TOP)),
        *(f"driver_{place + 1}_contribution" for place in range(TOP)),
        *(f"risk_{days}d" for days in horizons if days not in SHOWN_HORIZONS),
        "margin",
    ]


def band(risk: pd.Series, settings: Settings) -> "pd.Series[str]":
    """Band of each risk: what an officer sees in place of the number."""
    values = risk.to_numpy()
    words = np.where(values >= settings.band_high, HIGH, np.where(values >= settings.band_medium, MEDIUM, LOW))
    return pd.Series(words, index=risk.index, dtype="str")


def definition_of(model: Scoring) -> ExitDefinition:
    """The exit definition a model was trained by, from its plain values."""
    plain = dict(model.definition)
    causes = plain.pop("causes", None)
    rule = Rule(str(plain.pop("rule", Rule.DECISION_POINT.value)))
    if isinstance(causes, Mapping):
        kept = {LeaverType(kind): Cause(cause) for kind, cause in causes.items()}
        return ExitDefinition(rule=rule, causes=kept, **plain)  # type: ignore[arg-type]
    return ExitDefinition(rule=rule, **plain)  # type: ignore[arg-type]


def to_file(scores: Scores, file: Path) -> bytes:
    """The table of scores as the file's ending asks for it.

    Raises
    ------
    UsageError
        The ending is neither ``.parquet`` nor ``.csv``.
    """
    table = pa.Table.from_pandas(scores.table, preserve_index=False)
    sink = io.BytesIO()
    if file.suffix == ".parquet":
        pa.parquet.write_table(table, sink, compression="zstd")
    elif file.suffix == ".csv":
        pa.csv.write_csv(table, sink)
    else:
        raise UsageError(f"out={file.name!r} ends in neither .parquet nor .csv; give it one of the two endings")
    return sink.getvalue()


def _leaving_out(taken: Snapshot, clients: Collection[str]) -> Snapshot:
    if not clients:
        return taken
    stay = ~taken.population["client_id"].isin(list(clients))
    table = taken.table[~taken.table.index.isin(list(clients))]
    return replace(taken, table=table, population=taken.population[stay].reset_index(drop=True))


def _silent(_what: str, _done: int, _of: int) -> None:
    return


def _numbers(model: Scoring, X: pd.DataFrame) -> pd.DataFrame:
    curve = model.curve(X)
    by_days = {int(days): curve[days].to_numpy() for days in curve.columns}
    unknown = np.full(len(X), np.nan)
    wanted = dict.fromkeys([*SHOWN_HORIZONS, *model.horizons])
    return pd.DataFrame(
        {
            "risk": by_days[model.horizon],
            **{f"risk_{days}d": by_days.get(days, unknown) for days in wanted},
            "risk_forced": model.forced(X),
            "margin": model.margin(X),
        },
        index=X.index,
    )


def _drivers(why: Explanations) -> pd.DataFrame:
    frame = why.frame()
    frame = frame.rename(columns={f"contribution_{n + 1}": f"driver_{n + 1}_contribution" for n in range(TOP)})
    for place in range(TOP):
        frame[f"driver_{place + 1}"] = (
            frame[f"driver_{place + 1}"].astype("str").where(frame[f"driver_{place + 1}"].notna())
        )
    return frame
