# Each target is what the README and .ci/run call, word for word.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
HOME_DIR ?= exitwatch-home

.PHONY: help install demo test bench studies lint serve notebooks kenya docs lock clean

help: ## Say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "exitwatch needs Python 3.11 or newer; set PYTHON=python3.12 or the like")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

install: $(STAMP) ## Make .venv and install exitwatch from the lock

demo: $(STAMP) ## Simulate an MFI, train, write this week's lists
	$(BIN)/exitwatch demo --dir exitwatch-demo

test: $(STAMP) ## Run the tests
	$(BIN)/pytest -q -n 2 --dist loadscope --no-loadscope-reorder

lint: $(STAMP) ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## Speed and memory beside what a user would use instead
	$(BIN)/python -m tests.bench

studies: $(STAMP) ## Long statistical checks over many seeds
	$(BIN)/pytest -q -m study --override-ini 'addopts=--strict-markers --import-mode=importlib' tests/studies

serve: $(STAMP) ## Serve the lists of exitwatch-demo on this machine
	$(BIN)/exitwatch serve --home exitwatch-demo/home

notebooks: $(STAMP) ## Run every notebook and keep its output
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb

kenya: $(STAMP) ## Check, backtest, score and list on the Kenyan book, where its data is ($$EXITWATCH_DATA)
	$(BIN)/python -m tests.studies.kenya

docs: $(STAMP) ## Write the generated manual pages
	$(BIN)/exitwatch manual docs

lock: ## Compile requirements.lock again, without any index address
	$(BIN)/uv pip compile --quiet --all-extras --generate-hashes --no-emit-index-url --no-header --no-annotate --universal --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## Remove what the other targets made
	rm -rf .venv exitwatch-home exitwatch-demo dist build
