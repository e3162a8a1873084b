# Everything starts from a Python of 3.10 or newer with venv; nothing else has to be installed.
#   make demo    colour a sample drawing with the embedded model (light runtime, no PyTorch)
#   make test    lint, types, import rules and all tests
#   make zip     the Krita plugin as dist/nurie-VERSION.zip, for Krita's "Import Python Plugin from File"
#   make release the wheel, its source, that zip, their SHA-256 sums and bill of materials in dist/; the same bytes each time
#   make lock    export/lock.json anew: what the plugin may download for its backend
#   make test-krita    the end-to-end tests alone, in the installed Krita; CASE=part of a name picks some of them
#   make test-kritas   the same in Krita 5.1, 5.2, 5.3 and 6.0 (root, debootstrap, 6 GB under build/)
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

PYTEST := $(BIN)/python -m pytest
CASE   ?= test
KRITAS ?= native trixie sid experimental

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo zip release lock test lint types imports unit plugin krita-here test-krita test-kritas coverage clean

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
$(VENV)/.release: $(VENV)/.light pyproject.toml
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --group release
	@touch $@

$(VENV)/.dev: $(VENV)/.release pyproject.toml
	$(PIP) install --quiet $(TORCH)
	$(PIP) install --quiet --editable '.[cpu,train,export,eval]' --group dev
	@touch $@

setup: $(VENV)/.light

setup-dev: $(VENV)/.dev

demo: setup
	@mkdir -p $(dir $(OUT))
	$(BIN)/nurie colorize $(SAMPLE)/sketch.webp --reference $(SAMPLE)/reference.webp --engine onnx --output $(OUT)
	@echo "The coloured drawing is $(abspath $(OUT))"

zip: $(VENV)/.release
	$(BIN)/python -m nurie_export.plugin_zip
	@echo "Krita imports the zip in $(abspath dist)"

release: $(VENV)/.release
	$(BIN)/python -m nurie_export.release

lock: $(VENV)/.release
	$(BIN)/python -m nurie_export.lock

test: krita-here lint types imports unit plugin coverage test-krita

lint: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	PYTHONPATH=plugin $(BIN)/lint-imports

# Each Qt binding has a process of its own, and everything else has one without either.
unit: setup-dev
	$(PYTEST) --cov --cov-report= -p no:pytest-qt --ignore tests/plugin --ignore tests/e2e

plugin: setup-dev
	PYTEST_QT_API=pyqt6 QT_QPA_PLATFORM=offscreen $(PYTEST) --cov --cov-append --cov-report= tests/plugin
	PYTEST_QT_API=pyqt5 QT_QPA_PLATFORM=offscreen $(PYTEST) --cov --cov-append --cov-report= tests/plugin

coverage: setup-dev
	$(BIN)/python -m coverage report

krita-here:
	tests/e2e/install.sh

test-krita: setup-dev krita-here
	$(PYTEST) -p no:pytest-qt -k '$(CASE)' tests/e2e

test-kritas: setup-dev krita-here
	tests/e2e/kritas.sh build/kritas
	NURIE_KRITAS='$(KRITAS)' $(PYTEST) -p no:pytest-qt -k '$(CASE)' tests/e2e; \
		code=$$?; $(BIN)/python tests/e2e/summary.py; exit $$code

clean:
	rm -rf $(VENV) out build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
