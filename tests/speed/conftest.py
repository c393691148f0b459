"""What `make speed` measures: tables at the end, and, if all of it went well, the page."""

import time
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_limits

from skyedge.problem.common import write_text
from skyedge.results.figures.style import write_image
from skyedge.results.storage.provenance import machine
from tests.speed import figures
from tests.speed.growth import number
from tests.speed.measure import PAPER, per_call_s, the_oracle
from tests.speed.page import Record, render
from tests.speed.solving import LIMIT_S

RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser):
    parser.addoption("--page", type=Path, help="write what was measured as a page, with figures beside it")


def pytest_configure(config):
    config.stash[RECORD] = Record()


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield


@pytest.fixture
def report(request):
    """Takes what was measured: `report.row(section, *cells)`, `report.growth(section, growth)`."""
    return request.config.stash[RECORD]


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    record = config.stash[RECORD]
    for section, rows in record.tables().items():
        terminalreporter.section(section)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
            terminalreporter.write_line("  ".join([row[0].ljust(widths[0]), *cells]))
    page = config.getoption("page")
    if page and exitstatus == pytest.ExitCode.OK:
        write(page, record)
        terminalreporter.write_line(f"written: {page}")
    elif page:
        terminalreporter.write_line(f"{page} stays as it was: not everything went well")


def write(page, record):
    """Write the page and its figures."""
    reference_ms = 1000 * per_call_s(the_oracle, 1.0) / PAPER.slots
    facts = {"machine": machine(), "date": time.strftime("%Y-%m-%d"), "limit_s": f"{LIMIT_S:.0f}"}
    text = render(record, **facts, reference_ms=number(reference_ms))
    write_text(page, text)
    write_image(figures.solvers(record), page.with_name(f"{page.stem}-solvers.png"))
    write_image(figures.updates(record), page.with_name(f"{page.stem}-updates.png"))
