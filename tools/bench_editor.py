"""How long the scenario editor takes to open, in Chromium, with 12, 40 and 60 scenes of three choices.

    python tools/bench_editor.py

Makes a demo of its own in a temporary folder and serves it as in production. Open means: every scene and choice can be
typed into, and the map stands beside them. Prints the seconds of each round; ends with 1 where 40 scenes take longer
than they may, or where the form has more fields than Django takes.
"""

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tools import chromium  # noqa: E402
from tools.serving import Browser, free_port, make_demo, serve  # noqa: E402

ROUNDS = 2
SCENES = (12, 40, 60)
ALLOWED = 10  # seconds for 40 scenes
FIELDS = "() => new Set([...document.querySelector('[data-edit-form]').elements].map(one => one.name)).size"
THERE = """([scenes]) => document.querySelectorAll('a[data-spot]').length > scenes
  && [...document.querySelectorAll('input')].filter(one => /^nodes-\\d+-value-key$/.test(one.name)).length > scenes"""


def script(scenes: int, language: str) -> str:
    lines = [f"scenario: {scenes} scenes", f"language: {language}", "role: r", "setting: s", "customer: Bruno"]
    for number in range(scenes):
        lines += [f"scene s{number}", f"  says: Line {number}"]
        for place in range(3):
            onward = f"s{number + place + 1}" if number + place + 1 < scenes else "done"
            lines += [f"  choice c{place} -> {onward}", "    text: I see.", "    then: He waits.", "    tension: -5"]
    return "\n".join([*lines, "ending done good", "  text: He nods."])


def written(scenes: int) -> str:
    """The editor of a draft with so many scenes."""
    from django.urls import reverse

    from assessments.scenarios import actions
    from assessments.scenarios.formats import script as text
    from assessments.scenarios.models import ScenarioPage, drafts
    from people.models import User

    page = ScenarioPage.objects.filter(locale__language_code="pl").order_by("path")[0]
    draft = page.get_latest_revision_as_object()
    actions.save_draft(
        page=page,
        document=text.read(script(scenes, "pl")).document,
        shown=drafts.digest(drafts.document_of(draft)),
        by=User.objects.filter(is_superuser=False).first(),
    )
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def seconds_to_open(page: Page, url: str, scenes: int) -> float:
    begin = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(THERE, arg=[scenes], timeout=120_000)
    return time.perf_counter() - begin


def main() -> int:
    executable = chromium.find()
    if executable is None:
        print("There is no Chromium here.")
        return 1
    port = free_port()
    too_slow = False
    with tempfile.TemporaryDirectory(prefix="ostoja-editor-") as folder, sync_playwright() as playwright:
        demo, env = make_demo(Path(folder), port)
        person = next(row for row in demo["people"] if row["role"] == "publisher")
        with serve("lms.wsgi:application", port, env, "--threads", "2"):
            cookies = logged_in(port, person)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1600, "height": 900})
            url = f"http://127.0.0.1:{port}"
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
            page = context.new_page()
            for scenes in SCENES:
                path = in_django(env, scenes)
                times = [seconds_to_open(page, url + path, scenes) for _round in range(ROUNDS)]
                count = page.evaluate(FIELDS)
                too_slow |= (scenes == 40 and min(times) > ALLOWED) or count > 10_000
                print(f"{scenes} scenes, {count} fields: {', '.join(f'{one:.1f} s' for one in times)}", flush=True)
            browser.close()
    return int(too_slow)


def logged_in(port: int, person: dict) -> dict[str, str]:
    browser = Browser(port)
    browser.log_in(person["email"], person["password"])
    return browser.cookies


def in_django(env: dict[str, str], scenes: int) -> str:
    """In a process of its own: Playwright's loop and Django's ORM do not share one."""
    import subprocess

    code = f"from tools.bench_editor import written; print(written({scenes}))"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
