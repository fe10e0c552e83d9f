"""An `exitwatch` for the tests of the manual: the real command line, without loading Python anew for each command.

A server process loads the command line once. The `exitwatch` it puts into a folder is a small program that hands its
arguments, its folder, its environment and its open files to the server, which forks; the child runs the command as
`serving.cli.main` does, and the small program ends with its exit code. A demonstration that is asked for once more, in
a folder of the same files, is what it was the first time.
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLIENT = """\
#!{python} -SE
import json, os, socket, sys
here = socket.socket(socket.AF_UNIX)
here.connect({address!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(here, [len(asked).to_bytes(4, "big")], [0, 1, 2])
here.sendall(asked)
os._exit(here.recv(1)[0])
"""
_WAIT_SECONDS = 60


@contextmanager
def quick_commands(folder: Path) -> Iterator[Path]:
    """A folder that holds an `exitwatch`, to be put first into PATH."""
    address = folder / "socket"
    commands = folder / "commands"
    commands.mkdir()
    command = commands / "exitwatch"
    command.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    command.chmod(0o755)
    path = os.pathsep.join(place for place in sys.path if place)
    server = subprocess.Popen(
        [sys.executable, __file__, str(address)], stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )
    try:
        for _ in range(_WAIT_SECONDS * 20):
            if address.exists() or server.poll() is not None:
                break
            time.sleep(0.05)
        assert address.exists(), "the command line could not be loaded; see the error above"
        yield commands
    finally:
        assert server.stdin is not None
        server.stdin.close()
        server.terminate()
        server.wait()


def _serve(address: str) -> None:
    import serving.weekly
    import training.run
    from serving.cli import run

    assert serving.weekly
    assert training.run
    half = f"{address}.half"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(half)
    listening.listen()
    os.rename(half, address)  # noqa: PTH104
    while True:
        asking, _ = listening.accept()
        child = os.fork()
        if child == 0:
            size, files, _, _ = socket.recv_fds(asking, 4, 3)
            asked = b""
            while len(asked) < int.from_bytes(size, "big"):
                asked += asking.recv(65_536)
            arguments, folder, environment = json.loads(asked)
            for place, file in enumerate(files):
                os.dup2(file, place)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            code = _once(arguments, Path(address).parent) if arguments[:1] == ["demo"] else run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            asking.sendall(bytes([code]))
            os._exit(0)
        asking.close()
        os.waitpid(child, 0)


def _once(arguments: list[str], kept_in: Path) -> int:
    from serving.cli import run

    here = {path.name: path.read_text("utf-8") for path in sorted(Path.cwd().iterdir()) if path.is_file()}
    kept = kept_in / hashlib.sha256(json.dumps([arguments, here]).encode()).hexdigest()
    if kept.exists():
        shutil.copytree(kept, Path.cwd(), dirs_exist_ok=True)
        return 0
    code = run(arguments)
    if code == 0:
        shutil.copytree(Path.cwd(), kept)
    return code


if __name__ == "__main__":
    _serve(sys.argv[1])
