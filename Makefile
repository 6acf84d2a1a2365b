# One entry for each chore. `make` alone lists them.
#
# The environment is .venv in this checkout, made by uv from uv.lock. What is missing on the machine (uv itself,
# the packages of the system) is brought by .ci/uv and .ci/system.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench soak clean bytecode

export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
# Where nothing may be kept, Python spends three quarters of the import of pandas on compiling it.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
OUT := out/pima

help:  ## list the chores
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 9

demo: .venv/.synced bytecode  ## rank the features of the Pima Indians diabetes data by an ensemble's importances, in the sandbox
	@$(BIN)/drawloom run examples/pima/rank_features.py --dataset1 examples/pima/pima.csv --out $(OUT)
	@echo "The plot is $(OUT)/graphics/importances.png"

test: .venv/.synced  ## run the tests, in random order
	@$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: .venv/.synced  ## lint, format, types and the order of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/.synced-bench bytecode  ## measure, each figure beside its floor
	@$(BIN)/python -m bench $(ARGS)

soak: .venv/.synced bytecode  ## 10,000 runs on one zygote without growth
	@$(BIN)/python -m bench.soak $(ARGS)

clean:  ## remove what the chores made
	@rm -rf .venv .uv out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.venv/.synced: pyproject.toml uv.lock
	@.ci/system
	@"$$(.ci/uv)" sync --frozen --quiet
	@touch $@

# Inside the walls our own files are read-only: what is not compiled before is compiled anew by each zygote.
bytecode: .venv/.synced
	@$(BIN)/python -m compileall -q src

# Ray is only needed to measure against it.
.venv/.synced-bench: .venv/.synced
	@"$$(.ci/uv)" sync --frozen --quiet --inexact --group bench
	@touch $@
