"""What every refusal looks like: one clear line, and exit status 2."""

import sys

import pytest

from skyedge.cli import main


def run(monkeypatch, capsys, *arguments):
    """Run the command line; return its exit status and its lines on stderr."""
    monkeypatch.setattr(sys, "argv", ["skyedge", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code, capsys.readouterr().err.strip().split("\n")


def assert_refused(outcome, message):
    status, lines = outcome
    assert status == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("skyedge: error: ")
    assert message in lines[0]
