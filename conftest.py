"""Read before Django's settings: the environment every test runs in, whatever the developer's own environment says."""

import os
import re
import shutil
import tempfile

from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

# A folder of its own for each process: evidence heads, certificates and uploads of tests never meet anybody's data.
VAR_DIR = tempfile.mkdtemp(prefix="ostoja-test-")
os.environ |= {
    "DEBUG": "1",  # the development defaults; pytest-django then runs with settings.DEBUG = False
    "VAR_DIR": VAR_DIR,
    "MEDIA_ROOT": os.path.join(VAR_DIR, "media"),
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps an event loop in the thread that also uses the ORM
    "LOG_LEVEL": "WARNING",
    "DJANGO_SETTINGS_MODULE": "lms.settings",
}
for name in ("DEMO", "EMAIL_URL", "BASE_URL", "PORT", "EVIDENCE_HEAD", "PRIVATE_ROOT", "SEAL_PKCS12"):
    os.environ.pop(name, None)
if os.environ.get("REDIS_URL"):
    # Each process empties its cache before a test: a Redis database for each.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = re.sub(r"/\d+$", "", os.environ["REDIS_URL"]) + f"/{worker}"

import django  # noqa: E402  the environment comes first

django.setup()
django.conf.settings.DEBUG = False  # addresses and pages are production's, from the first import on
# pytest-xdist's processes inherit this environment; they, too, must come by here before settings are read.
del os.environ["DJANGO_SETTINGS_MODULE"]

# ci: the same examples in every run and on every machine. explore: new ones, for an evening's search. mutation: few of
# them, without shrinking what fails, for tools/mutate.py runs each test hundreds of times and asks only yes or no.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis_settings.register_profile(
    "mutation", derandomize=True, deadline=None, max_examples=15, phases=[Phase.explicit, Phase.generate]
)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_unconfigure():
    shutil.rmtree(VAR_DIR, ignore_errors=True)
