"""Whether a stored LightGBM text is whole, decided in Python before any C++ sees it.

LightGBM trusts its own files: a truncated or edited one can end the process (LightGBM #7357). So a text must be, byte
for byte, what `trees.render` writes, and its trees must hang together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.errors import DamagedModel
from models import trees

_CATEGORICAL, _MISSING_KIND, _MISSING_IS_NAN, _LARGEST_KIND = 1, 12, 8, 15


def check(text: str, inputs: Sequence[str], name: str = "model") -> list[trees.Tree]:
    """The trees of a text that LightGBM may be given.

    Parameters
    ----------
    inputs
        The columns it must read, in order.
    name
        What the text is called in a message.

    Raises
    ------
    DamagedModel
        A line is missing, unknown or out of place; a child, an input or a number is out of range; a node is reached
        twice or never; or the row counts do not add up.
    """
    try:
        names, grown = trees.parse(text)
        canonical = trees.render(names, grown)
    except (DamagedModel, ArithmeticError, ValueError) as error:
        raise _damage(name, "is not a whole LightGBM model") from error
    if not grown or canonical != text:
        raise _damage(name, "is not written as exitwatch writes it")
    if names != tuple(inputs):
        raise _damage(name, f"reads {len(names)} inputs where the manifest names {len(inputs)}, or in another order")
    for place, tree in enumerate(grown):
        fault = _fault(tree, len(names))
        if fault:
            raise _damage(name, f"has a tree (number {place}) {fault}")
    return grown


def _fault(tree: trees.Tree, inputs: int) -> str | None:
    reals = (tree.split_gain, tree.threshold, tree.leaf_value, tree.leaf_weight)
    if not all(np.isfinite(values).all() for values in (*reals, tree.internal_value, tree.internal_weight)):
        return "with a figure that is not a finite number"
    splits, leaves = len(tree.split_feature), len(tree.leaf_value)
    if splits == 0:
        return None
    if tree.split_feature.min() < 0 or tree.split_feature.max() >= inputs:
        return "that splits on an input there is not"
    kind = tree.decision_type
    if kind.min() < 0 or kind.max() > _LARGEST_KIND or (kind & _CATEGORICAL).any():
        return "that decides in a way exitwatch never trains"
    if not np.isin(kind & _MISSING_KIND, (0, _MISSING_IS_NAN)).all():
        return "that decides in a way exitwatch never trains"
    children = np.concatenate([tree.left_child, tree.right_child])
    if not np.array_equal(np.sort(children), np.concatenate([np.arange(-leaves, 0), np.arange(1, splits)])):
        return "in which a node is reached twice, never, or does not exist"
    if not ((children < 0) | (children > np.tile(np.arange(splits), 2))).all():
        return "in which a node comes before its parent"
    if tree.leaf_count.min() < 1 or tree.internal_count.min() < 1:
        return "with a branch that no training row took"
    below = [_rows(tree, side) for side in (tree.left_child, tree.right_child)]
    if not np.array_equal(below[0] + below[1], tree.internal_count):
        return "with row counts that do not add up"
    return None


def _rows(tree: trees.Tree, children: NDArray[np.int64]) -> NDArray[np.int64]:
    leaf = children < 0
    return np.where(
        leaf, tree.leaf_count[np.where(leaf, -children - 1, 0)], tree.internal_count[np.where(leaf, 0, children)]
    )


def _damage(name: str, what: str) -> DamagedModel:
    return DamagedModel(f"the stored forest {name!r} {what}. Restore the bundle from a copy, or train again.")
