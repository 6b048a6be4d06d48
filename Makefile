# make report: build report/review.html    make test: check everything
# make notebooks: run the notebooks again   make lab: open them
PYTHON ?= python3
BIN := .venv/bin

report: $(BIN)/evidence
	$(BIN)/evidence report

test: $(BIN)/evidence
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/evidence check data
	$(BIN)/frictionless validate data/datapackage.json
	$(BIN)/pytest
	$(BIN)/pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval-sanitize.cfg notebooks

notebooks: $(BIN)/evidence
	$(BIN)/evidence run

lab: $(BIN)/evidence
	$(BIN)/jupyter lab notebooks

# With uv where it is on the PATH, else with pip; the same pinned versions either way.
$(BIN)/evidence: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	if command -v uv >/dev/null; \
	then uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	     uv pip install -q --python $(BIN)/python --no-deps -e .; \
	else $(BIN)/python -m pip install -q --require-hashes -r requirements.lock && \
	     $(BIN)/python -m pip install -q --no-deps -e .; fi
	touch $@

.PHONY: report test notebooks lab
