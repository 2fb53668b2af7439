# Everything happens in .venv. It needs python3 (3.11 or newer) and nothing else; it is made again
# only when a pyproject.toml changes.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
SOURCES := vault_core storage_backends $(PLUGINS) tests conftest.py
PACKAGES := vault_core storage_backends $(foreach p,$(PLUGINS),parchemin_$(notdir $(p)))
PROJECTS := pyproject.toml $(addsuffix /pyproject.toml,$(PLUGINS)) .ci/install
export MYPYPATH := $(subst $(eval) ,:,$(PLUGINS))

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt types layers unit bench docs build clean

help: ## Say what there is to make
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

run: $(VENV)/.run ## Install, set up a demonstration institution, and serve it
	$(BIN)/parchemin demo $(ARGS)

test: lint types layers unit ## Run every check and every test

lint: $(VENV)/.test ## Look for mistakes and for unformatted code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/.test ## Format the code and mend what can be mended without thinking
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.test ## Check the types of the core, the backends and every plugin
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

layers: $(VENV)/.test ## Check that imports only go down
	$(BIN)/lint-imports

unit: $(VENV)/.test ## Run the tests, and measure what they cover
	$(BIN)/pytest --cov --cov-report=term:skip-covered $(ARGS)

bench: $(VENV)/.test ## Measure the server beside others; writes docs/performance.md
	$(BIN)/python -m tests.bench $(ARGS)

docs: $(VENV)/.test ## Write again what is generated in docs/
	$(BIN)/python -m tests.guards.pages

build: $(VENV)/.test ## Build the wheels of the core and of every plugin into dist/
	for project in . $(PLUGINS); do $(BIN)/python -m build --wheel --outdir dist $$project || exit 1; done

clean: ## Remove the environment and what was built
	rm -rf $(VENV) dist build .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache

# What `make run` needs, and what the tests need besides.
$(VENV)/.run: $(PROJECTS)
	@.ci/install $(PYTHON) $(VENV) "" $(PLUGINS)
	@touch $@

$(VENV)/.test: $(PROJECTS)
	@.ci/install $(PYTHON) $(VENV) "[test,dev]" $(PLUGINS)
	@touch $(VENV)/.run $@
