"""How a figure and last week's are put side by side, so that both are understood: decided in no language."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from features.feature import Feature, Unit


@dataclass(frozen=True)
class Change:
    """One figure that changed, in no language.

    Attributes
    ----------
    feature
        Whose figure it is.
    new, old
        This week's and last week's, unrounded; `old` is None where it was not known last week.
    """

    feature: str
    new: float
    old: float | None


class Beside(StrEnum):
    """What stands behind the sentence of this week."""

    NOT_KNOWN = "not_known"
    NEW = "new"
    NONE = "none"
    NOT_SO = "not_so"
    FIGURE = "figure"
    TIMES = "times"
    SENTENCE = "sentence"


#: ``{said}`` is this week's sentence, ``{figure}`` last week's figure, ``{before}`` last week's sentence.
CHANGED: Mapping[Beside, str] = MappingProxyType(
    {
        Beside.NOT_KNOWN: "{said} (not known last week)",
        Beside.NEW: "{said} (new since last week)",
        Beside.NONE: "{said} (none last week)",
        Beside.NOT_SO: "{said} (not so last week)",
        Beside.FIGURE: "{said} (last week {figure})",
        Beside.TIMES: "{said} (last week {figure} times)",
        Beside.SENTENCE: "{said} (last week: {before})",
    }
)


def beside(feature: Feature, new: float, old: float | None) -> Beside | None:
    """What is said of last week beside this week's sentence.

    Parameters
    ----------
    new, old
        This week's figure and last week's; None or NaN where last week's was not known.

    Returns
    -------
    None where the two are spoken alike, or there are no words for last week's.

    Raises
    ------
    ValueError
        This week's figure is not known, or is not for saying.

    Examples
    --------
    >>> gap = Feature("gap", "contact", "OFF-2", Unit.DAYS, 1, "m", "no contact for {value}")
    >>> beside(gap, 40.0, 33.0), beside(gap, 40.0, 40.04)
    (<Beside.FIGURE: 'figure'>, None)
    """
    said = feature.say(new)
    if old is None or math.isnan(old):
        return Beside.NOT_KNOWN
    if (old < 0 and not feature.below) or said == feature.say(old):
        return None
    if feature.unit is Unit.FLAG:
        return Beside.NEW
    if old == 0 and feature.zero:
        return Beside.NONE if feature.unit is Unit.COUNT else Beside.NOT_SO
    words = feature.words(old)
    if words == feature.words(new) or (
        words == feature.spoken and feature.unit in (Unit.COUNT, Unit.SHARE) and new >= 0
    ):
        return Beside.TIMES if "{value} times" in words else Beside.FIGURE
    return Beside.SENTENCE


def in_english(feature: Feature, new: float, old: float | None) -> str:
    """One figure's sentence of this week with last week's beside it.

    Raises
    ------
    ValueError
        This week's figure is not for saying, or there is nothing to say beside it.

    Examples
    --------
    >>> gap = Feature("gap", "contact", "OFF-2", Unit.DAYS, 1, "m", "no contact for {value}")
    >>> in_english(gap, 40.0, 33.0), in_english(gap, 40.0, None)
    ('no contact for 40 days (last week 33 days)', 'no contact for 40 days (not known last week)')
    """
    way = beside(feature, new, old)
    if way is None:
        raise ValueError(f"{feature.name} is spoken as it was last week, or has no words for last week's figure")
    figure = before = ""
    if old is not None and way in (Beside.FIGURE, Beside.TIMES, Beside.SENTENCE):
        figure, before = feature.figure(abs(old)), feature.say(old)
    return CHANGED[way].format(said=feature.say(new), figure=figure, before=before)
