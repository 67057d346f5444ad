"""Every component in all its states on one page, for whoever draws or tests them. Served only while developing."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.drawing import MOODS
from lms.templatetags.ostoja import STATUSES

KEYS = [UUID(int=n * 7919) for n in range(1, 7)]
CUSTOMERS = [("Marta", "f"), ("Bruno", "m"), ("Ilze", "f"), ("Krzysztof", "m"), ("Zofia", "f"), ("Andris", "m")]
LINES = [
    {"who": "customer", "say": "To wszystko przez was! Trzeci raz dzwonię w tej samej sprawie!"},
    {"who": "agent", "say": "Trzeci telefon w tej samej sprawie, to naprawdę męczące. Zajmę się tym do końca."},
]
DIALOGUES = [
    {"variant": "bad", "setting": "At the counter", "turns": LINES, "comment": "The sigh took three seconds."},
    {"variant": "good", "setting": "", "turns": LINES, "comment": "The first sentence is about the customer."},
]


def _step(
    key: str, title: str, *, kind: str = "lesson", icon: str = "circle", wait: str = "", **more
) -> SimpleNamespace:
    facts = {
        "key": key,
        "title": title,
        "kind": SimpleNamespace(name=kind, icon=icon),
        "standing": SimpleNamespace(text=wait),
        "language": "en",
        "minutes": 4,
        "url": "#",
        "is_done": False,
        "is_next": False,
        "is_required": True,
    }
    return SimpleNamespace(**facts | more)


def _outline() -> SimpleNamespace:
    calm = [
        _step("a", "Why clients get angry", is_done=True),
        _step("b", "Calm first", is_done=True),
        _step("c", "It isn’t personal", is_next=True),
        _step("d", "Jak słuchać, żeby klient to poczuł", language="pl"),
        _step("e", "For team leaders", is_required=False),
    ]
    safe = [
        _step("f", "The parcel that never came", kind="scenario", icon="messages-square"),
        _step("g", "Final quiz, 10 questions", kind="quiz", icon="list-checks", wait="Next try tomorrow at 8:00"),
    ]
    return SimpleNamespace(
        title="Staying calm with upset clients",
        language="en",
        progress=SimpleNamespace(done=2, total=6),
        minutes_left=14,
        sittings_left=1,
        next_step=calm[2],
        continue_url="#",
        modules=[
            SimpleNamespace(title="Staying calm", language="en", steps=calm, done=2, total=4),
            SimpleNamespace(title="Keeping safe", language="en", steps=safe, done=0, total=2),
        ],
    )


def _hero(outline: SimpleNamespace, due_on: date) -> SimpleNamespace:
    enrolment = SimpleNamespace(key=KEYS[0], course_key=KEYS[0], started_at=due_on)
    return SimpleNamespace(
        enrolment=enrolment, outline=outline, due_on=due_on, reason="because you work at a customer desk"
    )


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    outline = _outline()
    context = {
        "today": today,
        "days": [today + timedelta(days=n) for n in (-14, -1, 0, 1, 4, 22, 90)],
        "soon": today + timedelta(days=4),
        "late": today - timedelta(days=3),
        "keys": KEYS,
        "states": list(STATUSES),
        "people": [{"name": name, "gender": gender, "look": ""} for name, gender in CUSTOMERS],
        "moods": list(MOODS),
        "lines": LINES,
        "dialogues": DIALOGUES,
        "outline": outline,
        "hero": _hero(outline, today + timedelta(days=4)),
        "errors": [{"field": "answer-1", "text": "Choose an answer before you go on."}],
        "levels": [55, 60, 72, 85],
        "levels_long": [50, 80, 50, 20, 35, 60, 20, 10],
    }
    return render(request, "lms/styleguide.html", context)
