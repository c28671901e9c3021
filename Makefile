# Everything a developer or an operator runs. `make help` lists it.
PY := .venv/bin/python
CODE := monitor sources alerts tests
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps
RESOLVE := build/uv/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-build --no-header
EXTRAS := wake microsoft google
SECONDS := 60

.PHONY: help demo wake microsoft google test check format audit sbom lock kinds fuzz hostile torture clean
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.venv/run: requirements.lock pyproject.toml
	@test -x $(PY) || python3 -m venv .venv
	$(PY) $(INSTALL) -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(PY) $(INSTALL) -r requirements-dev.lock
	@touch $@

wake: requirements-wake.lock .venv/run  ## what it takes to wake people (the extra of that name)
	$(PY) $(INSTALL) -r requirements-wake.lock

microsoft: requirements-microsoft.lock .venv/run  ## what logs in to Microsoft 365 with a certificate
	$(PY) $(INSTALL) -r requirements-microsoft.lock

google: requirements-google.lock .venv/run  ## what logs in to Google Workspace with a service account
	$(PY) $(INSTALL) -r requirements-google.lock

demo: .venv/run  ## the whole product in a minute, offline
	.venv/bin/mention-monitor demo

test: .venv/dev  ## the tests, on every core
	$(PY) -m pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal $(COVERAGE)

check: .venv/dev  ## everything that decides: format, lint, types, import contracts, tests with branch coverage
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m ruff check $(CODE)
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(MAKE) test COVERAGE="--cov --cov-report=term:skip-covered"

train: .venv/run  ## train the abuse model: make train DATA=folder; teach the wording model from our own posts
	nice $(PY) -m monitor.abuse.train $(DATA)
	nice $(PY) -m monitor.grading.teach

evaluate: .venv/run  ## measure the scorers and write the tables of MODEL_CARD.md: make evaluate DATA=folder
	nice $(PY) -m monitor.evaluate $(DATA) --exam tests/monitor/data/*examiner.jsonl --card MODEL_CARD.md

format: .venv/dev  ## put the code into shape
	$(PY) -m ruff format $(CODE)
	$(PY) -m ruff check --fix $(CODE)

audit: .venv/dev  ## is anything known against our packages? ADVISORIES=all.zip asks data fetched elsewhere
	$(PY) -m tests.supply.audit $(if $(ADVISORIES),--advisories $(ADVISORIES)) requirements*.lock

sbom: .venv/dev  ## write the list of what is inside (sbom.cdx.json)
	$(PY) -m tests.supply.sbom

build/uv/ready: requirements-uv.lock
	python3 -m venv build/uv
	build/uv/bin/python $(INSTALL) -r requirements-uv.lock
	@touch $@

lock: build/uv/ready  ## resolve the locks anew; UPGRADE=--upgrade takes newer versions
	$(RESOLVE) $(UPGRADE) pyproject.toml requirements-build.in -o requirements.lock
	for extra in $(EXTRAS); do $(RESOLVE) $(UPGRADE) pyproject.toml requirements-build.in --extra $$extra -c requirements.lock -o requirements-$$extra.lock; done
	$(RESOLVE) $(UPGRADE) pyproject.toml requirements-build.in $(EXTRAS:%=--extra %) --group dev -c requirements.lock -o requirements-dev.lock
	$(RESOLVE) $(UPGRADE) requirements-fuzz.in -o requirements-fuzz.lock
	echo uv | $(RESOLVE) $(UPGRADE) - -o requirements-uv.lock

build/fuzz/ready: requirements.lock requirements-fuzz.lock
	python3 -m venv build/fuzz
	build/fuzz/bin/python $(INSTALL) -r requirements.lock
	build/fuzz/bin/python $(INSTALL) -r requirements-fuzz.lock
	@touch $@

kinds: .venv/run  ## the README's table of kinds of sources, from the registry
	$(PY) -m tests.house.kinds_table

fuzz: build/fuzz/ready  ## throw SECONDS of mischief at each parser; TARGET=feed for one
	build/fuzz/bin/python -m tests.fuzz.run --seconds $(SECONDS) $(TARGET)

.PHONY: pictures
pictures: .venv/dev  ## the pictures of mails, from the samples, with headless Chromium
	PYTHONPATH=. $(PY) tests/alerts/mail_samples.py && PYTHONPATH=. $(PY) tests/alerts/make_pictures.py

hostile: .venv/dev  ## throw folders of strange files and lines at the whole path: make hostile CORPORA="folder …"
	$(PY) -m tests.hostile.foreign $(CORPORA)
	HOSTILE_EXAMPLES=20000 $(PY) -m pytest tests/hostile/test_naughty_mails.py

torture: .venv/dev  ## kill, starve and damage it for minutes, and write RELIABILITY.md; TRIAL=kills for one
	$(PY) -m tests.torture $(TRIAL)

clean:  ## remove what was built
	rm -rf .venv demo-out build dist *.egg-info
