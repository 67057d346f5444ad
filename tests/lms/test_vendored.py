"""Files of others are what their packages shipped, and say whose they are."""

import hashlib
import re
from pathlib import Path

import lms

LMS = Path(lms.__file__).parent
STATIC, ICONS = LMS / "static", LMS / "icons"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_fonts_are_the_ones_named_with_their_licence():
    named = dict(re.findall(r"^\| (fonts/\S+) \|.*\| ([0-9a-f]{64}) \|$", (STATIC / "VENDORED.md").read_text(), re.M))
    shipped = {f"fonts/{path.name}": sha256(path) for path in STATIC.glob("fonts/*.woff2")}
    assert named == shipped
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "OFL.txt").read_text()


def test_icons_are_the_ones_named_with_their_licence():
    named = {name: digest for digest, name in map(str.split, (ICONS / "SHA256SUMS").read_text().splitlines())}
    assert named == {path.name: sha256(path) for path in ICONS.glob("*.svg")}
    assert "ISC License" in (ICONS / "LICENSE").read_text()
