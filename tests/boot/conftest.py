"""The package is built once for a worker."""

import pytest
from boot_bench import package


@pytest.fixture(scope="session")
def deb(tmp_path_factory):
    return package(tmp_path_factory.mktemp("deb"))
