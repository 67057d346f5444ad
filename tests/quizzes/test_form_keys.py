from uuid import UUID

from assessments.quizzes.rules import form_keys


def test_nothing_has_been_chosen_yet_on_a_new_page():
    assert {form_keys.new().hex[-4:] for _ in range(20)} == {"0000"}


def test_no_two_pages_begin_alike():
    assert len({form_keys.new().hex[:-4] for _ in range(20)}) == 20


def test_the_last_four_digits_count_what_was_chosen_on_one_page():
    page = UUID("11111111-2222-4333-8444-555555550000")
    third, last = UUID(int=page.int + 3), UUID("11111111-2222-4333-8444-55555555ffff")
    assert form_keys.last_of_page(page) == form_keys.last_of_page(third) == last
    assert form_keys.is_of_same_page(page, third)
    assert form_keys.is_later(third, than=page)
    assert not form_keys.is_later(page, than=third)
    assert not form_keys.is_later(page, than=page)


def test_what_was_chosen_on_another_page_is_neither_earlier_nor_later():
    page = UUID("11111111-2222-4333-8444-555555550000")
    other = UUID(int=form_keys.last_of_page(page).int + 1)
    assert not form_keys.is_of_same_page(page, other)
    assert not form_keys.is_later(other, than=page)
    assert not form_keys.is_later(page, than=other)
