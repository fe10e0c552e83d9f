"""LightGBM's text model as plain trees: averaged over seeds, and seen from one horizon.

Nothing here runs LightGBM. The text that comes out holds trees only: no training parameters, and no range of any
feature, which would be some client's own figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.errors import DamagedModel

# Bits of LightGBM's decision_type (include/LightGBM/tree.h): 1 categorical, 2 missing goes left, 4 and 8 what counts
# as missing (0 nothing: a NaN is read as 0; 4 zero; 8 NaN).
_CATEGORICAL, _MISSING_LEFT, _MISSING_KIND, _MISSING_IS_NAN = 1, 2, 12, 8

#: Beyond every figure of a client.
_FAR = 1e300

_INTEGERS = ("split_feature", "decision_type", "left_child", "right_child", "leaf_count", "internal_count")
_REALS = ("split_gain", "threshold", "leaf_value", "leaf_weight", "internal_value", "internal_weight")
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")


@dataclass(frozen=True)
class Tree:
    """One tree: arrays over its splits, and over its leaves. A child below 0 is leaf ``-child - 1``."""

    split_feature: NDArray[np.int64]
    split_gain: NDArray[np.float64]
    threshold: NDArray[np.float64]
    decision_type: NDArray[np.int64]
    left_child: NDArray[np.int64]
    right_child: NDArray[np.int64]
    leaf_value: NDArray[np.float64]
    leaf_weight: NDArray[np.float64]
    leaf_count: NDArray[np.int64]
    internal_value: NDArray[np.float64]
    internal_weight: NDArray[np.float64]
    internal_count: NDArray[np.int64]


def parse(text: str) -> tuple[tuple[str, ...], list[Tree]]:
    """Feature names and trees of a LightGBM text model.

    Raises
    ------
    DamagedModel
        The text is not a whole LightGBM model.
    """
    try:
        head, *blocks = text.split("end of trees")[0].split("\nTree=")
        names = next(line for line in head.splitlines() if line.startswith("feature_names=")).partition("=")[2]
        return tuple(names.split()), [_tree(block) for block in blocks]
    except (KeyError, ValueError, StopIteration) as error:
        raise DamagedModel("the text is not a whole LightGBM model; train again, or restore the bundle") from error


def _tree(block: str) -> Tree:
    fields = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if int(fields.get("num_cat", "0")) or int(fields.get("is_linear", "0")):
        raise ValueError("only numeric splits and constant leaves are used here")
    leaves = int(fields["num_leaves"])
    answer: dict[str, NDArray[np.int64] | NDArray[np.float64]] = {}
    for name in (*_INTEGERS, *_REALS):
        length = leaves if name in _OF_LEAVES else leaves - 1
        words = fields.get(name, "").split()
        if not words and name in ("leaf_weight", "leaf_count") and leaves == 1:
            words = ["0"]
        if len(words) != length:
            raise ValueError(f"{name} has {len(words)} entries instead of {length}")
        answer[name] = (
            np.array([int(w) for w in words], dtype=np.int64)
            if name in _INTEGERS
            else np.array([float(w) for w in words], dtype=np.float64)
        )
    return Tree(**answer)  # type: ignore[arg-type]


def render(features: Sequence[str], trees: Sequence[Tree]) -> str:
    """A LightGBM text model for a yes-or-no outcome, from feature names and trees."""
    blocks = [_block(place, tree) for place, tree in enumerate(trees)]
    head = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={len(features) - 1}",
        "objective=binary sigmoid:1",
        f"feature_names={' '.join(features)}",
        f"feature_infos={' '.join('none' for _ in features)}",
        f"tree_sizes={' '.join(str(len(block)) for block in blocks)}",
        "",
        "",
    ]
    tail = "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\npandas_categorical:null\n"
    return "\n".join(head) + "".join(blocks) + tail


def _block(place: int, tree: Tree) -> str:
    lines = [f"Tree={place}", f"num_leaves={len(tree.leaf_value)}", "num_cat=0"]
    for name in (
        "split_feature",
        "split_gain",
        "threshold",
        "decision_type",
        "left_child",
        "right_child",
        "leaf_value",
        "leaf_weight",
        "leaf_count",
        "internal_value",
        "internal_weight",
        "internal_count",
    ):
        entries = getattr(tree, name)
        lines.append(f"{name}={' '.join(repr(v) for v in entries.tolist())}")
    return "\n".join([*lines, "is_linear=0", "shrinkage=1", "", "", ""])


def averaged(models: Sequence[Sequence[Tree]]) -> list[Tree]:
    """Trees whose sum is the mean of the models' sums: several seeds as one model."""
    share = 1.0 / len(models)
    return [
        replace(tree, leaf_value=tree.leaf_value * share, internal_value=tree.internal_value * share)
        for model in models
        for tree in model
    ]


def missing_is_missing(tree: Tree) -> Tree:
    """The tree with a side of its own for NaN at every split.

    Where training saw no missing value LightGBM would read a later NaN as 0, an invented answer; it goes with the
    larger part of the training rows instead.
    """
    kind = tree.decision_type & _MISSING_KIND
    left = np.array([_count(tree, child) for child in tree.left_child.tolist()], dtype=np.int64)
    right = np.array([_count(tree, child) for child in tree.right_child.tolist()], dtype=np.int64)
    patched = _MISSING_IS_NAN | np.where(left >= right, _MISSING_LEFT, 0)
    return replace(
        tree,
        decision_type=np.where(kind == 0, patched, tree.decision_type),
        # A split of the known from the missing stands at the largest float, with which nobody can reckon.
        threshold=np.clip(tree.threshold, -_FAR, _FAR),
    )


def _count(tree: Tree, child: int) -> int:
    return int(tree.internal_count[child] if child >= 0 else tree.leaf_count[-child - 1])


def resolved(tree: Tree, feature: int, value: float) -> tuple[Tree, NDArray[np.int64]]:
    """The tree as it answers when one feature is known to have one value, without that feature.

    The feature must be the last one. Leaf counts are kept; `counted` puts those of the rows that matter.

    Returns
    -------
    The smaller tree, and for each of its leaves the leaf it was in the larger one.
    """

    def skip(node: int) -> int:
        while node >= 0 and tree.split_feature[node] == feature:
            node = int(tree.left_child[node] if value <= tree.threshold[node] else tree.right_child[node])
        return node

    return _rebuilt(tree, skip)


def _rebuilt(tree: Tree, skip: Callable[[int], int]) -> tuple[Tree, NDArray[np.int64]]:
    root = skip(0) if len(tree.leaf_value) > 1 else -1
    splits: list[int] = []
    leaves: list[int] = []
    left: list[int] = []
    right: list[int] = []

    def visit(node: int) -> int:
        if node < 0:
            leaves.append(-node - 1)
            return -len(leaves)
        place = len(splits)
        splits.append(node)
        left.append(0)
        right.append(0)
        left[place] = visit(skip(int(tree.left_child[node])))
        right[place] = visit(skip(int(tree.right_child[node])))
        return place

    visit(root)
    kept = np.array(leaves, dtype=np.int64)
    inner = np.array(splits, dtype=np.int64)
    return (
        Tree(
            split_feature=tree.split_feature[inner],
            split_gain=tree.split_gain[inner],
            threshold=tree.threshold[inner],
            decision_type=tree.decision_type[inner],
            left_child=np.array(left, dtype=np.int64),
            right_child=np.array(right, dtype=np.int64),
            leaf_value=tree.leaf_value[kept],
            leaf_weight=tree.leaf_weight[kept],
            leaf_count=tree.leaf_count[kept],
            internal_value=tree.internal_value[inner],
            internal_weight=tree.internal_weight[inner],
            internal_count=tree.internal_count[inner],
        ),
        kept,
    )


def counted(tree: Tree, rows_in_leaf: NDArray[np.int64]) -> Tree:
    """The tree with the number of rows in each leaf, and so the weights path-dependent TreeSHAP averages with.

    One row is added to each leaf, so that no branch has weight 0 and every contribution is finite.
    """
    leaf = rows_in_leaf.astype(np.int64) + 1
    inner = np.zeros(len(tree.split_feature), dtype=np.int64)
    for node in range(len(inner) - 1, -1, -1):  # children come after their parent
        for child in (int(tree.left_child[node]), int(tree.right_child[node])):
            inner[node] += inner[child] if child >= 0 else leaf[-child - 1]
    return replace(tree, leaf_count=leaf, leaf_weight=leaf.astype(np.float64), internal_count=inner)
