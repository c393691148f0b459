"""A campaign that really ran, its report, and a browser without a network to open it in."""

import shutil
from pathlib import Path

import pytest

from tests.results.command_line import skyedge

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE_MS = 200_000  # a busy machine may take that long; how fast the report is, is no matter of these tests
CAMPAIGN = """
name = "small"
solvers = ["random", "greedy", "kmeans", "bound", "ppo[track=plain]", "ppo[track=structured]"]
instances = 2
seconds = 1
cell_seconds = 60
memory_gb = 4
[[scenarios]]
base = "paper"
slots = 12
[[scenarios]]
base = "tiny"
instances = 3
"""


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """The folder of a campaign that ``skyedge benchmark`` has run."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "small.toml").write_text(CAMPAIGN)
    done = skyedge("benchmark", "small.toml", "-o", "out", cwd=folder, timeout_s=290)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "report: out/report.html"
    return folder / "out"


@pytest.fixture(scope="session")
def browser():
    """Chromium, for all tests that look at the report."""
    if CHROMIUM is None:
        pytest.skip("no chromium on the path: install Debian's package chromium to test the report in a browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, run):
    """Open the report; what it asks of the network, and every complaint, fails the test."""
    contexts, wrong = [], []

    def open_report(viewport=LAPTOP, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        context.set_offline(True)
        context.set_default_timeout(PATIENCE_MS)
        address = (run / "report.html").as_uri()

        def only_the_file(route):
            asked = route.request.url
            if asked.split("#")[0] != address:
                wrong.append(f"request for {asked}")
                route.abort()
            else:
                route.continue_()

        context.route("**/*", only_the_file)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.goto(address)
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert wrong == []
