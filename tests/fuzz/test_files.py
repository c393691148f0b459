"""Whatever is in a file that a user hands in: it is read, or refused by one line; it never runs and never explodes.

``SKYEDGE_FUZZ_EXAMPLES=1000`` tries more; ``make fuzz`` searches for long, guided by coverage.
"""

import json
import os
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import ROOT
from tests.fuzz.bombs import BOMBS
from tests.fuzz.kinds import TARGETS
from tests.fuzz.targets import check

EXAMPLES = int(os.environ.get("SKYEDGE_FUZZ_EXAMPLES", "15"))
SECONDS = 20  # of the processor, for a bomb; most take none


@pytest.mark.parametrize("name", TARGETS)
def test_valid_files_are_read(name):
    target = TARGETS[name]
    assert all(check(target, content) for content in target.seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_files_made_wrong_are_read_or_refused_in_one_line(name):
    target = TARGETS[name]
    seeds = target.seeds()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 3))
    def holds(seed, changes):
        random = Random(seed)
        content = random.choice(seeds)
        for _ in range(changes):
            content = target.mutate(content, random)
        check(target, content)

    holds()


@pytest.fixture(scope="module")
def outcomes():
    """What became of the bombs, in a process with a limit on memory."""
    command = [sys.executable, "-m", "tests.fuzz.bombs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (outcome, seconds) for name, outcome, seconds, _ in lines}, done.stderr


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_without_much_memory_or_time(name, outcomes):
    found, errors = outcomes
    assert name in found, errors[-2000:]
    outcome, seconds = found[name]
    assert outcome == "refused", outcome
    assert seconds < SECONDS
