"""Where there is no Chromium the browser tests say so; where one is asked for, its absence is a failure."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import missing
from tools import chromium

CHMOD = shutil.which("chmod")  # before a test empties the path
REASON = "no Chromium (make test says why)"


@pytest.mark.parametrize("asked", [None, "0"])
def test_what_is_missing_skips_the_test_with_the_reason(monkeypatch, asked):
    monkeypatch.setenv("REQUIRE_BROWSER", asked) if asked else monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        missing(REASON, required="REQUIRE_BROWSER")


def test_and_fails_it_where_a_browser_is_required(monkeypatch):
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        missing(REASON, required="REQUIRE_BROWSER")


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """An empty PATH, nothing named, and nothing that Playwright downloaded."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "of_playwright", lambda: None)
    return tmp_path


def test_on_an_empty_path_none_is_found(nowhere):
    assert chromium.find() is None


def test_what_is_named_wins_over_the_path_and_the_path_over_a_download(nowhere, monkeypatch):
    monkeypatch.setattr(chromium, "of_playwright", lambda: "/downloaded")
    assert chromium.find() == "/downloaded"
    there = nowhere / "chromium"
    there.touch(mode=0o755)
    assert chromium.find() == str(there)
    monkeypatch.setenv("CHROMIUM", "/named")
    assert chromium.find() == "/named"


def test_where_none_can_be_installed_it_is_tried_and_the_script_goes_on(nowhere, monkeypatch):
    monkeypatch.setattr(chromium.sys, "executable", program(nowhere, "python", "exit 1"))
    chromium.install()
    assert chromium.find() is None


def test_root_installs_what_the_distribution_has(nowhere, monkeypatch):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    asked = nowhere / "asked"
    there = nowhere / "chromium"
    program(nowhere, "apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {asked}; [ "$1" = install ] && {makes(there)}')
    monkeypatch.setattr(chromium.sys, "executable", program(nowhere, "python", f'echo "$*" >> {asked}'))
    chromium.install()
    assert asked.read_text().splitlines() == [
        "noninteractive update -qq",
        "noninteractive install -y -qq --no-install-recommends chromium",
    ]
    assert chromium.find() == str(there)


@pytest.mark.parametrize("who", [0, 1000])
def test_others_and_root_without_a_package_download_one(nowhere, monkeypatch, who):
    monkeypatch.setattr(chromium.os, "geteuid", lambda: who)
    asked = nowhere / "asked"
    program(nowhere, "apt-get", f"echo apt-get >> {asked}; exit 100")
    monkeypatch.setattr(chromium.sys, "executable", program(nowhere, "python", f'echo "$*" >> {asked}'))
    chromium.install()
    tried = ["apt-get", "apt-get"] if who == 0 else []
    assert asked.read_text().splitlines() == [*tried, "-m playwright install chromium"]


def program(folder: Path, name: str, does: str) -> str:
    """A program of that name, found on the path of `nowhere`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return str(path)


def makes(path: Path) -> str:
    """With what the shell itself knows: the path has no tools."""
    return f": > {path} && {CHMOD} 755 {path}"
