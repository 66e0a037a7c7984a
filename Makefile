# `make help` lists what there is. Needs Python 3.11 or newer and make; everything else goes into .venv, once.

# Left empty, the first of python3, python3.13, python3.12 and python3.11 that is new enough is taken.
PYTHON ?=
# Where to serve; left empty, NORTHFLANK_EMULATOR_HOST and _PORT count, else 127.0.0.1:8080. PORT=0 takes a free port.
HOST ?=
PORT ?=
# Passed on: `make test ARGS='-k name'`, `make serve ARGS='--rate-limit enforce'`, `make lock ARGS=--upgrade`.
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
TOOLS := .venv-tools
SOURCES := emulator tests requirements

PIP_INSTALL = -m pip install --quiet --quiet --disable-pip-version-check --no-input
LOCKED = $(PIP_INSTALL) --require-hashes --requirement

# $(call new_venv,folder,names of interpreters to try): makes the folder or says why not.
define new_venv
@found=; \
for name in $(2); do \
  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "Python 3.11 or newer is needed; tried: $(2) ($$(python3 --version 2>&1 || true))." >&2; \
  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
  exit 1; \
fi; \
echo "Setting up $(1) with $$("$$found" --version) ..."; \
rm -rf $(1); \
if ! "$$found" -m venv $(1); then \
  rm -rf $(1); \
  echo "$$found cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; \
  exit 1; \
fi
endef

.DEFAULT_GOAL := help
.PHONY: help setup serve test test-oldest check format bench bench-peers build lock clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Only set up .venv for development

serve: $(VENV)/.runtime ## Serve on 127.0.0.1:8080 (HOST=, PORT=0 for a free port, ARGS=)
	@exec $(BIN)/python -m emulator serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(ARGS)

test: $(VENV)/.dev ## Run the tests; coverage is measured when all of them run (ARGS= for some)
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--cov --numprocesses auto --dist worksteal)

test-oldest: $(OLDEST)/.dev ## Run the tests with the oldest supported dependencies
	$(OLDEST)/bin/python -m pytest --ignore=tests/packaging $(ARGS)

check: $(VENV)/.dev ## Lint, check the formatting, the types and the direction of imports
	$(BIN)/python -m ruff check $(SOURCES)
	$(BIN)/python -m ruff format --check $(SOURCES)
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest tests/test_imports.py --quiet --no-cov

format: $(VENV)/.dev ## Format the code and apply safe fixes
	$(BIN)/python -m ruff check --fix $(SOURCES)
	$(BIN)/python -m ruff format $(SOURCES)

bench: $(VENV)/.dev ## Measure speed against a bare server (needs wrk); the result goes into .bench/
	$(BIN)/python -m tests.benchmarks $(ARGS)

bench-peers: $(VENV)/.dev ## Install other mock servers into .peers/, and `make bench` measures them too (needs npm, java)
	$(BIN)/python -m tests.benchmarks.peers

build: $(VENV)/.dev ## Build the sdist and the wheel into dist/
	$(BIN)/python -m build --no-isolation

lock: $(TOOLS)/.uv ## Regenerate requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(TOOLS)/bin/python requirements/lock.py $(ARGS)

clean: ## Remove what the other targets made
	rm -rf .venv .venv-* build dist htmlcov .coverage .coverage.* .hypothesis .schemathesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .bench .peers
	find emulator tests requirements -name __pycache__ -prune -exec rm -rf {} +

# Stamps: each is made anew when what it stands for has changed.

$(VENV)/bin/python:
	$(call new_venv,$(VENV),$(or $(PYTHON),python3 python3.13 python3.12 python3.11))

$(VENV)/.runtime: requirements/runtime.txt $(VENV)/bin/python
	@$(BIN)/python $(LOCKED) $<
	@touch $@

# runtime.txt is a part of dev.txt, so this stands for both.
$(VENV)/.dev: requirements/dev.txt pyproject.toml $(VENV)/bin/python
	@echo "Installing what requirements/dev.txt locks into $(VENV) ..."
	@$(BIN)/python $(LOCKED) $<
	@$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@touch $(VENV)/.runtime $@

# The oldest dependencies go with the oldest Python, where there is one.
$(OLDEST)/bin/python:
	$(call new_venv,$(OLDEST),$(or $(PYTHON),python3.11 python3 python3.12 python3.13))

$(OLDEST)/.dev: requirements/oldest.txt pyproject.toml $(OLDEST)/bin/python
	@echo "Installing what requirements/oldest.txt locks into $(OLDEST) ..."
	@$(OLDEST)/bin/python $(LOCKED) $<
	@$(OLDEST)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(TOOLS)/bin/python:
	$(call new_venv,$(TOOLS),$(or $(PYTHON),python3 python3.13 python3.12 python3.11))

$(TOOLS)/.uv: $(TOOLS)/bin/python
	@$(TOOLS)/bin/python $(PIP_INSTALL) 'uv>=0.9'
	@touch $@
