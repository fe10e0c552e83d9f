"""Measures of exit: who came, who went, how many of those who could decide stayed, and how long clients last."""

from features.measures.returning import decision_points, proposed_grace, return_curve, sensitivity

__all__ = ["decision_points", "proposed_grace", "return_curve", "sensitivity"]
