import re

import pytest

from skyedge.problem import Scenario, evaluate, generate
from skyedge.results.campaign.record import read_rows
from skyedge.results.storage.store import unpack
from tests.results.report.conftest import PHONE

FIRST_TABLE = "table.sortable >> nth=0"


def column(page, title: str, table: str = FIRST_TABLE) -> list[str]:
    """Return the visible entries of a column, from top to bottom."""
    headers = page.locator(table).locator("thead th").all_inner_texts()
    place = [header.strip() for header in headers].index(title) + 1
    return page.locator(table).locator(f"tbody tr:visible > :nth-child({place})").all_inner_texts()


def slot_number(page) -> int:
    return int(re.search(r"Slot (\d+) of", page.locator("#slot-words").inner_text())[1])


def wait(page, happened) -> None:
    """Wait for something to happen; the page's policy forbids to evaluate strings in it again and again."""
    for _ in range(600):
        if happened():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen within 30 s")


def choose(page, select: str, words: str) -> None:
    """Choose the first option that begins with words."""
    options = page.locator(f"{select} option").all_inner_texts()
    page.select_option(select, index=next(n for n, text in enumerate(options) if text.startswith(words)))


def test_the_report_needs_no_network_and_says_nothing_on_the_console(visit):
    page = visit()
    assert page.title() == "small: skyedge report"
    assert page.locator("h1").inner_text() == "Campaign small"


@pytest.mark.parametrize("key", ["click", "Enter"])
def test_a_column_sorts_a_table_by_click_or_key_and_says_so(visit, key):
    page = visit()
    header = page.locator(FIRST_TABLE).locator("thead th", has_text="seconds")
    button = header.locator("button")
    directions = []
    for _ in range(2):
        button.click() if key == "click" else button.press(key)
        seconds = [float(text) for text in column(page, "seconds")]
        directions.append((header.get_attribute("aria-sort"), seconds == sorted(seconds)))
        assert seconds in (sorted(seconds), sorted(seconds, reverse=True))
    assert directions == [("ascending", True), ("descending", False)]
    others = page.locator(FIRST_TABLE).locator("thead th[aria-sort=none]").count()
    assert others == page.locator(FIRST_TABLE).locator("thead th").count() - 1


def test_what_has_no_value_sorts_last_in_both_directions(visit):
    page = visit()
    button = page.locator(FIRST_TABLE).locator("thead th button", has_text="gap %")
    for _ in range(2):
        button.click()
        assert column(page, "solver")[-1] == "bound"


def test_filters_leave_what_they_name(visit):
    page = visit()
    page.fill("#filter-text", "GREE")
    assert set(page.locator("table.sortable tbody tr:visible > th").all_inner_texts()) == {"greedy"}
    assert "of" in page.locator("#filter-count").inner_text()
    page.fill("#filter-text", "")
    page.select_option("#filter-information", "offline")
    assert set(page.locator("table.sortable tbody tr:visible > th").all_inner_texts()) == {"bound"}
    page.select_option("#filter-information", "")
    page.select_option("#filter-track", "plain")
    shown = page.locator(".sheet:visible").evaluate_all("(sheets) => sheets.map((sheet) => sheet.dataset.track)")
    assert set(shown) == {"plain"}
    page.select_option("#filter-track", "")
    page.select_option("#filter-scenario", "tiny")
    assert page.locator("#tables details.scenario:visible h3").all_inner_texts() == ["tiny"]
    assert page.locator("#certainty details.scenario:visible h3").all_inner_texts() == ["tiny"]


def test_the_tests_sort_and_filter_like_the_tables(visit):
    page = visit()
    page.click("nav a[href='#certainty']")
    assert page.locator("#certainty-title").inner_text() == "How sure is that?"
    sheets = page.locator("#certainty .sheet")
    ranks = "#certainty table.sortable >> nth=0"
    button = page.locator(ranks).locator("thead button", has_text="mean rank")
    for reverse in (False, True):
        button.click()
        found = [float(text) for text in column(page, "mean rank", ranks)]
        assert found == sorted(found, reverse=reverse)
    both = sheets.filter(visible=True).count()
    page.select_option("#filter-track", "plain")
    assert sheets.filter(visible=True).count() == both / 2
    page.fill("#filter-text", "kmeans")
    assert set(page.locator("#certainty tbody tr:visible > th").all_inner_texts()) == {"kmeans"}


def test_mean_ranks_are_drawn_for_every_table(visit):
    page = visit()
    figure = page.locator('figure[data-figure="ranks"]')
    tables = figure.locator("option").all_inner_texts()
    methods = {"paper, slots=12": 4, "tiny": 3, "all scenarios": 3}  # no policy is shipped for tiny
    assert tables == [f"{scenario}, track {track}" for scenario in methods for track in ("plain", "structured")]
    for title in tables:
        figure.locator("select").select_option(label=title)
        count = methods[title.rpartition(", track")[0]]
        assert figure.locator(".scatterlayer .trace .point").count() == count
        assert figure.locator(".scatterlayer .errorbar path").count() == count


def test_every_figure_is_drawn_and_a_legend_entry_hides_its_method(visit):
    page = visit()
    figures = page.locator("figure")
    assert figures.count() == page.locator("figure:has(svg.main-svg)").count() >= 4
    gaps = page.locator('figure[data-figure="gaps"]')
    lines = gaps.locator(".scatterlayer .trace")
    before = lines.count()
    entry = gaps.locator(".legend button", has_text="greedy")
    entry.press("Enter")
    assert entry.get_attribute("aria-pressed") == "false"
    assert lines.count() == before - 1


def test_the_replay_plays_pauses_and_ends(visit):
    page = visit()
    page.select_option("#speed", "0.5")  # slow, so that a busy machine does not miss the pause
    page.click("#play")
    wait(page, lambda: slot_number(page) >= 2)
    page.click("#play")
    paused = slot_number(page)
    page.wait_for_timeout(2500)
    assert slot_number(page) == paused
    page.select_option("#speed", "5")
    page.click("#play")
    wait(page, lambda: page.locator("#play").inner_text() == "Play")
    assert slot_number(page) == 12
    page.select_option("#speed", "0.5")
    page.click("#play")
    wait(page, lambda: slot_number(page) < 12)  # from the beginning again, from the next frame on


def test_keys_drive_the_replay(visit):
    page = visit()
    page.locator("#map").focus()
    steps = [("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 12), ("ArrowRight", 12), ("Home", 1)]
    for key, slot in steps:
        page.keyboard.press(key)
        assert slot_number(page) == slot
    page.select_option("#speed", "0.5")
    page.locator("#map").focus()
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Pause"
    wait(page, lambda: slot_number(page) >= 2)
    page.keyboard.press("Space")
    assert page.locator("#play").inner_text() == "Play"
    page.locator("#slot").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert slot_number(page) == 2, "the slider moves by its own keys"


def test_the_replay_tells_what_the_evaluator_says_of_the_stored_decision(visit, run):
    rows = read_rows(run)
    one = rows[(rows["solver"] == "random") & (rows["scenario"] == "tiny") & (rows["instance_seed"] == 2)].iloc[0]
    score = evaluate(generate(Scenario.preset("tiny"), 2), unpack(one["decision"]))
    page = visit()
    choose(page, "#play-instance", "tiny, instance 2")
    choose(page, "#play-method", "random")
    for slot in range(len(score.active)):
        served, asked = score.served[slot].sum(), score.active[slot].sum()
        words = page.locator("#slot-words").inner_text()
        assert f"{served} of {asked} requests served, cost {score.slot_cost[slot]:.2f};" in words
        page.click("#forth")
    assert f"of {score.cost:.1f}." in words


def test_a_failed_task_names_the_constraint_that_it_broke(visit):
    page = visit()
    choose(page, "#play-method", "random")
    failed = page.locator("#tasks tr.bad td:nth-child(3)").all_inner_texts()
    assert failed
    assert all(re.match(r"C[1-6] \w+", outcome) for outcome in failed)
    assert page.locator("#map path.failed").count() == len(failed)


def test_with_reduced_motion_the_replay_jumps_from_slot_to_slot(visit):
    page = visit(reduced_motion="reduce")
    page.evaluate("""() => {
        window.seen = new Set();
        const uav = () => document.querySelector("#map .coverage").getAttribute("cx");
        new MutationObserver(() => window.seen.add(uav())).observe(document.getElementById("map"), { childList: true });
    }""")
    page.select_option("#speed", "5")
    page.click("#play")
    wait(page, lambda: page.locator("#play").inner_text() == "Play")
    assert 1 <= page.evaluate("window.seen.size") <= 12


def test_colours_follow_the_system_until_the_button_says_otherwise(visit):
    page = visit(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    light = page.evaluate(ground)
    assert dark != light
    assert page.locator("#theme").inner_text() == "Dark"
    page.click("#theme")
    assert page.evaluate(ground) == dark
    assert visit(color_scheme="light").evaluate(ground) == light


CONTRAST = """() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const ground = channels(getComputedStyle(one).backgroundColor);
            if (ground.length === 3 || ground[3] === 1) return ground;
        }
    };
    const poor = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const hidden = !element.checkVisibility() || element.closest("svg, script, noscript, option");
        if (hidden || !walker.currentNode.data.trim()) continue;
        const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
    }
    return poor;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_aa_asks_for(visit, theme):
    page = visit(color_scheme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    choose(page, "#play-method", "random")
    assert page.evaluate(CONTRAST) == []


def test_nothing_is_wider_than_a_phone_but_tables_in_their_boxes(visit):
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    box = page.locator(".sheet .scroll").first
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")


def test_every_control_is_reached_by_tab_and_shows_that_it_has_the_focus(visit):
    page = visit()
    seen, hidden = set(), []
    for _ in range(400):
        page.keyboard.press("Tab")
        name, outline = page.evaluate("""() => {
            const one = document.activeElement;
            return [one.id || one.outerHTML.slice(0, 80), getComputedStyle(one).outlineStyle];
        }""")
        if name in seen and name == "theme":
            break
        seen.add(name)
        if outline == "none" and not name.startswith("<body"):
            hidden.append(name)
    assert {"theme", "filter-text", "filter-track", "map", "play", "slot", "play-method", "speed"} <= seen
    assert hidden == []


def test_every_control_has_a_name(visit):
    page = visit()
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, select, input")].filter((one) =>
        !one.ariaLabel && !one.textContent.trim() && !one.labels?.length).map((one) => one.outerHTML)""")
    assert nameless == []
