"""From scores to what analysts may read: finite figures or null."""

import math
import re
from collections.abc import Iterable, Mapping

from models.explanation import Explanations
from models.reasons import Reason
from serving.api.answers import DriverShare, Numbers, Point, SpokenReason

_HORIZON = re.compile(r"risk_(\d+)d")


def finite(value: object) -> float | None:
    """A figure, or None where it is not known."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def numbers(row: Mapping[str, object], horizon: int | None, why: Explanations | None, place: int = 0) -> Numbers:
    """Figures of one row of scores.

    Parameters
    ----------
    horizon
        Days that the risk is about; None if the model that gave it is no longer in use.
    why
        Contributions, in which the client stands at `place`.
    """
    days = sorted(
        int(name[5:-1]) for name in row if name.startswith("risk_") and name.endswith("d") and name[5:-1].isdigit()
    )
    shares = []
    if why is not None and why.failure is None:
        shares = [
            DriverShare(code=code, contribution=float(value))
            for code, value in zip(why.drivers, why.by_driver[place], strict=True)
        ]
    return Numbers(
        risk=float(str(row["risk"])),
        horizon_days=horizon,
        curve=[Point(days=day, risk=finite(row[f"risk_{day}d"])) for day in days],
        forced=finite(row["risk_forced"]),
        margin=float(str(row["margin"])),
        drivers=sorted(shares, key=lambda share: (-share.contribution, share.code)),
    )


def spoken(found: Iterable[Reason]) -> list[SpokenReason]:
    """Reasons as they are answered."""
    return [SpokenReason(driver=one.driver, sentence=one.sentence, kind=one.kind.value) for one in found]
