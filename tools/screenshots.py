"""The pictures of the README, taken from the demo: a folder to write to, PNG of at most 150 kB each.

Works on a copy of the demo in VAR_DIR (where there is none, on a fresh one), so that starting a scenario for a picture
changes nobody's progress.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from courses.keys import pack_key  # noqa: E402
from tools import chromium  # noqa: E402
from tools.serving import free_port, manage, wait_for  # noqa: E402

SCENARIO = pack_key("calm-clear-safe", "SC-CALM-1")
LIMIT = 150_000
DESK, PHONE = (1280, 860), (360, 740)
COLOURS = (256, 128, 64, 32)  # fewer until the file is small enough


def my(page: Page) -> None:
    page.goto("/my/")


def where_they_stopped(page: Page) -> None:
    """The one button of My training."""
    page.locator(".next .go .btn").click()


def lesson(page: Page) -> None:
    where_they_stopped(page)
    page.evaluate("scrollTo(0, 0)")


def question(page: Page) -> None:
    where_they_stopped(page)
    page.locator("main input[type=radio], main input[type=checkbox]").nth(1).check()


def scenario(page: Page) -> None:
    """One turn in."""
    open_scenario(page)
    page.locator("form[action$='/run/'] button").click()
    page.locator("form[action$='/choose/'] button").first.click()


def debrief(page: Page) -> None:
    open_scenario(page)
    page.locator("a[href$='/debrief/']").first.click()
    page.locator("form[action$='/reflection/'] button").last.click()
    page.locator("#difference").evaluate("heading => scrollTo(0, heading.offsetTop - 90)")


def team(page: Page) -> None:
    page.goto("/team/")


def open_scenario(page: Page) -> None:
    course = page.locator("a[href^='/learn/']").first.get_attribute("href") or ""
    page.goto(f"/learn/{course.split('/')[2]}/{SCENARIO}/")


@dataclass(frozen=True)
class Shot:
    name: str
    who: str  # how demo.json speaks of this person
    language: str
    show: Callable[[Page], None]
    theme: str = "light"
    size: tuple[int, int] = DESK


SHOTS = (
    Shot("my-training", "in the middle of a lesson", "pl", my),
    Shot("lesson", "in the middle of a lesson", "pl", lesson),
    Shot("question", "in the middle of a quiz", "en", question),
    Shot("scenario", "reads Latvian", "lv", scenario),
    Shot("debrief", "with a valid certificate", "en", debrief),
    Shot("team-dark", "manager of a team with teams", "pl", team, theme="dark"),
    Shot("phone-dark", "in the middle of a lesson", "lv", my, theme="dark", size=PHONE),
)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the demo in this folder."""
    port = free_port()
    env = environment(folder, port)
    command = [sys.executable, "manage.py", "runserver", str(port), "--noreload"]
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def environment(folder: Path, port: int) -> dict[str, str]:
    env = os.environ | {"VAR_DIR": str(folder), "DEBUG": "1", "DEMO": "1", "PORT": str(port), "LOG_LEVEL": "ERROR"}
    for name in ("DATABASE_URL", "REDIS_URL", "EVIDENCE_HEAD", "PRIVATE_ROOT"):
        env.pop(name, None)
    return env


def copy_demo(folder: Path) -> None:
    source = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    if not all((source / name).exists() for name in ("demo.json", "ostoja.sqlite3")):
        manage(environment(folder, 8000), "demo")
        return
    with sqlite3.connect(source / "ostoja.sqlite3") as there, sqlite3.connect(folder / "ostoja.sqlite3") as here:
        there.backup(here)
    for name in ("demo.json", "evidence-head.json"):
        shutil.copy(source / name, folder)


def take(browser: Browser, url: str, person: dict, shot: Shot) -> bytes:
    width, height = shot.size
    page = browser.new_page(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=shot.theme,
        reduced_motion="reduce",
        locale=shot.language,
        device_scale_factor=2 if shot.size == PHONE else 1,
    )
    page.goto("/login/")
    page.locator("#id_username").fill(person["email"])
    page.locator("#id_password").fill(person["password"])
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/my/")
    if page.locator("html").get_attribute("lang") != shot.language:
        page.locator(f"button[name=language][value={shot.language}]").dispatch_event("click")
        page.wait_for_selector(f"html[lang={shot.language}]")
    shot.show(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    picture = page.screenshot()
    page.close()
    return picture


def small(picture: bytes) -> bytes:
    """With a palette of its own, and of as many colours as fit below the limit."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in COLOURS:
        file = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LIMIT:
            return file.getvalue()
    raise SystemExit(f"a picture has {file.tell()} bytes, the limit is {LIMIT}")


def main(target: Path, only: list[str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        copy_demo(folder)
        people = json.loads((folder / "demo.json").read_text())["people"]
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        with served(folder) as url:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=sandbox)
            for shot in SHOTS:
                if only and shot.name not in only:
                    continue
                person = next(each for each in people if shot.who in each["about"])
                data = small(take(browser, url, person, shot))
                (target / f"{shot.name}.png").write_bytes(data)
                print(f"{shot.name}.png  {len(data) // 1000} kB")
            browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("usage: tools/screenshots.py FOLDER [NAME …]")
    main(Path(sys.argv[1]), sys.argv[2:])
