# Everything starts from a Python of 3.10 or newer with venv; nothing else has to be installed.
#   make demo    colour a sample drawing with the embedded model (light runtime, no PyTorch)
#   make test    lint, types, import rules and all tests
#   make setup   what both begin with: .venv with the light runtime; .venv/bin/nurie works afterwards

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

# Pinned and installed by itself, before anything may ask for "some torch" and get the build with CUDA, gigabytes more.
# Elsewhere: make test TORCH='torch==2.13.0 --index-url ADDRESS-OF-A-CPU-BUILD-INDEX'
TORCH  ?= torch==2.13.0

SAMPLE ?= resources/samples/princess
OUT    ?= out/demo.png

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test lint types imports unit clean

help:
	@sed -n 's/^#   //p' Makefile

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Nurie needs Python 3.10 or newer; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.light: $(VENV)/.made pyproject.toml
	$(PIP) install --quiet --no-compile --editable '.[cpu]'
	@touch $@

# --group needs a pip of 25.1 or newer.
$(VENV)/.dev: $(VENV)/.light pyproject.toml
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet $(TORCH)
	$(PIP) install --quiet --editable '.[cpu,train,export,eval]' --group dev
	@touch $@

setup: $(VENV)/.light

setup-dev: $(VENV)/.dev

demo: setup
	@mkdir -p $(dir $(OUT))
	$(BIN)/nurie colorize $(SAMPLE)/sketch.webp --reference $(SAMPLE)/reference.webp --engine onnx --output $(OUT)
	@echo "The coloured drawing is $(abspath $(OUT))"

test: lint types imports unit

lint: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

unit: setup-dev
	$(BIN)/python -m pytest --cov --cov-report=term

clean:
	rm -rf $(VENV) out .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
