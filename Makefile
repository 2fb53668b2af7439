# Everything happens in .venv. It needs python3 (3.11 or newer) and nothing else; it is made again
# only when a pyproject.toml changes.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
SOURCES := vault_core storage_backends $(PLUGINS) tests conftest.py
PACKAGES := vault_core storage_backends $(foreach p,$(PLUGINS),parchemin_$(notdir $(p)))
# A file of tests stays in one process, for its tests share servers; more than four would want memory.
# Files go in their order: by the number of tests, those of one long test would come last, side by side
# with nothing.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PROJECTS := pyproject.toml $(addsuffix /pyproject.toml,$(PLUGINS)) .ci/install
# The extra `ldap` is compiled, so it is taken where OpenLDAP's headers are; else its tests skip.
COMMA    := ,
LDAP     := $(if $(wildcard /usr/include/ldap.h /usr/local/include/ldap.h),$(COMMA)ldap)
export MYPYPATH := $(subst $(eval) ,:,$(PLUGINS))

.DEFAULT_GOAL := help
.PHONY: help run test lint fmt types layers unit unit-cluster bench docs build clean

help: ## Say what there is to make
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

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
	$(BIN)/pytest $(PARALLEL) --cov --cov-report=term:skip-covered $(ARGS)

# Everything that touches a store once more, on a real PostgreSQL and a real SeaweedFS. What is left out
# and why: tests/once.py, and the tests marked one_machine.
unit-cluster: $(VENV)/.test ## Run the tests of everything stored on PostgreSQL and S3
	PARCHEMIN_TESTS_STORES=cluster $(BIN)/pytest $(PARALLEL) $(ARGS)

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
	@.ci/install $(PYTHON) $(VENV) "[test,dev$(LDAP)]" $(PLUGINS)
	@touch $(VENV)/.run $@
