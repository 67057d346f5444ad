"""Thousands of random questions to every list, export, digest, feed and pack, each beside a slow oracle.

    make oracle      (writes docs/measurements/oracle-<date>.md; ORACLE=1000 asks fewer, JOBS=4 in four processes)

The questions are in tests/house/asking, the oracle in tests/house/oracle.py, the organisations that are asked about
in tests/house/organisation.py. Also: `tools/oracle.py <file> --told` writes the file from what ran already.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOLD = ROOT / "var"


def ask() -> int:
    for old in TOLD.glob("oracle-*.json"):
        old.unlink()
    env = os.environ | {"ORACLE": os.environ.get("ORACLE", "10000")}
    jobs = ("-n", os.environ.get("JOBS", "2"), "-p", "no:logging")
    command = [sys.executable, "-m", "pytest", "tests/house/test_oracle.py", "-q", "-k", "thousands", *jobs]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def written(pieces: list[dict]) -> str:
    asked, faults = Counter[str](), []
    organisations = sum(piece["organisations"] for piece in pieces)
    for piece in pieces:
        asked.update(piece["asked"])
        faults += piece["faults"]
    lines = [
        f"# Questions beside the oracle, {date.today()}",
        "",
        f"`make oracle`: {asked.total():,} questions of random people in {organisations} random organisations of 120 "
        "people in 24 teams six levels deep, with deputies, two hats, leavers and erased people. Each answer was held "
        "against a slow oracle: whom it is about, and every count on it.",
        "",
        f"**Answers that differ: {len(faults)}.**",
        "",
        *(f"- {fault}" for fault in faults),
        *([""] if faults else []),
        "| question | asked |",
        "|---|---:|",
        *(f"| {name.replace('_', ' ')} | {count} |" for name, count in asked.most_common()),
    ]
    return "\n".join(lines) + "\n"


def main(path: str, *options: str) -> int:
    status = 0 if "--told" in options else ask()
    pieces = [json.loads(file.read_text()) for file in sorted(TOLD.glob("oracle-*.json"))]
    if not pieces:
        return status or 1
    Path(path).write_text(written(pieces), encoding="utf-8")
    print(path)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
