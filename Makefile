# Groundplan. `make plan` and `make test` do everything on a fresh machine that has Python
# 3.11, 3.12 or 3.13 and can reach PyPI. Another Python: `make plan PYTHON=python3.12`.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
# Options for the command, e.g. make plan ARGS="--solver cbc", make test ARGS="-k roads".
ARGS ?=

BENCHMARKS := roads times agreement million plan map registers what_if frontier batch store

.DEFAULT_GOAL := help
.PHONY: help setup plan cases test lint format cover bench clean

help: ## Show this list
	@echo "make plan is the one to begin with: it plans the demonstration county."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  make plan ARGS="SCENARIO.yml --solver cbc" passes options on; PYTHON=python3.12 picks a Python.'

setup: $(READY) ## Create .venv with the pinned packages (the others do it when needed)

plan: $(READY) ## Plan the demonstration county and draw its map
	$(RUN) app.py plan $(ARGS)

cases: $(READY) ## Plan the published programmes; their figures beside ours
	$(RUN) app.py cases $(ARGS)

test: $(READY) ## Run every test
	$(RUN) -m pytest -n logical --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(READY) ## Check style, format, types and the direction of imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

format: $(READY) ## Put the code into the house format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

cover: $(READY) ## Run the tests and list lines and branches they never reach
	$(RUN) -m slipcover --branch --source . --omit '.venv/*,tests/*,benchmarks/*,data/*,runs/*,conftest.py' \
		-m pytest $(ARGS)

bench: $(READY) ## Run the benchmarks, one after another (minutes)
	@set -e; for name in $(BENCHMARKS); do \
		echo "== benchmarks/$$name.py"; $(RUN) benchmarks/$$name.py $(ARGS); done

clean: ## Remove .venv and the tools' caches (runs/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so a set-up that failed half-way is done again.
$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Groundplan needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is not one;" \
			"name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "no virtual environment could be made; on Debian or Ubuntu:" \
			"apt-get install python3-venv" >&2; exit 1; }
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@
