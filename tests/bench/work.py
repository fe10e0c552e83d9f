"""Entry of the processes that `children.measured` starts: ``python work.py NAME JSON``; the answer is the last line."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1])]


def main() -> None:
    """Run one piece of work and print what it measured."""
    import explaining
    import loading
    import measuring
    import planning
    import scoring
    import snapshots
    import weeks

    pieces: dict[str, Callable[..., dict[str, Any]]] = {
        "simulated": snapshots.simulated,
        "in_sql": snapshots.in_sql,
        "in_pandas": snapshots.in_pandas,
        "agreement": snapshots.agreement,
        "trained": scoring.trained,
        "explained": explaining.explained,
        "scored": scoring.scored,
        "posted": scoring.posted,
        "measured_in_sql": measuring.measured_in_sql,
        "measured_in_pandas": measuring.measured_in_pandas,
        "week": weeks.week,
        "under_load": loading.under_load,
        "planned": planning.planned,
    }
    answer = pieces[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(answer | {"own_peak": _own_peak()}))


def _own_peak() -> float:
    """Largest resident memory so far, gigabytes, where the system tells it; else 0."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) * 1024 / 1e9


if __name__ == "__main__":
    main()
