"""From a snapshot to probabilities and reasons."""
