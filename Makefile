# Everything a developer or an operator runs. `make help` lists it.
PY := .venv/bin/python
CODE := monitor sources alerts tests

.PHONY: help demo test check format lint types imports audit lock clean
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.venv/run: requirements.lock pyproject.toml
	@test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r requirements-dev.lock
	@touch $@

demo: .venv/run  ## the whole product in a minute, offline
	.venv/bin/mention-monitor demo

test: .venv/dev  ## the tests, with branch coverage
	$(PY) -m pytest --cov --cov-report=term:skip-covered

check: .venv/dev  ## everything that decides: format, lint, types, import contracts, tests
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m ruff check $(CODE)
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(MAKE) test

format: .venv/dev  ## put the code into shape
	$(PY) -m ruff format $(CODE)
	$(PY) -m ruff check --fix $(CODE)

clean:  ## remove what was built
	rm -rf .venv demo-out build dist *.egg-info
