"""A plugin of pytest for `make mutate`: leaves out every test that touches the database, itself or by its fixtures."""

NEEDS = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if NEEDS & set(item.fixturenames) or item.get_closest_marker("django_db")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
