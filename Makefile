# Two commands to begin with, `make demo` and `make test`; each sets up all it needs, and `make` lists the rest.
# Variables: PYTHON=python3.12 (which Python makes .venv), CHECK=1 (the demo checks its own figures).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
MEMBERS := core webforms scheduler demo $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

.PHONY: help demo test check bench soak docs lock

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(STAMPS)/running ## an invented council with four past quarters, served on this machine
	@demo/run $(BIN) $(CHECK)

test: $(STAMPS)/test ## run every test, on the system packages the tests need
	scripts/system-packages requirements/system.txt
	$(BIN)/pytest

check: $(STAMPS)/test ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMPS)/test ## measure the speed goals as ratios; fails when one is missed
	@status=0; for bench in tests/bench/*.py; do $(BIN)/python "$$bench" || status=1; done; exit $$status

soak: $(STAMPS)/test ## kill what writes to the record, hundreds of times, and look at what is left
	$(BIN)/python tests/record/faults.py

docs: $(STAMPS)/running ## write the reference pages from the code
	$(BIN)/python scripts/reference.py

lock: $(STAMPS)/venv ## resolve the three lock files together, afresh
	scripts/lock $(BIN)

$(STAMPS)/venv: scripts/make-venv
	scripts/make-venv $(VENV)
	@mkdir -p $(@D) && touch $@

$(STAMPS)/running: requirements.lock $(MEMBERS:%=%/pyproject.toml) $(STAMPS)/venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

$(STAMPS)/test: requirements-test.lock $(STAMPS)/running
	$(BIN)/pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@
