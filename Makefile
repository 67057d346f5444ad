# `make demo` and `make test` need Python 3.11+ and make, nothing else prepared. `make help` lists the rest.
SHELL = /bin/sh
PYTHON ?= python3
PORT ?= 8000
JOBS ?= 2
LINT ?= 1
RUN = .venv/bin/python
MANAGE = DEBUG=1 $(RUN) manage.py
DEMO = env DEBUG=1 DEMO=1 ORGANISATION="Zatoka Serwis" PORT=$(PORT) $(RUN) manage.py
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard lms/locale/*/LC_MESSAGES/*.po lms/wagtail_locale/*/LC_MESSAGES/*.po))
TODAY = $(shell date +%F)
MAKEFLAGS += --no-print-directory
# Images often switch bytecode off. Then each of our processes compiles all libraries anew: ten seconds of work, not two.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help demo test lint tests chromium with-debug base dev lock messages bench bench-scale mutate faults oracle first-run screenshots

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

demo: with-debug base $(CATALOGUES) ## the course on http://127.0.0.1:8000 with people to log in as (PORT=8001; RESET=1 starts over)
	@exec $(DEMO) serve_demo --port $(PORT) $(if $(RESET),--reset)

test: dev chromium $(CATALOGUES) $(if $(filter 1,$(LINT)),lint) tests ## lint, types, house checks, all tests (LINT=0: tests only)

tests:
	@$(RUN) -m pytest -n $(JOBS) --dist loadgroup -q $(ARGS)

lint: dev ## ruff, import contracts, templates, types, migrations, deployment checks, bandit
	@tools/lint

messages: dev ## collect the interface's texts into lms/locale and lms/wagtail_locale, and compile
	@$(RUN) tools/messages.py
	@$(RUN) -m tools.wagtail_messages
	@$(MANAGE) compile_catalogues

lock: dev ## pin and hash every dependency anew (UPGRADE=1: newest versions)
	@tools/lock $(if $(UPGRADE),--upgrade)

bench: dev $(CATALOGUES) ## median, p95, queries and bytes of the learner's screens > docs/measurements/
	@$(RUN) tools/bench.py docs/measurements/bench-$(TODAY).md

bench-scale: dev $(CATALOGUES) ## what 100,000 people cost on PostgreSQL > docs/measurements/ (BENCH_POSTGRES=postgres://…)
	@$(RUN) tools/bench_scale.py docs/measurements/scale-$(TODAY).md

mutate: dev ## how many planted mistakes the tests of the rules find > docs/measurements/ (PACKAGE=training: only there)
	@$(RUN) tools/mutate.py docs/measurements/mutation-$(TODAY).md

faults: dev $(CATALOGUES) ## processes killed in the middle of an act; nothing lost, nothing twice > docs/measurements/
	@$(RUN) tools/faults.py docs/measurements/faults-$(TODAY).md

oracle: dev $(CATALOGUES) ## 10,000 random questions to every list, beside a slow oracle > docs/measurements/ (ORACLE=1000: fewer)
	@$(RUN) tools/oracle.py docs/measurements/oracle-$(TODAY).md

first-run: ## how long it takes from an empty folder to the first page > docs/measurements/
	@$(PYTHON) tools/first_run.py docs/measurements/first-run-$(TODAY).md

screenshots: dev chromium $(CATALOGUES) ## pictures of the demo for the README
	@$(RUN) tools/screenshots.py docs/screenshots

# --- what the targets above stand on ---------------------------------------------------------------------------------
with-debug:
	@case "$(DEBUG)" in ""|1|[Tt]rue|on|ok|y|yes) ;; *) \
		echo "The demo runs with DEBUG on only: its people and passwords are shown to everybody. Leave DEBUG away, or DEBUG=1." >&2; \
		exit 1;; esac

base:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: Ostoja needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/install.py requirements.txt

dev:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: Ostoja needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/install.py requirements-dev.txt

chromium:
	@$(RUN) tools/chromium.py

%.mo: %.po | $(RUN)
	@$(RUN) -m lms.catalogues $<

$(RUN):
	@$(MAKE) base
