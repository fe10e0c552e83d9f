"""What is known of the model in use, in words that somebody who never trained one can read."""

from collections.abc import Iterator, Mapping
from typing import Any

from models.card import MEASURES, NAMES
from serving.analysis.section import Section
from training.promotion import Promotion

_PAIRS = (
    "Take one client who left and one who stayed, at random. In {share} of 100 such pairs the model had put the one "
    "who left higher; a coin would be right in 50. This was tried on months after those it had learnt from."
)
_AS_GOOD = "It was compared on the same clients and days with what could be used instead. Above 0 the model is better."
_HONEST = (
    "If it says 20 of 100, between {low:.0f} and {high:.0f} of 100 left, on average: its chances are wrong by "
    "{error:.1f} points."
)


def of_promotions(promoted: list[Promotion]) -> Iterator[Section]:
    """The evidence on which the model in use was promoted, and those before it."""
    if not promoted:
        return
    now = promoted[-1]
    evidence: Mapping[str, Any] = now.evidence
    measure = MEASURES.get(str(evidence["measure"]), str(evidence["measure"]))
    value, error = evidence["value"], float(evidence["calibration_error"]["value"])
    if evidence["measure"] == "auc":
        yield Section("How well it tells who leaves", _PAIRS.format(share=round(100 * float(value["value"]))))
    rows = [[NAMES.get(name, name), *_figures(gain)] for name, gain in evidence["gains"].items()]
    if evidence.get("over_champion"):
        rows.append([NAMES["champion"], *_figures(evidence["over_champion"])])
    yield Section(
        f"Is it better than something simple? {measure} more", _AS_GOOD, ["Beside", "more", "from", "to"], rows
    )
    points = 100 * error
    honest = _HONEST.format(low=max(0.0, 20 - points), high=20 + points, error=points)
    yield Section("Can its chances be taken at their word?", honest)
    yield Section(
        "Models in use so far",
        f"Each was put into use on evidence like this. {measure} as measured then.",
        ["Number", "Since", "Model", measure],
        [[str(each.number), each.on, each.model[:12], _figures(each.evidence["value"])[0]] for each in promoted],
    )


def _figures(found: Mapping[str, Any]) -> list[str]:
    return ["–" if found[name] is None else f"{float(found[name]):.3f}" for name in ("value", "low", "high")]
