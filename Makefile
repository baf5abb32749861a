# On a machine with Python 3.11+, git and make, `make demo` and `make test` are the only commands anyone needs:
# each sets up .venv by itself when it is missing or no longer matches the pyproject files and constraints.txt.

VENV  := .venv
PY    := $(VENV)/bin/python
STAMP := $(VENV)/.installed
DISTS := . plugins/mock plugins/quickbooks plugins/xero
EXTRAS_quickbooks := [sandbox]

# Yours to set: PYTHON=/path/to/python, ARGS="-k queue" (test, demo, bench, torture), WORKERS=4 (test), KILLS=500 (torture).
PYTHON  ?=
ARGS    ?=
WORKERS ?= auto
KILLS   ?= 5000

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format bench torture screenshots clean

help:
	@echo "make demo     the main job from nothing, on mock books"
	@echo "make test     all tests                        (ARGS='-k queue' for some)"
	@echo "make lint     ruff, mypy, import-linter"
	@echo "make format   let ruff lay out the code"
	@echo "make bench    how fast, beside the floor and other queues; memory; lists of a million"
	@echo "make torture  kill it 5,000 times              (KILLS=500 for fewer; ARGS='--seed 7')"
	@echo "make screenshots  every page of the web page, into docs/screenshots"
	@echo "make setup    only create .venv; the others do it by themselves"
	@echo "make clean    remove what builds and tools left behind"

setup: $(STAMP)

demo: $(STAMP)
	@$(VENV)/bin/hub demo $(ARGS)

test: $(STAMP)
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: $(STAMP)
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

bench: $(STAMP)
	@$(PY) -m benchmarks $(ARGS)

torture: $(STAMP)
	@$(PY) -W ignore -m tests.integration.kills.torture --kills $(KILLS) $(ARGS)

screenshots: $(STAMP)
	@mkdir -p docs/screenshots
	@HUB_SCREENSHOTS=docs/screenshots $(PY) -m pytest -q -n 0 tests/e2e/web/test_tour.py -k any_screen

clean:
	rm -rf build dist plugins/*/build plugins/*/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(STAMP): constraints.txt $(addsuffix /pyproject.toml,$(DISTS)) | $(PY)
	@echo "Installing into $(VENV) (about a minute the first time)..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -e '.[dev,postgres]' $(foreach dist,$(filter-out .,$(DISTS)),-e '$(dist)$(EXTRAS_$(notdir $(dist)))')
	@touch $@

# The first Python that is new enough and can make virtual environments; one clear sentence when there is none.
$(PY):
	@new= ; usable= ; \
	for candidate in $(if $(PYTHON),'$(PYTHON)',python3.13 python3.12 python3.11 python3); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  new="$${new:-$$candidate}"; \
	  "$$candidate" -c 'import venv, ensurepip' 2>/dev/null || continue; \
	  usable="$$candidate"; break; \
	done; \
	if [ -z "$$new" ]; then \
	  echo "Accounting Hub needs Python 3.11 or newer, and none was found: install it, or name it with 'make PYTHON=/path/to/python'." >&2; exit 1; \
	elif [ -z "$$usable" ]; then \
	  echo "$$new lacks the venv module: install it (on Debian and Ubuntu the package python3-venv), then run make again." >&2; exit 1; \
	fi; \
	"$$usable" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
