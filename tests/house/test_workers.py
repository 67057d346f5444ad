"""Workers of pytest-xdist: tests that share what takes long to build are taken by one of them, and a browser that one
of them has opened is nothing to the tests that follow."""

import asyncio
import os
from types import SimpleNamespace

import pytest

from tests.conftest import pytest_runtest_protocol


@pytest.mark.xdist_group("seen")
def test_xdist_sees_the_groups_of_tests(request):
    """A version of pytest once kept the names of tests elsewhere: two servers were built, one database dropped the
    other, and nothing said why."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process takes all tests")
    assert request.node.nodeid.endswith("@seen")


@pytest.mark.parametrize(("asks", "is_left"), [(["page", "browser"], True), (["db", "ana"], False)])
def test_the_loop_of_a_browser_is_seen_by_tests_with_a_browser_alone(asks, is_left):
    """Django holds its connection by it: a transaction opened on one side of the mark was not seen on the other."""
    before, loop = asyncio._get_running_loop(), asyncio.new_event_loop()
    asyncio._set_running_loop(loop)
    try:
        around = pytest_runtest_protocol(SimpleNamespace(fixturenames=asks))
        next(around)
        assert (asyncio._get_running_loop() is loop) is is_left
        with pytest.raises(StopIteration):
            next(around)
        assert asyncio._get_running_loop() is loop
    finally:
        asyncio._set_running_loop(before)
        loop.close()
