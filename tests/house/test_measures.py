"""The rules of the house."""

from pathlib import Path

import pytest

from tests import ROOT, tracked
from tests.house import measures, picture

MOST_ENTRIES, LONGEST, LEAST_DOCUMENTED = 25, 350, 0.75


def test_every_folder_is_surveyed_at_a_glance():
    assert {folder: count for folder, count in measures.entries().items() if count > MOST_ENTRIES} == {}


def test_no_file_is_long():
    assert [source.path for source in measures.sources() if source.lines > LONGEST] == []


def test_no_modules_import_each_other_in_a_circle():
    assert measures.circles() == []


def test_a_file_name_stands_for_one_thing():
    assert measures.repeated_names() == []


def test_a_public_class_has_its_name_for_itself():
    assert measures.repeated_classes() == []


def test_functions_are_documented():
    assert measures.documented() >= LEAST_DOCUMENTED


def test_the_picture_shows_every_room():
    shown = {text.get_text() for text in picture.draw().axes[0].texts}
    rooms = {room.name.removeprefix("machinery/") for floor in measures.FLOORS for room in picture.rooms(floor)}
    assert rooms <= shown


PAGES = [name for name in tracked("docs", "README.md", "CONTRIBUTING.md") if name.endswith(".md")]


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_no_module_of_before(page):
    old = ("from problem ", "from solvers ", "from rl ", "from results ", "import rl\n", "python -m solvers")
    text = (ROOT / page).read_text(encoding="utf-8")
    assert Path(page).name == "upgrading.md" or not [name for name in old if name in text]
