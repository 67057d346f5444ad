"""Nothing in the repository names a machine's own path or a package registry's host."""

import re

from tests.house import ROOT, tracked_files

HERE = f"{ROOT.parent}/"
HOMES = re.compile(r"/(?:home|Users)/\w|/(?:root)/|[Ff]ile:/{3}\w")
INDEX = re.compile(r"(?:extra-)?index-url|find-links|pypi\.org/simple|registry\.npmjs\.org")
SPOKEN_OF = {"tests/house/test_no_machine_paths.py", "tools/lock"}  # they name the thing to keep it out


def lines_matching(pattern: re.Pattern) -> list[str]:
    found = []
    for file in tracked_files():
        name = str(file.relative_to(ROOT))
        if name in SPOKEN_OF or name.startswith("content/"):
            continue
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{name}:{n}: {line.strip()[:120]}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)
        ]
    return found


def test_no_path_of_this_machine():
    # A checkout directly below "/" or in a temporary folder has a parent too short to search for.
    if len(HERE) > 6:
        assert lines_matching(re.compile(re.escape(HERE))) == []


def test_no_home_folder():
    assert lines_matching(HOMES) == []


def test_no_package_registry():
    assert lines_matching(INDEX) == []
