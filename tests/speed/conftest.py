"""A table of ratios, measured in one run, at the end of `make speed`."""

import pytest

ROWS = pytest.StashKey[list[tuple[str, str]]]()


def pytest_configure(config):
    config.stash[ROWS] = []


@pytest.fixture
def report(request):
    """Call it with what was measured and its value: a line of the final table."""
    return lambda what, value: request.config.stash[ROWS].append((what, value))


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if not rows:
        return
    width = max(len(what) for what, _ in rows)
    terminalreporter.section("speed")
    for what, value in rows:
        terminalreporter.write_line(f"{what:<{width}}  {value:>14}")
