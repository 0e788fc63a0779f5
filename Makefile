# The commands of this repository. Each makes its own environment and reuses it.
.DEFAULT_GOAL := help
.PHONY: help setup demo bake bench-data bench-gate bench-help found wheel lint fix test test-all
SHELL := bash

UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv/bin/uv)
NAME := flight-delays
DEMO := build/demo/$(NAME)

help:      ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

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

bench-data: bake  ## the data contract on ten million rows beside plain dataframely, into build/bench/data.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/data.py $(DEMO) build/bench/data.json $(ROWS)

bench-gate: bake build/bench/flights.parquet  ## a year of flights with the gate and without, into build/bench/gate.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@$(DEMO)/.venv/bin/python bench/gate.py $(DEMO) build/bench/flights.parquet build/bench/gate.json

build/bench/flights.parquet: bench/flights.py | setup
	@$(UV) run --quiet --no-project --with-requirements '<<cookiecutter.project>>/data/make_sample.py' $< $@

bench-help: bake  ## how long `pipeline --help` takes, into build/bench/help.json
	@$(MAKE) --no-print-directory -C $(DEMO) setup >/dev/null
	@.venv/bin/python bench/help.py $(DEMO) build/bench/help.json

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

test: lint    ## what this repository promises, checked; ten minutes at most on two cores
	cd sandbox && ../.venv/bin/pytest
	.venv/bin/pytest -m "not slow"

test-all: setup  ## the slow tiers, which `make test` leaves out
	.venv/bin/pytest -m slow
