"""How long each hostile file of the tests takes to be refused, or to be read where it may be a draft.

    python tools/bench_hostile.py [docs/measurements/hostile-files-<date>.md]

Prints a table of CPU seconds, the slowest of a few rounds. Ends with 1 where one takes longer than it may.
"""

import os
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assessments.scenarios.formats import files  # noqa: E402
from assessments.scenarios.formats.document import Refused  # noqa: E402
from tests.scenarios.formats.hostile import FILES  # noqa: E402

ROUNDS = 3
ALLOWED = 2.0  # seconds
MACHINE = f"Python {platform.python_version()}, {os.cpu_count()} cores."


def refusal(name: str, data: bytes) -> tuple[str, float]:
    began = time.process_time()
    try:
        files.read(name, data, go_on="Continue")
        code = "a draft"
    except Refused as refused:
        code = refused.findings[0].code
    return code, time.process_time() - began


def main(target: Path | None) -> None:
    rows, slowest = [], 0.0
    for kind, (name, make, _code) in FILES.items():
        data = make()
        measured = [refusal(name, data) for _round in range(ROUNDS)]
        seconds = max(took for _code, took in measured)
        slowest = max(slowest, seconds)
        rows.append(f"| {kind} | {name[2:]} | {len(data):,} | {measured[0][0]} | {seconds:.3f} s |")
    text = "\n".join(
        [
            f"# Hostile files, {time.strftime('%Y-%m-%d')}",
            f"`python tools/bench_hostile.py`, {MACHINE} CPU seconds, the slowest of {ROUNDS} rounds. Bar: refused "
            f"with the reason in under {ALLOWED:.0f} s. The same files are in the tests, which bound the work and not "
            "the time.",
            "",
            "| file | format | bytes | what becomes of it | CPU |",
            "|---|---|---:|---|---:|",
            *rows,
            "",
            f"The slowest took {slowest:.3f} s. “A draft”: what only leads in circles, or says the same without end, "
            "is no damaged file; the checker keeps it from going live.",
        ]
    )
    print(text)
    if target:
        target.write_text(text + "\n")
    if slowest >= ALLOWED:
        raise SystemExit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
