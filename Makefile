# All that one does with this repository. It needs Python 3.11 or newer, and make.

PYTHON ?= python3
# What to hand to pytest: make test ARGS='tests/conf -k alias'
ARGS ?=

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := .venv/ready
LOCK := requirements/ci.txt
CODE := $(wildcard src tests scripts benchmarks)

.PHONY: help run test check lint types shape format services lock clean

help: ## say what there is to make
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(READY) ## set up, and start a service worth looking at
	$(BIN)/piped -n -d examples/alive -c alive.yaml

test: $(READY) ## set up, bring up the servers that tests ask for, run all tests
	@# A server that is missing is named by the tests themselves.
	@$(BIN)/python scripts/services.py --asked-by tests || true
	$(BIN)/python -m pytest -q -n 2 $(ARGS)

check: lint types shape ## all that is checked without running the program

lint: $(READY) ## the rules of ruff, and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict
	$(BIN)/mypy $(CODE)

shape: $(READY) ## layers, cycles, lengths, names
	$(BIN)/python -m pytest -q -p no:randomly tests/test_shape.py

format: $(READY) ## bring the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

services: $(READY) ## bring up all servers that tests can use
	$(BIN)/python scripts/services.py

lock: ## choose the newest of all that is installed, and write it down
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet --editable '.[all]' --group dev
	@mkdir -p $(dir $(LOCK))
	{ echo '# What CI installs, exactly. Made by `make lock`; do not edit.'; \
	  build/lock/bin/python -m pip freeze --exclude-editable; } > build/lock/frozen
	mv build/lock/frozen $(LOCK)
	rm -rf build/lock

clean: ## remove all that was made here
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis _trial_temp
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# Made again when what is to be installed has changed; the stamp is written last.
$(READY): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "piped needs Python 3.11 or newer, this is %d.%d: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || { \
	  echo "Making .venv with $$($(PYTHON) --version)"; $(PYTHON) -m venv --clear .venv; }
	@echo "Installing $$(grep -c == $(LOCK)) packages, as $(LOCK) has them"
	@# Without pip's remarks about the machine's own settings; its errors are shown.
	@$(PIP) install --requirement $(LOCK) 2> >(sed -u '/^WARNING: /d' >&2) \
	  | sed -un 's/^Collecting \([^ ]*\).*/  \1/p'
	@# hatchling is in the lock: nothing that is not in it is fetched.
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
