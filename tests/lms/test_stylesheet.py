"""All CSS as one request under the name of its content."""

import os
import re

import pytest

from lms import stylesheet


@pytest.fixture(autouse=True)
def _nothing_kept():
    stylesheet._built.cache_clear()
    yield
    stylesheet._built.cache_clear()


def test_the_sheet_is_kept_for_a_year_under_its_own_name(client):
    response = client.get(f"/css/{stylesheet.current().digest}.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    assert response.content.decode().startswith("@layer tokens, base, layout, components, utilities;")


def test_an_old_name_still_gets_a_sheet_but_nobody_keeps_it(client):
    response = client.get("/css/000000000000.css")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"


def test_it_cannot_be_posted_to(client):
    assert client.post("/css/000000000000.css").status_code == 405


def test_every_file_is_in_its_layer_once():
    text = stylesheet.current().text
    for layer in stylesheet.LAYERS:
        assert text.count(f"@layer {layer} {{") == 1
        for path in stylesheet.files(layer):
            assert path.read_text().strip() in re.sub(r'url\("/static/', 'url("../', text)
    listed = {path for layer in stylesheet.LAYERS for path in stylesheet.files(layer)}
    assert listed == set(stylesheet.CSS.rglob("*.css"))


def test_fonts_come_from_our_own_static_files():
    urls = re.findall(r'url\("([^"]+)"\)', stylesheet.current().text)
    assert len(urls) == 2
    assert all(url.startswith("/static/fonts/") and url.endswith(".woff2") for url in urls)


def test_braces_are_balanced_so_no_file_spills_into_the_next():
    for layer in stylesheet.LAYERS:
        for path in stylesheet.files(layer):
            text = path.read_text()
            assert text.count("{") == text.count("}"), path


def test_while_developing_a_change_of_a_file_is_seen(settings, tmp_path, monkeypatch):
    settings.DEBUG = True
    for name in ("tokens", "base", "layout", "utilities"):
        (tmp_path / f"{name}.css").write_text("")
    (tmp_path / "components").mkdir()
    card = tmp_path / "components" / "card.css"
    card.write_text(".a {}")
    monkeypatch.setattr(stylesheet, "CSS", tmp_path)
    before = stylesheet.current()
    card.write_text(".b {}")
    os.utime(card, (2e9, 2e9))
    assert stylesheet.current().digest != before.digest
    assert ".b" in stylesheet.current().text
