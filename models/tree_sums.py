"""Path-dependent TreeSHAP of many rows through WOODELF: LightGBM's trees as it reads them, summed in groups."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from woodelf import WoodelfExplainer
from woodelf.core.trees.decision_trees_ensemble import DecisionTreesEnsemble, LeftIsSmallerEqualDecisionTreeNode

from models import trees
from models.boosting import Forest
from models.rows import Floats

_GROUP = 100  # trees summed in single precision before they join the total
_MISSING_LEFT, _MISSING_KIND, _MISSING_IS_NAN = 2, 12, 8  # bits of LightGBM's decision_type


@dataclass(frozen=True)
class TreeSums:
    """A forest ready to be explained: its trees in groups, and the margin before any feature is known."""

    forest: Forest
    groups: tuple[DecisionTreesEnsemble, ...]
    base: float


@lru_cache(maxsize=8)
def of_forest(forest: Forest) -> TreeSums:
    """The trees of a forest, read once."""
    grown = trees.parse(forest.text)[1]
    roots = [_root(tree) for tree in grown if len(tree.split_feature)]
    groups = tuple(DecisionTreesEnsemble(roots[i : i + _GROUP]) for i in range(0, len(roots), _GROUP))
    return TreeSums(forest, groups, float(sum(_expected(tree) for tree in grown)))


def _expected(tree: trees.Tree) -> float:
    """Mean leaf value over the training rows."""
    if len(tree.leaf_value) == 1:
        return float(tree.leaf_value[0])
    return float(np.dot(tree.leaf_value, tree.leaf_count) / tree.leaf_count.sum())


def from_patterns(prepared: TreeSums, values: Floats) -> Floats:
    """Contributions of each feature to each row, log-odds, shape (n, features)."""
    frame = pd.DataFrame(values, columns=range(values.shape[1]), copy=False)
    total = np.zeros(values.shape, order="F")  # whole columns are added
    for group in prepared.groups:
        found = WoodelfExplainer(group).shap_values(
            frame, as_df=True, exclude_zero_contribution_features=True, verbose=False
        )
        for column in found.columns:
            total[:, column] += found[column].to_numpy()
    return total


def _root(tree: trees.Tree) -> LeftIsSmallerEqualDecisionTreeNode:
    splits = len(tree.split_feature)
    # Without a side of its own LightGBM reads a missing value as 0.
    missing_left = np.where(
        (tree.decision_type & _MISSING_KIND) == _MISSING_IS_NAN,
        (tree.decision_type & _MISSING_LEFT) != 0,
        tree.threshold >= 0,
    )
    nodes = [
        LeftIsSmallerEqualDecisionTreeNode(
            feature_name=int(tree.split_feature[i]),
            value=tree.threshold[i],
            right=None,
            left=None,
            nan_go_left=bool(missing_left[i]),
            index=i,
            cover=float(tree.internal_count[i]),
        )
        for i in range(splits)
    ]
    nodes += [
        LeftIsSmallerEqualDecisionTreeNode(
            feature_name=None, value=value, right=None, left=None, index=splits + i, cover=float(tree.leaf_count[i])
        )
        for i, value in enumerate(tree.leaf_value)
    ]
    for i in range(splits):
        left, right = (
            nodes[child if child >= 0 else splits - child - 1]
            for child in (int(tree.left_child[i]), int(tree.right_child[i]))
        )
        nodes[i].left, nodes[i].right = left, right
        left.parent = right.parent = nodes[i]
    nodes[0].depth = nodes[0].get_depth()
    return nodes[0]
