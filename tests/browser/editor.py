"""Wagtail's page editor."""

from playwright.sync_api import Page

HAS_LOOKED = """() => window.wagtail?.app
  ?.getControllerForElementAndIdentifier(document.querySelector("[data-edit-form]"), "w-unsaved")?.initialFormData"""
LAST_LOOK = "() => new Promise((done) => setTimeout(done, 2000))"


def once_it_notices_changes(page: Page) -> None:
    """What differs from what stood in its form two seconds after it has loaded is a change to the editor: its preview,
    its checks and its autosave follow that alone. It may look a second time, which it has decided before the first
    look, so that this timer, begun after that one, ends after it."""
    page.wait_for_function(HAS_LOOKED)
    page.evaluate(LAST_LOOK)
