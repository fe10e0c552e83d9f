"""LightGBM's threads sleep while they wait for each other, unless somebody has said otherwise."""

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="OpenMP is another one elsewhere")
@pytest.mark.parametrize(
    ("said", "waits"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")], ids=["nobody said", "somebody said"]
)
def test_threads_are_told_how_to_wait_before_lightgbm_is_loaded(said: str | None, waits: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if said is not None:
        environment["OMP_WAIT_POLICY"] = said
    # OpenMP prints what it was told when it is loaded.
    done = subprocess.run(
        [sys.executable, "-c", "import models.boosting"],
        env=environment | {"OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"OMP_WAIT_POLICY = '{waits}'" in done.stderr
