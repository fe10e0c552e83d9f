"""Clients kept by a contact with each client of some lists, as expected, from the scores the lists were made with."""

from collections.abc import Sequence

import numpy as np

from features.errors import UsageError
from serving.benefit import expected_kept, measured_kept, worth
from serving.home import Home
from serving.kept_scores import KeptScores
from serving.line import OfficerList
from serving.uplift import loaded
from serving.visit_settings import VisitSettings


def expected(pages: Sequence[OfficerList], scores: KeptScores, settings: VisitSettings, home: Home) -> dict[str, float]:
    """By client_id.

    Parameters
    ----------
    home
        Where the model of who is helped is kept by which the places were given, if one was.

    Raises
    ------
    UsageError
        Somebody on a list is not among the scores: they were kept or erased by another run than the lists.
    StorageError
        The scores cannot be read.
    NoModel, DamagedModel, SchemaMismatch
        The model of who is helped cannot be used any more.
    """
    lines = [line for page in pages for line in page.lines]
    if not lines:
        return {}
    rows = [scores.scores_of(line.client_id) for line in lines]
    risk = [float(str(row["risk"])) for row in rows if row is not None]
    if len(risk) < len(lines):
        raise UsageError(
            f"{len(lines) - len(risk)} of {len(lines)} lines have no score of {scores.as_of}; run `exitwatch weekly` "
            "again for that day"
        )
    counted = np.ones(len(lines))
    if settings.worth_by == "loan_amount":
        amounts = scores.features()["loan_amount"]
        by_client = dict(zip(amounts.index, worth(amounts, len(amounts), settings), strict=True))
        counted = np.array([by_client[line.client_id] for line in lines])
    version = scores.uplift_version
    if version:
        helped = scores.told_once(("helped", version), lambda: loaded(home, version))
        X = scores.features().loc[[line.client_id for line in lines]]
        change = np.asarray(helped.benefit(X, np.array(risk)), dtype=np.float64)
        # Whoever stands on a list although a contact may drive her away has a complaint open: she is heard.
        kept = np.maximum(measured_kept(change, counted), 0.0)
        return {line.client_id: float(each) for line, each in zip(lines, kept, strict=True)}
    resting = np.array([line.card.state == "resting" for line in lines])
    kept = expected_kept(np.array(risk), resting, counted, settings)
    return {line.client_id: float(each) for line, each in zip(lines, kept, strict=True)}
