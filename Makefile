# The commands of this repository. Each makes its own environment and reuses it.
.DEFAULT_GOAL := help
.PHONY: help setup demo rehearse-faults bake bench-data bench-drift bench-gate bench-help bench-judge bench-release found site wheel \
	lint fix test test-faults test-workflows test-all
SHELL := bash
# Each of many processes would compile what it imports anew, and take four times as long to start.
unexport PYTHONDONTWRITEBYTECODE

UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv/bin/uv)
NAME := flight-delays
DEMO := build/demo/$(NAME)

help:      ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

.tools/uv/bin/uv:
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

setup: $(UV)  ## the environment of this repository, in .venv
	@$(UV) sync --quiet --frozen

# Baked beside its final place and moved there whole, so that an interrupt leaves no half project.
bake: setup   ## a project with the default answers, in build/demo/
	@rm -rf build/half && mkdir -p build/demo
	@trap 'rm -rf build/half' EXIT; set -e; \
	.venv/bin/cookiecutter . --no-input --output-dir build/half >/dev/null; \
	if [ -d $(DEMO) ]; then mv $(DEMO) build/half/before; fi; mv build/half/$(NAME) $(DEMO); \
	if [ -d build/half/before/.venv ]; then mv build/half/before/.venv $(DEMO)/; fi

demo: bake    ## bake a project, rehearse its whole life on this machine, leave a report to look at
	@began=$$(date +%s); $(MAKE) --no-print-directory -C $(DEMO) setup && \
	$(MAKE) --no-print-directory -C $(DEMO) rehearse SETUP_SECONDS=$$(( $$(date +%s) - began )); outcome=$$?; \
	cp $(DEMO)/build/rehearsal/{rehearsal.json,report.html} build/demo/ 2>/dev/null; exit $$outcome

site: demo    ## the demo as a site, in build/site/: the report, and the project to look at and to take
	@.venv/bin/python publish/site.py build/demo build/site

rehearse-faults: bake  ## the same with every way in which a release may end; build/demo/faults.html
	@$(MAKE) --no-print-directory -C $(DEMO) setup && $(MAKE) --no-print-directory -C $(DEMO) rehearse-faults; outcome=$$?; \
	cp $(DEMO)/build/faults/report.html build/demo/faults.html 2>/dev/null; exit $$outcome

bench-data: bake  ## the data contract on ten million rows beside plain dataframely, into build/bench/data.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/data.py $(DEMO) build/bench/data.json $(ROWS)

bench-drift: bake build/bench/flights.parquet  ## the drift test beside three libraries, into build/bench/drift.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/drift_beside.py $(UV) build/bench/flights.parquet build/bench/drift.json

bench-gate: bake build/bench/flights.parquet  ## a year of flights with the gate and without, into build/bench/gate.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/gate.py $(DEMO) build/bench/flights.parquet build/bench/gate.json

build/bench/flights.parquet: bench/flights.py | setup
	@$(UV) run --quiet --no-project --with-requirements '<<cookiecutter.project>>/data/make_sample.py' $< $@

bench-help: bake  ## how long `pipeline --help` takes, into build/bench/help.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@.venv/bin/python bench/help.py $(DEMO) build/bench/help.json

bench-judge: bake  ## simulated canary releases, good and bad, under five judges, into build/bench/judge.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/judge.py $(DEMO) build/bench/judge.json

bench-release: bake  ## good and bad releases with real HTTP, which are stopped and where, into build/bench/release.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@PYTHONPATH=tests $(DEMO)/.venv/bin/python bench/release.py $(DEMO) build/bench/release.json

found: setup  ## found the AWS account that the credentials reach (infra/README.md); REGION=eu-west-1
	@exec .venv/bin/python infra/found.py $(if $(REGION),--region '$(REGION)')

wheel: setup  ## build sandbox/ into the wheel that the project carries, and lock it
	@SOURCE_DATE_EPOCH=1767225600 $(UV) build --quiet --wheel --out-dir '<<cookiecutter.project>>/vendor' sandbox
	@rm -f '<<cookiecutter.project>>/vendor/.gitignore'
	@cd '<<cookiecutter.project>>' && $(abspath $(UV)) lock --quiet --upgrade-package sagemaker-sandbox

lint: setup   ## style and types of what is not rendered
	.venv/bin/ruff format --check . && .venv/bin/ruff check .
	.venv/bin/mypy

fix: setup    ## put the style right
	.venv/bin/ruff format . && .venv/bin/ruff check --fix .

# Two files side by side, as most tests wait for clocks and processes more than they compute; a third one slows all three.
BESIDE := -n 2 --dist loadfile --no-loadscope-reorder

test: lint    ## what this repository promises, checked; ten minutes at most on two cores
	cd sandbox && ../.venv/bin/pytest $(BESIDE)
	.venv/bin/pytest $(BESIDE) -m "not slow"

test-faults: setup  ## what a release is made to live through, about ten minutes; a part of test-all
	.venv/bin/pytest tests/faults

test-workflows: setup  ## the project's workflow files, executed by act against the sandbox; a part of test-all
	.venv/bin/pytest tests/workflows

test-all: setup  ## the slow tiers, which `make test` leaves out
	.venv/bin/pytest $(BESIDE) -m slow
