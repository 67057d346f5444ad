"""Where there is no Chromium the browser tests say so; where one is asked for, its absence is a failure."""

import pytest

from tests.conftest import missing
from tools import chromium

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


def test_where_none_can_be_installed_the_script_says_so(nowhere, monkeypatch, capsys):
    monkeypatch.setattr(chromium.subprocess, "run", lambda *_command, **_options: None)
    chromium.install()
    assert chromium.find() is None
