# `make` lists the commands. uv is fetched into .venv-tools when it is not installed.

SHELL := /bin/sh
UV := $(shell command -v uv 2>/dev/null || echo .venv-tools/bin/uv)
PYTHON := .venv/bin/python
# Neither another project's environment nor a download of another Python.
unexport VIRTUAL_ENV
export UV_PYTHON_DOWNLOADS := never

.PHONY: help demo test thorough browser check fmt docs bench bench-scrub soak claims

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: .venv/.installed  ## render a service, break it, and show the error as it arrived
	$(PYTHON) demo.py

test: .venv/.installed  ## render every answer and check what comes out
	$(PYTHON) -m pytest --numprocesses auto --dist loadgroup

thorough: .venv/.installed  ## before a release: every route of updates, own tests of every three answers
	$(PYTHON) -m pytest -m thorough --numprocesses auto --dist loadgroup

browser: .venv/.installed  ## drive the pages of rendered services in Chromium
	$(PYTHON) -m pytest -m browser

check: .venv/.installed  ## format, lint and types of this repository, without the tests
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

fmt: .venv/.installed  ## format and mend what can be mended
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

claims: .venv/.installed  ## write what the last runs of the tests showed into docs/updates.md
	$(PYTHON) -m tests.ledger

docs: .venv/.installed  ## write the reference from the sources and build the documentation into site/
	$(PYTHON) -m reference
	.venv/bin/zensical build --strict

bench: .venv/.installed  ## measure the rendered service side by side with its peers; writes docs/speed.md
	$(PYTHON) -m benchmarks --write docs/speed.md
	$(PYTHON) benchmarks/scrub.py

soak: .venv/.installed  ## load a service while Sentry is well, slow and away (MINUTES=10, needs wrk)
	$(PYTHON) -m benchmarks.soak --minutes $(or $(MINUTES),10)

bench-scrub: .venv/.installed  ## measure the privacy door alone, next to json.dumps
	$(PYTHON) benchmarks/scrub.py

.venv/.installed: pyproject.toml tests/constraints.txt | $(UV)
	@echo "Installing the tools of the template into .venv ..."
	@$(UV) venv --quiet --allow-existing .venv
	@$(UV) pip install --quiet --python .venv --group dev --constraint tests/constraints.txt --compile-bytecode
	@touch $@

.venv-tools/bin/uv:
	@echo "Fetching uv into .venv-tools ..."
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; python3 is %d.%d." % sys.version_info[:2])'
	@python3 -m venv .venv-tools
	@.venv-tools/bin/pip install --quiet --disable-pip-version-check uv
