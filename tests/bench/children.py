"""One piece of work in a process of its own, with its time and memory measured and bounded."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

GIGABYTE = 1e9
SECONDS, GIGABYTES = 900.0, 16.0  # what any one piece of work may take
_WORK = Path(__file__).with_name("work.py")


@dataclass(frozen=True)
class Outcome:
    """What a piece of work gave.

    Attributes
    ----------
    seconds
        From the start of the process to its end.
    peak
        Largest resident memory of it and its children, gigabytes (1e9 bytes).
    answer
        What it measured itself.
    unfinished
        Why it did not finish; empty if it did.
    load
        Processes that ran or waited for a core just before it began (one-minute average).
    """

    seconds: float
    peak: float
    answer: Mapping[str, Any] = field(default_factory=dict)
    unfinished: str = ""
    load: float = 0.0

    def plain(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"peak": self.peak, "unfinished": self.unfinished, "load": self.load, **self.answer}


def measured(work: str, seconds: float = SECONDS, gigabytes: float = GIGABYTES, **arguments: object) -> Outcome:
    """Run a function of `work.py` in a new process.

    Parameters
    ----------
    seconds, gigabytes
        Beyond these it is stopped, and the outcome says so.
    arguments
        Given to the function, as JSON.

    Raises
    ------
    RuntimeError
        It failed for another reason.
    """
    began, peak, load = time.perf_counter(), 0.0, os.getloadavg()[0]
    given = json.dumps({name: str(v) if isinstance(v, Path) else v for name, v in arguments.items()})
    process = subprocess.Popen([sys.executable, str(_WORK), work, given], stdout=subprocess.PIPE, text=True)
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()
    stopped = ""
    while process.poll() is None:
        used = _resident(process.pid)
        peak, passed = max(peak, used), time.perf_counter() - began
        if used > gigabytes or passed > seconds:
            stopped = (
                f"did not finish: stopped at {gigabytes:g} GB after {passed:.0f} s"
                if used > gigabytes
                else f"did not finish: stopped after {seconds:.0f} s at {used:.1f} GB"
            )
            for each in (*psutil.Process(process.pid).children(recursive=True), process):
                each.kill()
        time.sleep(0.2)
    reader.join()
    took = time.perf_counter() - began
    if stopped:
        return Outcome(took, peak, unfinished=stopped, load=load)
    if process.returncode == -9:
        lost = f"did not finish: out of memory after {took:.0f} s at {peak:.1f} GB"
        return Outcome(took, peak, unfinished=lost, load=load)
    if process.returncode:
        raise RuntimeError(f"{work} failed with exit code {process.returncode}; its message stands above")
    answer = json.loads(said[-1])
    return Outcome(took, max(peak, answer.pop("own_peak")), answer, load=load)


def _resident(pid: int) -> float:
    """Resident memory of a process and its children, gigabytes."""
    total = 0
    try:
        above = psutil.Process(pid)
        for each in (above, *above.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        return total / GIGABYTE
    return total / GIGABYTE
