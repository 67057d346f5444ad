"""What is measured of a page is asked until it stands: the CMS puts its menu up, and aside, after a page has loaded or
its window has another width, and what is beside it moves meanwhile."""

from collections.abc import Callable

from playwright.sync_api import Page

LOOKS = 900  # one every tenth of a second: the machine may be busy


def at_last(page: Page, measured: Callable[[], bool]) -> bool:
    for _look in range(LOOKS):
        if measured():
            return True
        page.wait_for_timeout(100)
    return False
