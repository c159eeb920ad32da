# `make demo` and `make test` work in an empty clone with nothing but Python and make.
PYTHON ?= python3
JOBS ?= auto

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
GENERATED := $(VENV)/.generated
FUZZED := $(VENV)/.fuzzed
RENDERED := $(VENV)/.rendered
APT := $(if $(filter 0,$(shell id -u)),,sudo )apt-get
MEASURED := $(VENV)/.measured

.DEFAULT_GOAL := help
.PHONY: help demo test check smoke codegen octave render fuzz bench docs format clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: $(INSTALLED)  ## install into .venv, differentiate a few expressions, check the shipped rules
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: $(DEVELOPED)  ## install with the development extras and run every test
	@$(BIN)/python -m pytest -q -n $(JOBS)

check: $(DEVELOPED)  ## format, lint, types, architecture, documents
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

smoke: $(DEVELOPED)  ## build the wheel, install it alone in a fresh environment, use it there
	@PYTHON="$(PYTHON)" BUILDER="$(BIN)/python" sh tests/smoke.sh

codegen: $(GENERATED) octave  ## install JAX, PyTorch and Octave, run generated code of every language against the oracle
	@$(BIN)/python -m pytest -q -n $(JOBS) --languages tests/languages

render: $(RENDERED)  ## install a browser and TeX, look at the pages of derivations on a phone, a desktop and paper
	@$(BIN)/python -m pytest -q -n $(JOBS) --render tests/render

fuzz: $(FUZZED)  ## the laws and hostile input on random examples, another set each time
	@$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=fuzz tests
	@$(BIN)/python -m tests.coverage_guided

bench: $(MEASURED)  ## time matdiff beside SymPy, JAX, PyTorch and tensorgrad, as ratios
	@$(BIN)/python benchmarks/run.py

docs: $(DEVELOPED)  ## write the generated pages anew
	@$(BIN)/python docs/generate.py

format: $(DEVELOPED)  ## format the source
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

clean:  ## remove everything that make made
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

octave:
	@command -v octave-cli >/dev/null || { echo "installing GNU Octave"; $(APT) update -qq; $(APT) install -qq -y --no-install-recommends octave; }

$(BIN)/python:
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml .ci/constraints.txt | $(BIN)/python
	@echo "installing matdiff into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e .
	@touch $@

$(DEVELOPED): pyproject.toml .ci/constraints.txt | $(BIN)/python
	@echo "installing matdiff and its development tools into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e '.[dev]'
	@touch $(INSTALLED) $@

$(GENERATED): $(DEVELOPED)
	@echo "installing JAX and PyTorch into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e '.[codegen]'
	@touch $@

$(RENDERED): $(DEVELOPED) tests/render/install.sh
	@sh tests/render/install.sh
	@echo "installing Playwright into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e '.[render]'
	@touch $@

$(MEASURED): $(DEVELOPED)
	@echo "installing what matdiff is measured beside into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e '.[bench]'
	@touch $@

# Atheris has wheels for some versions of Python only; without it the search by coverage is left out.
$(FUZZED): $(DEVELOPED)
	@echo "installing Atheris into $(VENV)"
	@$(PIP) install -c .ci/constraints.txt -e '.[fuzz]' || echo "Atheris cannot be installed here"
	@touch $@
