import pytest

from tests.faults.disks import Disk, mounted


@pytest.fixture
def disk(tmp_path):
    """A disk of 8 MB."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as root:
        yield Disk(root)
