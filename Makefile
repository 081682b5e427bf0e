# make demo     set up what is missing, start a running province, print its address        (PORT=9000, HOST=…)
# make test     set up what is missing, run every test                                     (ARGS="-k consent")
# make lint     every check that reads instead of runs
# make bench    build a province and measure it; SCALE=1 is 300,000 firms                    (SCALE=0.1 ARGS="-k ingest")
# The rest: setup, demo-reset, coverage, lock, clean.

SHELL := /bin/bash
PORT ?= 8000
HOST ?= 127.0.0.1
SCALE ?= 0.1
PYTHON ?= $(shell bin/find-python)
BIN := .venv/bin
STEP := bin/step
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup site dev system browser demo demo-reset test coverage lint bench lock clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -5

setup: site dev browser

# What the site needs to run.
site: .venv/.site node_modules/.ready system
	@$(BIN)/python -m portal.frontend
	@$(BIN)/python -m portal.catalogues

# What tests and linters need besides.
dev: .venv/.dev

system:
	@bin/system-packages site

browser:
	@bin/system-packages browser

.venv/.python:
	@$(STEP) "virtual environment" bin/make-venv $(PYTHON)
	@touch $@

.venv/.site: requirements.txt .venv/.python
	@$(STEP) "Python packages of the site" $(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.site
	@$(STEP) "Python packages of tests and linters" $(PIP) -r requirements-dev.txt
	@touch $@

.venv/.node: requirements-node.txt .venv/.python
	@bin/has-node || $(STEP) "Node.js (the machine has none of version 18 or newer)" $(PIP) -r requirements-node.txt
	@touch $@

node_modules/.ready: package.json package-lock.json .npmrc .venv/.node
	@$(STEP) "front-end packages" bin/npm ci
	@touch $@

demo: site
	@exec $(BIN)/python -m portal.supervisor demo --host $(HOST) --port $(PORT)

demo-reset: site
	@$(BIN)/python -m portal.supervisor reset
	@exec $(BIN)/python -m portal.supervisor demo --host $(HOST) --port $(PORT)

test: site dev browser
	@$(BIN)/pytest -n auto --dist worksteal -m "not bench" $(ARGS)

coverage: site dev browser
	@mkdir -p var/coverage
	@$(BIN)/pytest -n auto --dist worksteal -m "not bench" --cov --cov-report=term --cov-report=html:var/coverage/html $(ARGS)

bench: site dev
	@SCALE=$(SCALE) $(BIN)/pytest -m bench -p no:randomly -s tests/bench $(ARGS)

lint: site dev
	@bin/lint

lock:
	@bin/lock $(PYTHON) $(if $(UPGRADE),--upgrade)

# Everything that `make setup` can make again. The data of the demo stays; `make demo-reset` is for that.
clean:
	@if [ -x $(BIN)/python ]; then STATION_VAR=var/test $(BIN)/python -m portal.embedded stop; fi
	@rm -rf .venv node_modules var/frontend var/static var/test var/test-results var/coverage var/lock
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path "./var/*" -prune -exec rm -rf {} +
