# make report: build report/review.html     make test: check the tables, the library and the notebooks, quickly
# make slow-test: what kills writers, breaks disks, starts kernels, builds pages and workbooks, or draws at random
# make browser-test: the pages in Chromium   make scale-test: large tables on DuckDB, polars, Dask and Spark (needs Java)
# make long-test: that no page is ever stale (minutes)    make pythons: the quick tests on Python 3.11 to 3.14
# make mutants: changes of the rules that tests must notice
# make notebooks: run the notebooks again    make lab: open the notebooks (and trust them, or JupyterLab shows no chart)
PYTHON ?= python3
BIN := .venv/bin

report: $(BIN)/evidence
	$(BIN)/evidence report

test: $(BIN)/evidence
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/evidence check data
	$(BIN)/frictionless validate data/datapackage.json
	$(BIN)/mypy
	$(BIN)/pytest -rs -n auto --dist worksteal -m "not slow and not long and not browser"
	$(BIN)/pytest -n auto --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval-sanitize.cfg notebooks

slow-test: $(BIN)/evidence
	$(BIN)/pytest -rs -n auto --dist worksteal -m "slow and not browser"

browser-test: $(BIN)/playwright
	$(BIN)/pytest -rs -n 2 --dist loadscope tests/browser

scale-test: $(BIN)/spark-submit
	EVIDENCE_SCALE=1 $(BIN)/pytest -rs -n 2 --dist loadfile tests/test_frames.py tests/test_engines.py

long-test: $(BIN)/evidence
	$(BIN)/pytest -rs -n auto -m long tests

notebooks: $(BIN)/evidence
	$(BIN)/evidence run

lab: $(BIN)/evidence
	$(BIN)/jupyter trust notebooks/*.ipynb
	$(BIN)/jupyter lab --ServerApp.root_dir=. notebooks/08-summarise-review.ipynb

pythons:
	bash .ci/pythons

mutants: $(BIN)/evidence
	$(INSTALL) "mutmut>=3.8,<4"
	$(BIN)/mutmut run
	$(BIN)/mutmut results

# With uv where it is on the PATH, else with pip; the same pinned versions either way.
INSTALL := $(if $(shell command -v uv),uv pip install -q --compile-bytecode --python $(BIN)/python,$(BIN)/python -m pip install -q)

$(BIN)/evidence: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	touch $@

$(BIN)/playwright: requirements-browser.lock $(BIN)/evidence
	$(INSTALL) --require-hashes -r requirements-browser.lock
	touch $@

$(BIN)/spark-submit: requirements-scale.lock $(BIN)/evidence
	$(INSTALL) --require-hashes -r requirements-scale.lock
	touch $@

.PHONY: report test slow-test browser-test scale-test long-test pythons mutants notebooks lab
