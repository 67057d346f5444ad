"""Every component in all its states on one page, for whoever draws or tests them. Served only while developing."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.drawing import MOODS
from lms.templatetags.ostoja import STATUSES

TODAY = date(2026, 11, 23)
KEYS = [UUID(int=n * 7919) for n in range(1, 7)]
CUSTOMERS = [("Marta", "f"), ("Bruno", "m"), ("Ilze", "f"), ("Krzysztof", "m"), ("Zofia", "f"), ("Andris", "m")]
TURNS = [
    {"said": "“Without the number I can’t help.”", "effect": "harder", "why": "She heard a closed door.", "try": "“I’ll look it up by your name.”", "source": "S001, Listening"},
    {"said": "“Three days is a long wait.”", "effect": "helped", "why": "You named the problem.\n\nYou asked for facts.", "try": "", "source": ""},
    {"said": "You went on typing.", "effect": "neutral", "why": "She waited.", "try": "", "source": ""},
]
DIALOGUE = [
    {"who": "customer", "say": "To wszystko przez was! Trzeci raz dzwonię w tej samej sprawie!"},
    {"who": "agent", "say": "Trzeci telefon w tej samej sprawie, to naprawdę męczące. Zajmę się tym do końca."},
]


def _outline() -> SimpleNamespace:
    def step(key: str, title: str, *, kind: str = "lesson", icon: str = "circle", done: bool = False, **more) -> SimpleNamespace:
        facts = {"is_next": False, "is_required": True, "language": "en", "minutes": 4, "url": "#", "standing": SimpleNamespace(text="")}
        named = SimpleNamespace(name=kind, icon=icon)
        return SimpleNamespace(**(facts | {"key": key, "title": title, "kind": named, "is_done": done} | more))

    calm = [
        step("a", "Why clients get angry", done=True),
        step("b", "Calm first", done=True),
        step("c", "It isn’t personal", is_next=True),
        step("d", "Jak słuchać, żeby klient to poczuł", language="pl"),
        step("e", "For team leaders", is_required=False),
        step("f", "The parcel that never came", kind="scenario", icon="messages-square"),
        step("g", "Final quiz, 10 questions", kind="quiz", icon="list-checks", standing=SimpleNamespace(text="Next try tomorrow at 8:00")),
    ]
    return SimpleNamespace(modules=[SimpleNamespace(title="Staying calm", language="en", steps=calm)])


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    days = [TODAY + timedelta(days=n) for n in (-14, -1, 0, 1, 4, 22, 90)]
    facts = [{"label": "Name", "value": "Anna Bērziņa"}, {"label": "Number", "value": "7KQ4M-2XT9R-DA5VJ-3C8PW", "code": True}]
    context = {
        "today": TODAY,
        "days": days,
        "soon": TODAY + timedelta(days=4),
        "late": TODAY - timedelta(days=3),
        "keys": KEYS,
        "states": list(STATUSES),
        "people": [{"name": name, "gender": gender, "look": ""} for name, gender in CUSTOMERS],
        "moods": list(MOODS),
        "turns": TURNS,
        "lines": DIALOGUE,
        "dialogues": [
            {"variant": "bad", "setting": "At the counter", "turns": DIALOGUE, "comment": "The sigh took three seconds."},
            {"variant": "good", "setting": "", "turns": DIALOGUE, "comment": "The first sentence is about the customer."},
        ],
        "outline": _outline(),
        "facts": facts,
        "errors": [{"field": "answer-1", "text": "Choose an answer before you go on."}],
        "levels": [55, 60, 72, 85],
        "levels_long": [50, 80, 50, 20, 35, 60, 20, 10],
        "say": ["“I see that this is annoying. Please tell me what happened.”", "“I’ll check it now.”"],
        "avoid": ["“Please calm down.”", "“I only work here.”"],
    }
    return render(request, "lms/styleguide.html", context)
