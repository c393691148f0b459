# Every target installs the locked environment first, so a fresh clone needs only Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install benchmark paper policies test test-all lint docs format speed lock clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "skyedge needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@echo "compiling the numerical loops (once)"
	@$(BIN)/python -m skyedge.solvers
	@touch $@

benchmark: install  ## compare the solvers on identical instances
	$(BIN)/skyedge benchmark quick -j 2

paper: install  ## the campaigns behind the paper's figures (75 min), or go on with them, and publish what came out
	$(BIN)/skyedge publish paper -j 2

policies: install  ## train the policies that are shipped (hours), or go on with it, and publish them
	$(BIN)/skyedge train-all paper -j 2 --publish

test: install
	$(BIN)/pytest -n 2 -m "not slow" --ignore tests/speed

test-all: install
	$(BIN)/pytest -n 2 --ignore tests/speed

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install  ## the documentation as a site; a link that leads nowhere is an error
	$(BIN)/sphinx-build -q -E -W --keep-going -c docs . docs/_build
	@echo "documentation: docs/_build/docs/index.html"

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: fuzz
fuzz: SECONDS ?= 600
fuzz: install  ## hostile files of every kind, SECONDS (600) of each, guided by coverage
	$(BIN)/pip install --quiet --no-deps 'atheris==3.0.0'
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

.PHONY: mutants coverage
mutants: install  ## change what computes the model in many small ways, one at a time: the tests have to notice 90 % (a quarter of an hour)
	$(BIN)/pip install --quiet --no-deps 'cosmic-ray==8.7.0' 'parso==0.8.7' 'stevedore==5.10.0' 'attrs==26.1.0'
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.mutants $(MODULES)

coverage: install  ## which statements the tests of `make test` run, by folder; then those of problem/ without numba
	$(BIN)/pip install --quiet --no-deps 'pytest-cov==7.1.0' 'coverage==7.17.5'
	$(BIN)/pytest -n 2 -m "not slow" --ignore tests/speed --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -n 2 --cov --cov-append --cov-report= tests/problem/physics tests/problem/scoring \
		$(foreach name,generation/test_fading generation/test_mobility constellations/test_circular_orbits,tests/problem/$(name).py)
	@rm -f .coverage.*  # what processes that tests kill have not written to the end
	@for part in problem solvers rl results src; do \
		printf '%-10s' $$part; $(BIN)/coverage report --include="$$part,$$part/*" | grep TOTAL; \
	done; printf '%-10s' all; $(BIN)/coverage report | grep TOTAL

speed: install  ## ratios of speed, measured in one run, and the page of them
	OMP_NUM_THREADS=1 $(BIN)/pytest tests/speed -vv --page docs/evidence/performance.md

.PHONY: wheel try-wheel
wheel: install  ## build dist/skyedge-*.whl, by way of a source distribution
	rm -rf build dist
	$(BIN)/python -c 'import setuptools.build_meta as backend; backend.build_sdist("dist")' > /dev/null
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist dist/skyedge-*.tar.gz

try-wheel: wheel  ## install the wheel into a new environment, and use it from a folder elsewhere
	PYTHON=$(PYTHON) tests/fresh_wheel.sh dist/skyedge-*.whl

lock:  ## resolve the ranges of pyproject.toml anew, for the oldest Python that it declares
	$(PYTHON) -m venv --clear .lock
	.lock/bin/pip install --quiet uv
	.lock/bin/uv pip compile --quiet --upgrade --python-version 3.11.0 --only-binary :all: --extra dev \
		--no-annotate --no-header --output-file .lock/resolved pyproject.toml
	sed 's/+cpu$$//' .lock/resolved > requirements.lock
	rm -rf .lock

.PHONY: lowest
lowest:  ## the tests, with the lowest versions that the ranges of pyproject.toml declare, in an environment of their own
	$(PYTHON) -m venv --clear .lowest
	.lowest/bin/pip install --quiet uv
	.lowest/bin/uv pip install --quiet --python .lowest --resolution lowest-direct --only-binary :all: --editable '.[dev]'
	NUMBA_CACHE_DIR=$(CURDIR)/.lowest/numba .lowest/bin/pytest -n 2 -m "not slow" --ignore tests/speed

clean:  ## remove the environment, caches and untracked results
	rm -rf $(VENV) .lock .lowest build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .mutants.jsonl .coverage results/runs docs/_build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
