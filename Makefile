# Every word that people and CI type. `make demo` and `make test` are the two to know.
PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.installed-run
DEMO := .venv/.installed-demo
DEV := .venv/.installed-dev

# `make soak` runs these one after the other; `make soak PART=kills` runs one.
PARTS := kills order accounts door processes outage properties
# Python writes down what it has compiled, whatever the shell says: the second run of the tests begins seconds sooner.
export PYTHONDONTWRITEBYTECODE :=
# The order of the tests follows from SEED: by default each commit has one of its own, so that a red run can be had again.
export SEED ?= $(shell printf '%d' 0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 1))

.PHONY: demo quick test calendar soak coverage check bench lock browser format install picture

install: $(RUN)

demo: $(DEMO)
	$(BIN)/python -m bot demo

quick: $(DEV)
	LANE=quick $(BIN)/python -m pytest -n auto -m quick $(PYTEST_ARGS)

test: $(DEV) browser
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

calendar: $(DEV)
	$(BIN)/python -m tests.calendar

soak: $(DEV)
	@for part in $(or $(PART),$(PARTS)); do \
	  echo "make soak PART=$$part"; \
	  LANE=soak $(BIN)/python -m pytest -n 2 -m $$part -rP $(PYTEST_ARGS) || exit 1; \
	done

coverage: $(DEV) browser
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python -m bench

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: $(DEV)
	$(BIN)/python -m tests.browser

picture: $(DEV) browser
	$(BIN)/python -m tests.picture

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" $(LOCK_ARGS) --group build pyproject.toml

lock: $(DEV)
	$(LOCK) -o requirements/run.txt
	$(LOCK) --extra demo -o requirements/demo.txt
	$(LOCK) --extra demo --group dev -o requirements/dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "You need Python 3.11 or newer. Name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv

define install
	@echo "Installing $< into .venv (once; this takes a minute or two)"
	$(BIN)/python -m pip install --quiet --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
endef

$(RUN): requirements/run.txt pyproject.toml | .venv/bin/python
	$(install)
	@touch $(RUN)

$(DEMO): requirements/demo.txt pyproject.toml | .venv/bin/python
	$(install)
	@touch $(RUN) $(DEMO)

$(DEV): requirements/dev.txt pyproject.toml | .venv/bin/python
	$(install)
	@touch $(RUN) $(DEMO) $(DEV)
