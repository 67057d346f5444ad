"""Charts of what L&D learn from quizzes and scenarios: SVG as text, made on the server from numbers. Pure functions, no
style attributes.

What a chart says is also in a table beside it; its label says it in one sentence.
"""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 260
LEFT, BOTTOM, TOP = 44, 30, 14


def _svg(body: str, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{body}</svg>'


def _text(x: float, y: float, words: object, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(str(words))}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, name: str) -> str:
    return f'<path class="{name}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def histogram(bars: Sequence[int], pass_mark: int, label: str) -> str:
    """Bars from 0 to 100 %, as high as they count, with a line at the pass mark."""
    most, floor, room = max(bars, default=0) or 1, HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    wide = (WIDTH - LEFT) / len(bars)
    parts = [_text(LEFT - 6, TOP + 5, most, "end"), _text(LEFT - 6, floor, 0, "end")]
    for at, count in enumerate(bars):
        high = room * count / most
        parts.append(
            f'<rect class="bar" x="{LEFT + wide * at + 2:.1f}" y="{floor - high:.1f}"'
            f' width="{wide - 4:.1f}" height="{high:.1f}"/>'
        )
        parts.append(_text(LEFT + wide * at, HEIGHT - 10, 100 * at // len(bars)))
    x = LEFT + (WIDTH - LEFT) * pass_mark / 100
    parts += [_line(LEFT, floor, WIDTH, floor, "axis"), _line(x, TOP, x, floor, "mark")]
    return _svg("".join(parts), label)


def scatter(dots: Sequence[tuple[int, float, float]], label: str) -> str:
    """(number, facility, discrimination): rightwards easier, upwards telling people apart better."""
    floor, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    lowest = min([0.0, *(dot[2] for dot in dots)])

    def up(value: float) -> float:
        return floor - room * (value - lowest) / (100 - lowest)

    def along(value: float) -> float:
        return LEFT + 12 + (WIDTH - LEFT - 24) * value / 100

    parts = [_line(LEFT, up(0), WIDTH, up(0), "axis"), _line(LEFT, TOP, LEFT, floor, "axis")]
    parts += [_text(along(value), HEIGHT - 10, value) for value in range(0, 101, 20)]
    parts += [_text(LEFT - 6, up(value) + 4, value, "end") for value in (0, 50, 100)]
    for number, facility, discrimination in dots:
        x, y = along(facility), up(discrimination)
        name = "dot weak" if discrimination < 0 else "dot"
        parts.append(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="10"/>{_text(x, y + 4, number)}')
    return _svg("".join(parts), label)


def bands(rows: Sequence[tuple[int, Sequence[int]]], label: str) -> str:
    """(turn, five percentiles from low to high) of a value from 0 to 100: two bands around a line."""
    floor, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    wide = (WIDTH - LEFT - 24) / max(len(rows) - 1, 1)

    def point(at: int, value: float) -> str:
        return f"{LEFT + 12 + wide * at:.1f} {floor - room * value / 100:.1f}"

    def edge(which: int) -> list[str]:
        return [point(at, values[which]) for at, (_turn, values) in enumerate(rows)]

    parts = [_line(LEFT, floor, WIDTH, floor, "axis"), _line(LEFT, TOP, LEFT, floor, "axis")]
    parts += [_text(LEFT - 6, floor - room * value / 100 + 4, value, "end") for value in (0, 50, 100)]
    parts += [_text(LEFT + 12 + wide * at, HEIGHT - 10, turn) for at, (turn, _values) in enumerate(rows)]
    for low, high in ((0, 4), (1, 3)):
        parts.append(f'<path class="band" d="M{"L".join([*edge(low), *edge(high)[::-1]])}Z"/>')
    parts.append(f'<path class="middle" d="M{"L".join(edge(2))}"/>')
    return _svg("".join(parts), label)
