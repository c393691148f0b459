#!/usr/bin/env bash
# A wheel in a new virtual environment with the locked versions, used from a folder elsewhere:
#     tests/fresh_wheel.sh dist/skyedge-0.1.0-py3-none-any.whl
set -euo pipefail
wheel=$(realpath "$1")
lock=$(realpath "$(dirname "$0")/../requirements.lock")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export TMPDIR=$room
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/pip" install --quiet --constraint "$lock" "$wheel"
"$room/venv/bin/pip" check
mkdir "$room/work"
cd "$room/work"
PATH=$room/venv/bin:$PATH
cat > small.toml <<'TOML'
name = "small"
scenarios = [{ base = "paper" }]
solvers = ["greedy", "relaxed-minlp", "ad-sac"]
instances = 1
seconds = 20
cell_seconds = 60
memory_gb = 4
TOML
skyedge --version
skyedge generate paper -o day.npz
skyedge show day.npz
skyedge solve greedy day.npz -o plan.npz
skyedge score day.npz plan.npz
skyedge benchmark small.toml -j 2
test -f skyedge-runs/small/report.html
python -c 'from skyedge.problem import Scenario, generate; print(generate(Scenario.preset("tiny"), 0).id)'
