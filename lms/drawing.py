"""The one picture of the product, a wave that settles, and the faces of the scenarios: SVG as text, made on the server.

Pure functions: the same input gives the same picture in every language, on every machine. Shapes carry presentation
attributes or take `currentColor`, never a style attribute, which the content security policy would refuse.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from html import escape
from itertools import pairwise
from uuid import UUID

GOLD = "#F5B93F"
TIDE = "#5FA9B8"
PALETTES = (("#12303F", "#8FD0DC"), ("#17332B", "#8AD6A6"), ("#33261A", "#F2BF62"))  # ground and line of a course


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-0.", "-.").removesuffix("-0")


def _numbers(*values: float) -> str:
    return " ".join(_number(value) for value in values)


def _wave(x: float, y: float, half: float, heights: Iterable[float]) -> str:
    """A path of half waves, each `half` wide (negative: leftwards), swinging up and down by `heights`."""
    path, side, command = [f"M{_numbers(x, y)}"], -1, "c"
    for height in heights:
        lead = f"{_numbers(half * 0.36, side * height)} " if command == "c" else ""
        path.append(f"{command}{lead}{_numbers(half * 0.64, side * height, half, 0)}")
        side, command = -side, "s"  # s mirrors the last bend, so the line stays smooth where two half waves meet
    return "".join(path)


def _settling(first: float, decay: float, count: int) -> Iterator[float]:
    return (first * decay**n for n in range(count))


def _seed(key: UUID | str) -> bytes:
    return sha256(UUID(str(key)).bytes).digest()


def _svg(view: str, body: str, *, label: str = "", attributes: str = "") -> str:
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg viewBox="0 0 {view}" {spoken}{attributes}>{body}</svg>'


def logo() -> str:
    wave = "M4 17c1.6-11 3.6-11 5.2 0s3.4 8 4.8 0 3-4.6 4.2 0 2.4 2.2 3.6 0 3.4 0 6.2 0"
    return _svg(
        "32 32",
        '<rect width="32" height="32" rx="9" fill="#0B5568"/>'
        f'<path d="{wave}" fill="none" stroke="{GOLD}" stroke-width="2.4" stroke-linecap="round"/>',
    )


@lru_cache(maxsize=256)
def cover(key: UUID | str) -> str:
    """The wide cover of a course: agitated on the right, calm on the left, where the words stand."""
    seed = _seed(key)
    half, decay = 38 + seed[1] % 14, 0.855 + seed[2] % 40 / 1000
    _, accent = PALETTES[seed[0] % len(PALETTES)]
    lines = []
    for n in range(15):
        height = (26 + seed[3 + n] % 44) * (-1) ** n  # neighbours swing against each other
        colour = accent if seed[3 + n] % 3 == 0 else TIDE
        path = _wave(960, 30 * n, -half if n % 2 else half * -1.04, _settling(height, decay, int(960 / half) + 1))
        lines.append(f'<path d="{path}" stroke="{colour}" stroke-opacity="{0.2 + n * 0.03:.2f}"/>')
    return _svg(
        "960 420",
        f'<g fill="none" stroke-width="1.6">{"".join(lines)}</g>',
        attributes=' class="cover" preserveAspectRatio="xMaxYMid slice"',
    )


@lru_cache(maxsize=256)
def thumb(key: UUID | str) -> str:
    seed = _seed(key)
    ground, line = PALETTES[seed[0] % len(PALETTES)]
    half, decay = 6.4 + seed[1] % 24 / 10, 0.73 + seed[2] % 8 / 100
    lines = []
    for n in range(1, 8):
        height = (5 + seed[2 + n] % 45 / 10) * (-1) ** n
        path = _wave(-2, 8 * n, half, _settling(height, decay, int(68 / half) + 1))
        lines.append(f'<path d="{path}" stroke-opacity="{0.26 + n * 0.09:.2f}"/>')
    return _svg(
        "64 64",
        f'<rect width="64" height="64" fill="{ground}"/>'
        f'<g fill="none" stroke="{line}" stroke-width="1.7">{"".join(lines)}</g>',
    )


def _swing(level: float, room: float) -> float:
    """How far a tension of 0..100 swings in `room`; a bend's control points reach a third further than its line.

    The power makes high tension tower over middling tension, which a straight scale would not.
    """
    return (0.06 + 0.94 * (min(max(level, 0), 100) / 100) ** 1.6) * room * 4 / 3


def _between(levels: Sequence[float], per_turn: int) -> Iterator[float]:
    """Levels joined by straight ramps, `per_turn` half waves each; the first stretch is level."""
    for before, after in pairwise([levels[0], *levels]):
        yield from (before + (after - before) * (n + 1) / per_turn for n in range(per_turn))


def tension_wave(levels: Sequence[float]) -> str:
    """The meter above a scene: `levels` are the tension at the start and after each turn so far, the dot is now."""
    width, middle, per_turn = 900, 45, 6
    turn = min(140, 780 / len(levels))
    now = turn * len(levels)
    path = _wave(0, middle, turn / per_turn, (_swing(level, middle - 7) for level in _between(levels, per_turn)))
    still = 'vector-effect="non-scaling-stroke"'
    return _svg(
        f"{width} {2 * middle}",
        f'<g fill="none" stroke="currentColor" stroke-linecap="round"><path d="{path}" stroke-width="2.5" {still}/>'
        f'<path d="M{_numbers(now, middle)}H{width}" stroke-width="2" stroke-opacity=".35" stroke-dasharray="1 8"'
        f" {still}/>"
        # A line of no length with round ends is a dot that stays round however the drawing is stretched.
        f'<path d="M{_numbers(now, middle)}h0" stroke-width="12" {still}/></g>',
        attributes=' preserveAspectRatio="none"',
    )


def tension_curve(levels: Sequence[float]) -> str:
    """The debrief's drawing: one equal stretch a turn, as high as the tension after it; words stand below each."""
    width, middle, per_turn = 900, 75, 4
    turn = width / len(levels)
    heights = (_swing(level, middle - 8) for level in levels for _ in range(per_turn))
    still = 'vector-effect="non-scaling-stroke"'
    marks = "".join(f"M{_number(turn * n)} 8V142" for n in range(1, len(levels)))
    return _svg(
        f"{width} {2 * middle}",
        '<g fill="none" stroke="currentColor">'
        f'<path d="{marks or "M0 0"}" stroke-opacity=".3" stroke-dasharray="2 6" {still}/>'
        f'<path class="line" d="{_wave(0, middle, turn / per_turn, heights)}" stroke-width="3" {still}/></g>',
        attributes=' preserveAspectRatio="none"',
    )


# --- faces ---------------------------------------------------------------------------------------------------------
SKINS = (("#F2C9A1", "#DDB088"), ("#D9A273", "#BD8557"), ("#9C6843", "#7F5233"))
HAIRS = ("#33211B", "#7A4B22", "#565B61")
TOPS = ("#A12B2B", "#1D6240", "#87480A", "#5B6B86")
CROWN = "M27 55c-4-24 7-38 26-38s28 13 24 38c-2-9-6-15-13-19-12 4-24 4-31 3-3 4-5 9-6 16Z"
CROP = "M29 49c-3-20 7-32 24-32s25 12 22 32c-2-6-4-10-8-13-9 2-20 2-29-1-5 3-8 8-9 14Z"
BACK_HAIR = {
    "f": (
        "M52 15c22 0 31 15 30 36-.5 14 3 24 7 31H15c4-7 7.5-17 7-31-1-21 8-36 30-36Z",
        "M52 15c21 0 30 14 29 34-.4 10-1 17-5 22H28c-4-5-5-12-5-22-1-20 8-34 29-34Z",
        "M52 6c8 0 12 5 11 11h-22c-1-6 3-11 11-11Z",
    ),
    "m": ("", "", ""),
}
FRONT_HAIR = {"f": (CROWN, CROWN, CROP), "m": (CROP, CROP, "")}
BEARD = "M29 58c1 17 10 27 23 27s22-10 23-27c-4 7-9 9-14 8-6-2-12-2-18 0-5 1-10-1-14-8Z"
EYES = "M42 59h0M62 59h0"
MOODS = {  # brows, eyes, mouth
    "calm": ("M36 50c3-2 7-2 10-.5M68 50c-3-2-7-2-10-.5", EYES, "M45 74c4 2.5 10 2.5 14 0"),
    "irritated": ("M36 49.5l10 2M68 49.5l-10 2", EYES, "M45 75h14"),
    "angry": ("M36 48l10 5M68 48l-10 5", EYES, "M44 77c4-5 12-5 16 0"),
    "threatening": ("M35 50l12 6M69 50l-12 6", "M40 60h4M60 60h4", "M43 76l5-2 5 2 5-2 4 2"),
    "sad": ("M36 52l10-4M68 52l-10-4", EYES, "M46 77c3-3.5 9-3.5 12 0"),
    "relieved": (
        "M36 47c3-3 7-3 10-1M68 47c-3-3-7-3-10-1",
        "M39 60c2-3 4-3 6 0M59 60c2-3 4-3 6 0",
        "M44 73c4 5 12 5 16 0",
    ),
}


def _fill(path: str, colour: str) -> str:
    return f'<path d="{path}" fill="{colour}"/>' if path else ""


def _line(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round"/>'


def _person(name: str, gender: str, mood: str) -> str:
    seed = sha256(name.encode()).digest()
    skin, shade = SKINS[seed[0] % len(SKINS)]
    hair, style = HAIRS[seed[1] % len(HAIRS)], seed[2] % 3
    sex = gender if gender in BACK_HAIR else "fm"[seed[3] % 2]
    brows, eyes, mouth = MOODS[mood]
    return "".join(
        (
            _fill(BACK_HAIR[sex][style], hair),
            _fill("M44 76h16v18H44z", shade),
            _fill("M52 26c15 0 24 11 24 27S66 84 52 84 28 69 28 53s9-27 24-27Z", skin),
            _fill(BEARD, hair) if sex == "m" and style == 1 else "",
            _fill(FRONT_HAIR[sex][style], hair),
            _fill("M8 120c2-20 18-30 44-30s42 10 44 30Z", TOPS[seed[4] % len(TOPS)]),
            _line(brows, "#2B1C17", 3),
            _line(eyes, "#2B1C17", 3 if mood in ("threatening", "relieved") else 5.2),
            _line(mouth, "#7A2F27", 3),
        )
    )


def portrait(name: str, gender: str, mood: str, *, label: str = "") -> str:
    """A head and shoulders composed from parts; who it is comes from the name, the mood from brows, eyes and mouth."""
    waves = "".join(_wave(0, y, 10.4 if n % 2 else 11, _settling(9, 0.93, 11)) for n, y in enumerate(range(8, 120, 14)))
    return _svg(
        "104 120",
        '<rect width="104" height="120" fill="#16485A"/>'
        f'<path d="{waves}" fill="none" stroke="{TIDE}" stroke-opacity=".5" stroke-width="1.6"/>'
        f"{_person(name, gender, mood)}",
        label=label,
        attributes=' class="portrait"',
    )
