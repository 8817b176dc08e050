# The first two commands do everything: `make train`, `make test`. Each makes .venv if it is not there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: venv train test lint format bench mutation clean

venv: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

train: venv
	$(BIN)/minitorch-edu train --data shapes10

test: lint
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest -n auto

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: venv
	$(BIN)/minitorch-edu bench --json benchmarks/results/bench.json

# An hour or two. `make mutation SAMPLE=500` runs so many mutants, drawn at random; what was run before is not repeated.
mutation: venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=dev $(BIN)/python -W ignore -m reference.mutation $(if $(SAMPLE),--sample $(SAMPLE))

clean:
	rm -rf .venv build dist *.egg-info
