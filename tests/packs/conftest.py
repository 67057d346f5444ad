"""A small pack (one module, two lessons, a scenario, a quiz) in a folder of its own, to be broken as a test likes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils.translation import override

from lms.packs.importing import apply, plan_import
from lms.packs.reading import Pack, read_pack
from tests.remembered import remembered

MINI = Path(__file__).parent / "mini"
REAL = Path(__file__).parents[2] / "content" / "calm-clear-safe"
SOURCES = REAL.parent / "sources"
SHARED_CHECKER = Path(__file__).parents[3] / "shared" / "content" / "check_content.py"

Edit = Callable[[str, Callable[[Any], Any]], None]


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True


def dumped(data: Any) -> str:
    return yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False)


@pytest.fixture
def english():
    """What is wrong with a pack is said in the reader's language: in tests that quote it, this one."""
    with override("en"):
        yield


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(MINI, tmp_path / "mini")


@remembered
def import_mini() -> None:
    """As it lies in the repository."""
    apply(plan_import(read_pack(MINI)))


@remembered
def import_real() -> None:
    """The whole course: half a minute, so the tests that need it share a worker (`whole_course`)."""
    apply(plan_import(read_pack(REAL)))


whole_course = pytest.mark.xdist_group("whole course")


@pytest.fixture
def pack(folder) -> Pack:
    return read_pack(folder)


@pytest.fixture
def edit(folder) -> Edit:
    """edit("course.yaml", change): the file with change(data) done to it."""

    def edited(file: str, change: Callable[[Any], Any]) -> None:
        path = folder / file
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(dumped(data), encoding="utf-8")

    return edited
