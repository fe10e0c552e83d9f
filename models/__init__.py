"""From a snapshot to probabilities and reasons."""

import os

# LightGBM's threads wait for each other at every split. They spin while they wait, and where another process has the
# core of one of them all go up to forty times slower than a single thread; told to sleep, they do not. Read once, when
# LightGBM is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
