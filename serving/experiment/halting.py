"""Who is asked for on no list because lists of her part stopped; usual service goes on, and need goes to the desk."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from serving.barring import Barred, Mask, Texts, Week, among
from serving.experiment.drawing import nobody
from serving.line import DESK


@dataclass(frozen=True)
class Halted:
    """Bands whose lists stopped.

    Parameters
    ----------
    in_need
        Who of some clients is in arrears or over-indebted: they are the desk's, as every complaint is.
    """

    bands: frozenset[str] = frozenset()
    in_need: Callable[[Sequence[str]], Collection[str]] = nobody


def halt(week: Week, list_of: Texts, left_out: Texts, halted: Halted) -> tuple[Texts, Texts]:
    """Take everybody of a stopped band off officers' lists.

    Parameters
    ----------
    list_of
        On whose list each client would stand.
    left_out
        The code that bars each client, empty where none does.

    Returns
    -------
    The two, as they are then.
    """
    stopped: Mask = among(week.band, sorted(halted.bands)) & (left_out == "") & ~week.true["complaint"]
    if not stopped.any():
        return list_of, left_out
    in_need = stopped & among(week.client_id, sorted(halted.in_need(week.client_id[stopped].tolist())))
    list_of, left_out = list_of.copy(), left_out.copy()
    list_of[in_need], left_out[stopped & ~in_need] = DESK, Barred.STOPPED.value
    return list_of, left_out
