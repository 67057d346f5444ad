"""Plant small mistakes in the rules, one at a time, and see which of them the tests notice.

    make mutate                             all of MUTATED below; takes hours
    make mutate PACKAGE=training            only what begins so; the figures of the others stay as they were measured
    make mutate PACKAGE=assessments/quizzes/rules/types

Writes docs/measurements/mutation-<date>.md after each package. It names every survivor, so that somebody can judge:
a missing test, or a change that makes no difference. mutmut plants (pyproject.toml says what it copies); each package
is mutated beside its own tests only, in a process of its own, and hypothesis makes few examples, for each test runs
hundreds of times.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")
KEPT = ROOT / "var" / "mutation"
GOAL = 90
NOTICED = {"killed", "timeout", "suspicious", "segfault"}

MUTATED = {  # files -> the tests that judge them
    "assessments/policy.py": "tests/quizzes/test_policy.py",
    "assessments/privacy.py": "tests/quizzes/test_privacy.py",
    "assessments/quizzes/rules/*": "tests/quizzes",
    "assessments/scenarios/rules/engine.py": "tests/scenarios/test_engine.py",
    "assessments/scenarios/rules/exploration.py": "tests/scenarios",
    "assessments/scenarios/rules/[!e]*": "tests/scenarios",
    "certificates/rules.py": "tests/certificates",
    "courses/rules.py": "tests/courses",
    "evidence/rules.py": "tests/evidence",
    "people/rules/*": "tests/people",
    "training/rules/*": "tests/training",
}


# --- planting ------------------------------------------------------------------------------------------------------
def plant(files: str, tests: str) -> None:
    """mutmut with less to do than pyproject.toml says."""
    from mutmut import __main__ as mutmut
    from mutmut.configuration import config

    config().only_mutate = [files]
    config().pytest_add_cli_args_test_selection = [tests]
    mutmut._run([], int(os.environ.get("JOBS", os.cpu_count() or 2)))


def measured(files: str, tests: str) -> dict:
    """In a process of its own: mutmut imports what it mutates, and cannot forget it."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    env = os.environ | {"HYPOTHESIS_PROFILE": "mutation"}
    subprocess.run([sys.executable, __file__, "--plant", files, tests], cwd=ROOT, env=env, check=True)
    found = verdicts()
    survivors = {mutant: diff(mutant) for mutant, verdict in found.items() if verdict not in NOTICED}
    return {"on": date.today().isoformat(), "found": found, "survivors": survivors}


def verdicts() -> dict[str, str]:
    """{mutant: "killed", "survived", "no tests", "timeout", …}"""
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = (line.strip().rpartition(": ") for line in listed.stdout.splitlines() if ": " in line)
    return {mutant: verdict for mutant, _colon, verdict in lines if verdict != "not checked"}


def diff(mutant: str) -> str:
    from mutmut.__main__ import get_diff_for_mutant

    shown = get_diff_for_mutant(mutant)
    lines = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " → ".join(line[1:].strip() for line in lines[:2])


# --- the report ----------------------------------------------------------------------------------------------------
def module(mutant: str) -> str:
    """assessments.quizzes.rules.paper.x_draw__mutmut_3 is a mutant of assessments.quizzes.rules.paper."""
    return mutant.rpartition(".")[0]


def report(kept: list[dict]) -> str:
    modules: dict[str, Counter] = {}
    days: dict[str, str] = {}
    for one in kept:
        for mutant, verdict in one["found"].items():
            modules.setdefault(module(mutant), Counter())[verdict] += 1
            days[module(mutant)] = one["on"]
    lines = [
        f"# Mutation testing of {date.today().isoformat()}",
        "",
        f"`make mutate`: mistakes planted in the rules, one at a time; the goal is {GOAL} % noticed. "
        "A test that never ends noticed, too.",
        "",
        "| module | planted | killed | survived | no tests | timeout | noticed | measured |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, count in [*sorted(modules.items()), ("all", sum(modules.values(), Counter()))]:
        noticed = sum(count[verdict] for verdict in NOTICED)
        cells = [count.total(), count["killed"], count["survived"], count["no tests"], count["timeout"]]
        score = f"{100 * noticed / count.total():.1f} %"
        lines.append(f"| {name} | {' | '.join(map(str, cells))} | {score} | {days.get(name, '')} |")
    survivors = {mutant: change for one in kept for mutant, change in one["survivors"].items()}
    lines += ["", "## Not noticed", ""]
    lines += [f"- `{mutant}`: `{change}`" for mutant, change in sorted(survivors.items())]
    return "\n".join(lines) + "\n"


def main(target: Path, package: str) -> None:
    chosen = {files: tests for files, tests in MUTATED.items() if files.startswith(package)}
    chosen |= {f"{package}*": tests for files, tests in MUTATED.items() if not chosen and fnmatch(package, files)}
    if not chosen:
        sys.exit(f"PACKAGE={package}: nothing begins so. There are {', '.join(MUTATED)}.")
    target = target.resolve()
    os.chdir(ROOT)  # mutmut reads what it planted from there
    KEPT.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    for files, tests in chosen.items():
        keep(measured(files, tests))
        target.write_text(report([json.loads(file.read_text()) for file in sorted(KEPT.glob("*.json"))]))
        print(f"→ {target}")


def keep(one: dict) -> None:
    """A file for each module, so that measuring it again replaces what was found before."""
    for name in {module(mutant) for mutant in one["found"]}:
        of_it = {
            part: {mutant: said for mutant, said in one[part].items() if module(mutant) == name}
            for part in ("found", "survivors")
        }
        (KEPT / f"{name}.json").write_text(json.dumps({"on": one["on"], **of_it}))


if __name__ == "__main__":
    if sys.argv[1] == "--plant":
        plant(*sys.argv[2:])
    else:
        main(Path(sys.argv[1]), os.environ.get("PACKAGE", ""))
