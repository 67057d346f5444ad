"""Tests of the house itself: what keeps every room in the shape ARCHITECTURE.md gives it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Which app may know which: only those on a lower floor.
FLOORS = {
    "people": 0,
    "evidence": 1,
    "certificates": 2,
    "courses": 3,
    "assessments.quizzes": 4,
    "assessments.scenarios": 4,
    "training": 4,
    "lms": 5,
}


def tracked_files() -> list[Path]:
    """What is in git or about to be; everything outside .venv where there is no git (a downloaded archive)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        files = [file for file in ROOT.rglob("*") if ".venv" not in file.parts and "var" not in file.parts]
    return sorted(file for file in files if file.is_file())
