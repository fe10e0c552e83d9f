"""The lot itself: whose turn in a stratum is left out, fixed by the seed before anybody has come.

Each turn is drawn by itself, with the same chance. Blocks with a fixed number left out would be more even, but who
comes next depends on who was left out before: whoever fills the place of somebody left out comes into a block that has
left its share out already, and would be listed more often than the share says. Where each turn is drawn by itself, no
history of turns changes the chance of the next.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class Arm(StrEnum):
    """What the lot said."""

    LISTED = "listed"
    HELD_OUT = "held_out"


@dataclass(frozen=True)
class Lot:
    """The seed and the share left out.

    Parameters
    ----------
    seed
        Whoever knows it knows every arm to come; it is shown nowhere.
    share
        Chance to be left out, from 0 to 0.5: of every turn alike.

    Examples
    --------
    >>> lot = Lot(b"a seed", 0.1)
    >>> sum(lot.arm("B1", place) is Arm.HELD_OUT for place in range(10_000)) / 10_000
    0.1035
    """

    seed: bytes
    share: float

    def arm(self, stratum: str, place: int) -> Arm:
        """Arm of a turn.

        Parameters
        ----------
        place
            Number of the turn in its stratum, from 0.
        """
        return Arm.HELD_OUT if self._number(stratum, place) < self.share else Arm.LISTED

    @property
    def commitment(self) -> str:
        """SHA-256 of the seed: written to the audit log, so that another seed cannot be put in its place later."""
        return sha256(self.seed).hexdigest()

    def _number(self, *parts: object) -> float:
        """A number from 0 to 1 that only the seed tells beforehand."""
        text = "\x1f".join(map(str, parts)).encode()
        return int.from_bytes(hmac.digest(self.seed, text, sha256)[:8]) / 2**64
