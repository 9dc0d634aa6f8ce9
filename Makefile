# Every verb sets up what it needs. `make run` starts the demo store; `make help` lists the rest.
PORT ?= 8000
PYTHON := .venv/bin/python
export PORT

.PHONY: help run services test parts lint commits bench e2e fmt reset requirements

help: ## List the verbs
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' Makefile | expand -t 14

run: ## Start the demo store on http://localhost:8000 (PORT=... for another port)
	@scripts/setup base widget
	@DEMO=1 exec $(PYTHON) manage.py up

services: ## Run MariaDB, Redis and Temporal on loopback, as in production
	@scripts/setup dev services widget
	@$(PYTHON) manage.py fetch_models
	@$(PYTHON) manage.py fetch_temporal
	@exec $(PYTHON) -m tests.services

test: ## Run the whole suite
	@scripts/setup dev services widget browser
	@scripts/test

parts: ## Run what may differ on the MySQL of DATABASE_URL and the Qdrant server of QDRANT_URL
	@scripts/setup dev services widget browser
	@scripts/test-parts

e2e: ## Run the walk in a real browser only; screenshots land in var/screenshots
	@scripts/setup dev services widget browser
	@scripts/test -m e2e

lint: ## Formatting, types, import contracts, migrations, the widget's types, .github and releases
	@scripts/setup dev widget actionlint
	@scripts/lint

commits: ## Conventional commit messages? (RANGE=main..HEAD, TITLE=... for a pull request's title)
	@scripts/setup dev
	@scripts/commits

fmt: ## Format and sort
	@scripts/setup dev
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format .

bench: ## Measure (ONLY=walk for one); tables here, raw numbers in var/bench
	@scripts/setup dev services widget
	@$(PYTHON) manage.py fetch_temporal
	@$(PYTHON) -m benchmarks $(ONLY)

reset: ## Start afresh: delete database, index and logs; downloads are kept
	@scripts/reset

requirements: ## Compile requirements/*.in
	@scripts/setup dev
	@scripts/compile-requirements
