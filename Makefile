# make demo, make test: everything else here serves these two, or a developer of this repository.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Byte code is compiled at installation: MLflow's server starts in half the time.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1
# uv reads its own settings only: let it use the machine's certificates and pip's index, where one is set.
export UV_SYSTEM_CERTS := 1
export UV_NO_PROGRESS := 1

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KIT := PYTHONPATH=tests $(BIN)/python -m kit
PACKAGES := shared/drone-plugin shared/model-chain plugins/secret-scan plugins/build-image plugins/databricks-train
EXAMPLE := examples/digits/pyproject.toml
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-package drone-plugin --no-emit-package model-chain --custom-compile-command "make lock"

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

$(VENV)/.ready: requirements-tools.txt requirements-dev.txt $(PACKAGES:=/pyproject.toml)
	@tests/setup.sh "$(PYTHON)" "$(VENV)" $(PACKAGES)
	@touch $@

.PHONY: demo
demo: $(VENV)/.ready ## take two commits of the example through its pipeline; the second one trains
	@PYTHONPATH=tests $(BIN)/python -m kit.demo

.PHONY: lock
lock: $(VENV)/.ready ## resolve every requirement file anew
	$(LOCK) requirements-tools.in -o requirements-tools.txt
	$(LOCK) shared/requirements-build.in -o shared/requirements-build.txt
	for plugin in plugins/*; do $(LOCK) $$plugin/pyproject.toml -o $$plugin/requirements.txt; done
	$(LOCK) $(EXAMPLE) --group $(EXAMPLE):build -o examples/digits/requirements.txt
	$(LOCK) $(EXAMPLE) --group $(EXAMPLE):dev -c examples/digits/requirements.txt -o examples/digits/requirements-dev.txt
	$(LOCK) shared/*/pyproject.toml plugins/*/pyproject.toml --group dev -o requirements-dev.txt

.PHONY: lint
lint: $(VENV)/.ready ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.ready ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: unit
unit: $(VENV)/.ready ## the tests that need no Docker engine
	$(BIN)/pytest -m "not container and not e2e"

.PHONY: test
test: lint $(VENV)/.ready ## lint, types, unit, contract, container and end-to-end tests
	$(BIN)/pytest

.PHONY: bench
bench: $(VENV)/.ready ## measure: every figure is a ratio of two things timed in turns
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.bench

.PHONY: bench-scan
bench-scan: $(VENV)/.ready ## measure secret-scan beside other scanners, and show that its prefilter loses nothing
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.scan

.PHONY: faults
faults: $(VENV)/.ready ## put every fault in a training's way, through the built image, and print the table
	@$(BIN)/pytest -q tests/e2e/test_faults.py; cat .build/faults.txt

.PHONY: engine
engine: $(VENV)/.ready ## start a private Docker engine where none answers, and say what to export
	@$(KIT) engine start

.PHONY: engine-stop
engine-stop: $(VENV)/.ready ## stop that private engine; its images and data are kept
	@$(KIT) engine stop

.PHONY: images
images: $(VENV)/.ready ## build the plugin images and print their sizes
	@$(KIT) images

.PHONY: publish
publish: $(VENV)/.ready ## push a release: make publish REGISTRY=host/name VERSION=1.2.3 (REGISTRY_USERNAME, _PASSWORD)
	@# The shell's variables, not make's: a tag's name is data.
	@$(KIT) publish --registry "$${REGISTRY:-}" --version "$${VERSION:-}" \
		--source "$${DRONE_REPO_LINK:-}" --revision "$${DRONE_COMMIT:-$$(git rev-parse HEAD)}"
