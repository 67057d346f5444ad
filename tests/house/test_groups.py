"""Tests that share what takes long to build are taken by one worker: pytest and xdist have to agree about that."""

import os

import pytest


@pytest.mark.xdist_group("seen")
def test_xdist_sees_the_groups_of_tests(request):
    """A version of pytest once kept the names of tests elsewhere: two servers were built, one database dropped the
    other, and nothing said why."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process takes all tests")
    assert request.node.nodeid.endswith("@seen")
