"""Boxes to tick among many: the chosen ones on top, all others in a list that opens, as deep as they lie, with a search
field where there is a script. Without one everything can be ticked all the same."""

from collections.abc import Collection, Sequence
from operator import sub
from typing import Any, NamedTuple

from django import forms
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FEW = 8  # so many need neither opening nor search


class Choice(NamedTuple):
    """above: the names of those it lies below, the topmost first."""

    value: str
    label: str
    above: tuple[str, ...] = ()


class Ticks(forms.SelectMultiple):
    rows: Sequence[Choice] = ()

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        chosen = set(value or ())
        context = {
            "name": name,
            "id": (attrs or {}).get("id", name),
            "chosen": [row for row in self.rows if row.value in chosen],
            "count": len(self.rows) - len(chosen),
            "is_long": len(self.rows) > FEW,
            "tree": _tree(name, self.rows, chosen),
        }
        return render_to_string("training/staff/ticks.html", context)


class TicksField(forms.MultipleChoiceField):
    widget = Ticks

    def offer(self, rows: Sequence[Choice]) -> None:
        self.choices = [(row.value, row.label) for row in rows]
        assert isinstance(self.widget, Ticks)
        self.widget.rows = rows


def _tree(name: str, rows: Sequence[Choice], chosen: Collection[str]) -> SafeString:
    """Lists in lists; what is chosen is only named here, since its box stands above. By hand: a template takes ten
    times as long for two thousand teams."""
    pieces: list[str] = []
    box = f'<label><input type="checkbox" name="{escape(name)}" value="'
    depths = [len(row.above) for row in rows]
    for row, deeper in zip(rows, map(sub, [*depths[1:], 0], depths), strict=True):
        label = escape(row.label)
        pieces.append("<li>")
        pieces.append(label if row.value in chosen else f'{box}{escape(row.value)}">{label}</label>')
        pieces.append("<ul>" if deeper > 0 else "</li>" + "</ul></li>" * -deeper)
    return mark_safe("".join(pieces))  # nosec B308 B703: tags of ours, and each text escaped
