"""Runs a script of ours over bytes we do not trust, in a process that can neither eat the machine nor reach out.

The parent calls run(); this same file is then the child's main program: it takes away first, and only then loads the
script. xhtml2pdf's own time limit does not hold (one `colspan` cost 43 s and 3.6 GB), so the kernel keeps these.
"""

import resource
import runpy
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 15
WALL_SECONDS = 20
FILE_BYTES = 32 * 1024 * 1024
REFUSED_EVENTS = (
    "socket.connect",
    "socket.get",
    "socket.send",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
)


class Failed(Exception):
    """The script ended badly or was ended; the text says how, in one line."""


class TooSlow(Failed):
    """Stopped for the time it took, which a busy machine may be to blame for."""


def run(script: str, data: bytes) -> bytes:
    """What the script (a file beside this one) writes to its output when given the data as its input."""
    command = [sys.executable, "-I", __file__, script]
    try:
        # No environment: the database's address and the keys are none of the child's business.
        child = subprocess.run(command, input=data, capture_output=True, timeout=WALL_SECONDS, cwd=HERE, env={})
    except subprocess.TimeoutExpired:
        raise TooSlow(f"stopped after {WALL_SECONDS} seconds") from None
    if child.returncode < 0:
        raise Failed(f"killed by signal {-child.returncode}")
    if child.returncode:
        raise Failed(child.stderr.decode(errors="replace").strip().rpartition("\n")[2][:300] or "ended without a word")
    return child.stdout


def confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple) -> None:
    """No connection and no other program, whoever asks; a hook cannot be taken off again."""
    if event.startswith(REFUSED_EVENTS):
        raise PermissionError(f"{event} is not allowed here")


if __name__ == "__main__":
    confine()
    runpy.run_path(str(HERE / sys.argv[1]), run_name="__main__")
