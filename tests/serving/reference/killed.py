"""Kill a function at each place where it changes something, and see what it leaves behind.

A server process imports the function's module once and forks a child for each attempt. The child counts every change
it is about to make, to a database or to files, and kills itself with SIGKILL at the one it was told to die at. So
nothing is closed, rolled back or tidied up, as when the power is cut or a machine runs out of memory.

    def move(folder: str) -> None: ...

    def test_a_kill_loses_nothing(tmp_path: Path) -> None:
        for end in killed_everywhere(move, lambda: [str(fresh_copy(tmp_path))]):
            folder = Path(end.arguments[0])
            assert content(folder) in (BEFORE, AFTER), end

The last end is `unharmed`: there was no further place to die at. Statements that only read are not counted, for a kill
there leaves what a kill at the change before them leaves.
"""

import builtins
import importlib.util
import inspect
import io
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

#: What the child counts: statements that change rows or tables, commits, and changes to files and folders.
SQL, COMMIT, FILE = "sql", "commit", "file"
KINDS = frozenset({SQL, COMMIT, FILE})
_READING = ("SELECT", "PRAGMA", "BEGIN", "SHOW", "EXPLAIN")
_CHANGING = {
    *("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod"),
    *("shutil.rmtree", "shutil.move"),
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_LONGEST_SECONDS = 120


@dataclass(frozen=True)
class End:
    """How one attempt ended.

    Parameters
    ----------
    number
        Of the change it was killed at, 1 for the first; of the last attempt one more than there are.
    at
        What it was about to do; empty if it lived.
    arguments
        What the function was called with.
    """

    number: int
    at: str
    arguments: Sequence[Any]

    @property
    def unharmed(self) -> bool:
        """Whether it lived to its end."""
        return not self.at


def killed_everywhere(
    action: Callable[..., object],
    fresh: Callable[[], Sequence[Any]],
    *,
    kinds: Collection[str] = KINDS,
    step: int = 1,
    until: int = 2_000,
) -> Iterator[End]:
    """Call a function again and again, killing it each time one change later, until it lives.

    Parameters
    ----------
    action
        A function at the top of a module; its arguments are text, numbers, lists and None. It must do the same things
        in the same order each time.
    fresh
        Makes a new state to work on and gives the arguments; called before each attempt.
    kinds
        Which changes count: any of `SQL`, `COMMIT`, `FILE`.
    step
        2 kills at every second change, and so on, where an attempt takes long.
    until
        Give up after so many changes.

    Raises
    ------
    AssertionError
        The function raised an error of its own, or makes more than `until` changes.
    """
    with _server(action, kinds) as server:
        for number in count(1, step):
            assert number <= until, f"{action.__name__} makes more than {until} changes"
            arguments = list(fresh())
            at = _attempt(server, number, arguments)
            yield End(number, at, arguments)
            if not at:
                return


def killed_at(action: Callable[..., object], number: int, *arguments: Any, kinds: Collection[str] = KINDS) -> End:
    """Call a function once and kill it at one of its changes."""
    with _server(action, kinds) as server:
        return End(number, _attempt(server, number, list(arguments)), arguments)


@contextmanager
def _server(action: Callable[..., object], kinds: Collection[str]) -> Iterator["subprocess.Popen[str]"]:
    source = inspect.getsourcefile(action)
    assert source is not None
    assert action.__qualname__ == action.__name__, f"{action.__qualname__} does not stand at the top of its module"
    path = os.pathsep.join([*(place for place in sys.path if place), str(Path(__file__).parent)])
    server = subprocess.Popen(
        [sys.executable, __file__, source, action.__name__, ",".join(sorted(kinds))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    with server:
        yield server
        assert server.stdin is not None
        server.stdin.close()


def _attempt(server: "subprocess.Popen[str]", number: int, arguments: Sequence[Any]) -> str:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps([number, list(arguments)]) + "\n")
    server.stdin.flush()
    answer = server.stdout.readline()
    assert answer, "the server of the attempts is gone; see its error above"
    told = json.loads(answer)
    assert "error" not in told, told["error"]
    return str(told["at"])


def _serve(source: str, name: str, kinds: Collection[str]) -> None:
    """Run in the server: import the module once, and fork for each attempt."""
    spec = importlib.util.spec_from_file_location("doomed", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["doomed"] = module
    spec.loader.exec_module(module)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        number, arguments = json.loads(line)
        told_from, told_to = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told_from)
            signal.alarm(_LONGEST_SECONDS)
            os._exit(_die_or_live(getattr(module, name), arguments, Counter(number, kinds, told_to)))
        os.close(told_to)
        with os.fdopen(told_from) as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and said:
            answer = {"at": said}
        elif os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            answer = {"at": ""}
        else:
            answer = {"error": said or f"ended with status {status}, after {_LONGEST_SECONDS} s at most"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _die_or_live(action: Callable[..., object], arguments: Sequence[Any], counter: "Counter") -> int:
    try:
        counter.watch()
        action(*arguments)
    except BaseException:
        counter.watching = False
        os.write(counter.told_to, traceback.format_exc().encode())
        return 1
    return 0


class Counter:
    """Counts changes in the child, and ends it at the one it was told to."""

    def __init__(self, number: int, kinds: Collection[str], told_to: int) -> None:
        self.left = number
        self.kinds = kinds
        self.told_to = told_to
        self.watching = True

    def watch(self) -> None:
        """Listen to everything that changes something."""
        from sqlalchemy import Engine, event

        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", lambda _connection: self.tick(COMMIT, "commit"))
        sys.addaudithook(self._audited)
        for module, name in ((io, "open"), (os, "open")):
            setattr(module, name, self._opening(getattr(module, name)))
        builtins.open = io.open
        fsync = os.fsync

        def flushing(handle: int) -> None:
            self.tick(FILE, "fsync")
            fsync(handle)

        os.fsync = flushing  # type: ignore[assignment]

    def tick(self, kind: str, what: str) -> None:
        """One change is about to be made."""
        if not self.watching or kind not in self.kinds:
            return
        self.left -= 1
        if self.left == 0:
            self.watching = False
            os.write(self.told_to, what.encode("utf-8", "replace"))
            os.kill(os.getpid(), signal.SIGKILL)

    def _statement(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        text = " ".join(statement.split())
        if not text.upper().startswith(_READING):
            self.tick(SQL, text[:80])

    def _audited(self, happening: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        if happening in _CHANGING:
            self.tick(FILE, f"{happening} {arguments[0]}")
        elif happening == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            self.tick(FILE, f"open {arguments[0]}")
        elif happening == "ctypes.dlsym" and arguments[1] == "renameat2":
            self.tick(FILE, "renameat2")

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """`open`, with a place to die at behind it: the file is there and empty."""

        def opened(file: Any, mode: Any = "r", *rest: Any, **named: Any) -> Any:
            handle = real(file, mode, *rest, **named)
            writes = mode & _WRITING if isinstance(mode, int) else set(mode) & set("wax+")
            if writes:
                self.tick(FILE, f"write {file}")
            return handle

        return opened


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], frozenset(sys.argv[3].split(",")))
    os._exit(0)  # without the farewells of libraries that think they were leaked
