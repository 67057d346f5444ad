"""Plant small mistakes in the rules, one at a time, and see which of them the tests notice.

    make mutate      (writes docs/measurements/mutation-<date>.md; what is mutated stands in pyproject.toml)

The report names every survivor, so that somebody can judge: a missing test, or a change that makes no difference.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")
GOAL = 90


def results() -> dict[str, str]:
    """{mutant: "killed", "survived", "no tests", "timeout", …}"""
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = (line.strip().rpartition(": ") for line in listed.stdout.splitlines() if ": " in line)
    return {mutant: verdict for mutant, _colon, verdict in lines}


def room(mutant: str) -> str:
    """assessments.quizzes.rules.paper.x_draw__mutmut_3 is a mutant of assessments.quizzes."""
    return mutant.partition(".rules")[0] if ".rules" in mutant else "assessments"


def diff(mutant: str) -> str:
    shown = subprocess.run([MUTMUT, "show", mutant], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    lines = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " → ".join(line[1:].strip() for line in lines[:2])


def report(found: dict[str, str]) -> str:
    noticed = {"killed", "timeout", "suspicious", "segfault"}
    rooms: dict[str, Counter] = {}
    for mutant, verdict in found.items():
        rooms.setdefault(room(mutant), Counter())["noticed" if verdict in noticed else "survived"] += 1
    lines = [
        f"# Mutation testing of {date.today().isoformat()}",
        "",
        f"`make mutate`: mistakes planted in the rules; the goal is {GOAL} % noticed.",
        "",
        "| package | planted | noticed | |",
        "|---|---:|---:|---:|",
    ]
    for name, count in [*sorted(rooms.items()), ("all", sum(rooms.values(), Counter()))]:
        total = count.total()
        lines.append(f"| {name} | {total} | {count['noticed']} | {100 * count['noticed'] / total:.1f} % |")
    survivors = sorted(mutant for mutant, verdict in found.items() if verdict not in noticed)
    lines += ["", "## Not noticed", ""]
    lines += [f"- `{mutant}` ({found[mutant]}): `{diff(mutant)}`" for mutant in survivors]
    return "\n".join(lines) + "\n"


def main(target: Path) -> None:
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    children = os.environ.get("JOBS", str(os.cpu_count() or 2))
    subprocess.run([MUTMUT, "run", "--max-children", children], cwd=ROOT, check=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(report(results()))
    print(f"→ {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
