"""Disks that are full or cannot be written: real file systems, mounted for a test."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def mount(*arguments: object) -> None:
    """Mount, or skip the test where that is not allowed."""
    run = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"needs to mount a file system: {run.stderr.strip()}")


@contextlib.contextmanager
def mounted(path: Path, *arguments: object) -> Iterator[Path]:
    path.mkdir(exist_ok=True)
    mount(*arguments, path)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Let nobody write below a folder during the block."""
    with mounted(path, "--bind", path):
        mount("-o", "remount,ro,bind", path)
        yield


class Disk:
    """A small disk, of which a ballast takes what is to be missing."""

    def __init__(self, root: Path) -> None:
        self.root, self._ballast = root, root / "ballast"

    def leave(self, free_bytes: int) -> None:
        """Fill it but for so much."""
        self.clear()
        with self._ballast.open("wb", buffering=0) as file:
            with contextlib.suppress(OSError):  # the last piece does not fit
                while file.write(bytes(4096)) == 4096:
                    pass
            file.truncate(max(0, file.tell() - free_bytes))

    def clear(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)

    def content(self) -> dict[Path, bytes]:
        """Return every other file."""
        files = [path for path in self.root.rglob("*") if path.is_file() and path != self._ballast]
        return {path: path.read_bytes() for path in files}
