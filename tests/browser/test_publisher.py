"""The course editor opens for L&D, and says what is missing."""


def test_the_publisher_is_told_which_facts_of_the_organisation_are_missing(tab):
    page = tab("publisher")
    page.goto("/my/")
    page.get_by_role("link", name="Course editor").click()
    warning = page.get_by_role("region", name="Facts of your organisation are missing")
    warning.get_by_role("link", name="Fill them in").click()
    page.wait_for_url("**/cms/settings/courses/sitefacts/**")


def test_an_employee_finds_nothing_at_the_address_of_the_course_editor(tab):
    page = tab("idle")
    answer = page.goto("/cms/")
    assert answer.status == 404
