"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest

FLOORS = {"problem", "solvers", "rl", "results"}


@pytest.fixture(scope="session", autouse=True)
def one_copy_of_every_class() -> Iterator[None]:
    """Fail where a floor was imported by its folder's name, from the checkout's root: its classes are other ones."""
    yield
    assert not FLOORS & set(sys.modules), "import it from skyedge"
