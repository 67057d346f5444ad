"""The auditor's task as a newcomer would do it: from the register to a pack that a script checks without our software,
in English and in Polish; and axe-core on each of the auditor's pages."""

import re
import subprocess
import sys
import zipfile

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from courses import actions as courses
from courses.reports import shown_step
from lms.proof import tasks
from lms.proof.models import EvidencePack, PackForm
from tests.browser.test_axe import assert_accessible
from tests.browser.test_staff import private_folder, speaks  # noqa: F401
from tests.factories import enrol, make_course

pytestmark = pytest.mark.slow


@pytest.fixture
def finished(live_server, teams, ana, private_folder):  # noqa: F811
    """Ana has finished a course, and nobody drew her certificate yet."""
    course = make_course(lessons=1)
    enrolment = courses.start(enrolment=enrol(ana, course))
    courses.complete_step(enrolment=enrolment, version=shown_step(enrolment, course.step_keys[0], "en").version)
    return enrolment


@pytest.mark.parametrize("language", ["en", "pl"])
def test_an_auditor_takes_the_proof_of_one_person_along_and_checks_it(
    finished, ana, auditor, page_for, language, tmp_path
):
    speaks(auditor, language)
    with translation.override(language):
        words = {
            "register": gettext("Register"),
            "name": gettext("Name or e-mail"),
            "show": gettext("Show the list"),
            "pack": str(PackForm.EVIDENCE.label),
            "again": gettext("Look again"),
            "download": gettext("Download the pack"),
            "packs": gettext("Your packs"),
        }
    page = page_for(auditor, javascript=False)
    page.goto("/my/")
    page.get_by_role("navigation").first.get_by_role("link", name=words["register"]).click()
    page.get_by_label(words["name"]).fill("nowak")
    page.get_by_role("button", name=words["show"]).click()
    page.get_by_role("button", name=words["pack"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("rowheader").get_by_role("link", name=ana.name).click()
    page.get_by_role("button", name=words["pack"]).click()
    tasks.make_pack.func(str(EvidencePack.objects.get().key))  # the worker's part
    page.get_by_role("link", name=words["again"]).click()
    seal = page.get_by_text(re.compile("^[0-9a-f]{64}$")).inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name=words["download"]).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path / "pack")
    checked = subprocess.run([sys.executable, "-I", tmp_path / "pack" / "verify.py", "--seal", seal], check=False)
    assert checked.returncode == 0
    page.get_by_role("link", name=words["packs"]).click()
    expect(page.get_by_role("row").filter(has_text=ana.name)).to_have_count(1)


@pytest.mark.parametrize("address", ["register", "refused", "nothing", "packs", "waits", "ready", "why"])
def test_axe_finds_nothing_on_a_page_of_an_auditor(finished, ana, auditor, page_for, address):
    page = page_for(auditor)
    page.goto(f"/register/?person={ana.key}")
    if address in ("packs", "waits", "ready"):
        page.get_by_role("button", name="Evidence pack").click()
    if address == "ready":
        tasks.make_pack.func(str(EvidencePack.objects.get().key))
        page.reload()
    elif address != "waits":
        named = {"refused": "/register/?since=never", "nothing": "/register/?name=nobody", "register": "/register/"}
        named |= {"packs": reverse("evidence-packs"), "why": reverse("why", args=[finished.key])}
        page.goto(named[address])
    assert_accessible(page)
