# make report: build report/review.html     make test: check everything but the pages in a browser
# make notebooks: run the notebooks again    make browser-test: the pages in Chromium    make lab: open the notebooks
# make pythons: the quick tests on Python 3.11 to 3.14    make mutants: changes of the rules that tests must notice
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
	$(BIN)/pytest -rs -n auto --dist worksteal
	$(BIN)/pytest -n auto --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval-sanitize.cfg notebooks

browser-test: $(BIN)/playwright
	$(BIN)/pytest -rs tests/browser

notebooks: $(BIN)/evidence
	$(BIN)/evidence run

lab: $(BIN)/evidence
	$(BIN)/jupyter lab notebooks

pythons:
	bash .ci/pythons

mutants: $(BIN)/evidence
	$(INSTALL) "mutmut>=3.8,<4"
	$(BIN)/mutmut run
	$(BIN)/mutmut results

# With uv where it is on the PATH, else with pip; the same pinned versions either way.
INSTALL := $(if $(shell command -v uv),uv pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q)

$(BIN)/evidence: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	touch $@

$(BIN)/playwright: requirements-browser.lock $(BIN)/evidence
	$(INSTALL) --require-hashes -r requirements-browser.lock
	touch $@

.PHONY: report test browser-test notebooks lab pythons mutants
