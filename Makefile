# The two commands: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run test prove bench shots lint format ui browser lock

bin := .venv/bin
pytest := $(bin)/python -m pytest

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

setup: .venv/.ready ## Make .venv with everything that running, building and testing need.

.venv/.ready: requirements-dev.lock pyproject.toml tools/venv
	@PYTHON="$(PYTHON)" tools/venv

run: setup ui ## Set everything up and serve on http://127.0.0.1:8000 (Ctrl-C stops).
	@exec $(bin)/sanhuan serve

test: lint browser ## Run every check and every test, each proof small.
	@if [ -f ui/package.json ]; then cd ui && ../tools/node npm test; fi
	@SANHUAN_BROWSER="$$(tools/browser)" $(pytest) -n 2 --dist loadgroup

prove: setup ui browser ## Run the same proofs at their full numbers.
	@SANHUAN_PROVE=1 SANHUAN_BROWSER="$$(tools/browser)" $(pytest) -n 2 --dist loadgroup --durations 20

bench: setup ui ## Run the benchmarks and write docs/benchmarks.md.
	@$(bin)/python -m benchmarks

shots: setup ui browser ## Take pictures of every page into shots/.
	@SANHUAN_BROWSER="$$(tools/browser)" $(bin)/python tools/shots.py

lint: setup ui ## Check style, types and the direction of imports.
	@$(bin)/ruff check --quiet .
	@$(bin)/ruff format --quiet --check .
	@$(bin)/mypy
	@$(bin)/lint-imports
	@if [ -f ui/package.json ]; then cd ui && ../tools/node npm run lint; fi

format: setup ## Put the Python code into its one format.
	@$(bin)/ruff check --quiet --fix-only .
	@$(bin)/ruff format --quiet .

ui: setup ## Build the UI into ui/dist.
	@tools/ui build

browser: setup ## Find a Chromium and a Chinese font for the tests, or install them.
	@tools/browser
	@$(bin)/python tools/font.py

lock: ## Write the locks anew from requirements*.in (needs uv).
	@for name in requirements requirements-dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
			--no-emit-index-url --no-header $$name.in -o $$name.lock; \
	done
