# The first two commands do everything: `make train`, `make test`. Each makes .venv if it is not there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: venv train test test-gpu lint format bench bench-gpu mutation clean

venv: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

train: venv
	$(BIN)/minitorch-edu train --data shapes10

test: lint
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(BIN)/python -m pytest -n auto

# What needs a GPU, on a machine that has one (with a torch for CUDA in .venv); elsewhere each test says why it is skipped.
test-gpu: venv
	$(BIN)/python -m pytest -rs tests/gpu

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: venv
	$(BIN)/minitorch-edu bench --json runs/bench.json
	$(BIN)/minitorch-edu bench --report runs/bench.html runs/bench.json

# On a machine with a GPU, and CIFAR-10 in data/. `minitorch-edu bench gpu --help` shows what can be left out.
bench-gpu: venv
	$(BIN)/minitorch-edu bench gpu --json bench-gpu.json

# An hour or two. `make mutation SAMPLE=500` runs so many mutants, drawn at random; what was run before is not repeated.
mutation: venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HYPOTHESIS_PROFILE=dev $(BIN)/python -W ignore -m reference.mutation $(if $(SAMPLE),--sample $(SAMPLE))

clean:
	rm -rf .venv build dist *.egg-info
