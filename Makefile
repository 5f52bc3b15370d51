# Each target sets up .venv by itself. ARGS goes to the program: make up ARGS=--detach

.PHONY: up test check bench

up:
	@sh deploy/preflight.sh embedded
	@.venv/bin/python -P -m deploy.cli up $(ARGS)

test:
	@sh deploy/preflight.sh dev
	@sh deploy/browser.sh
	.venv/bin/python -m pytest $(ARGS)

check:
	@sh deploy/preflight.sh dev
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports

# Measures what is in tests/benchmarks; each prints its own figures.
bench:
	@sh deploy/preflight.sh dev
	@if ls tests/benchmarks/test_*.py >/dev/null 2>&1; then \
		.venv/bin/python -m pytest -s tests/benchmarks $(ARGS); \
	else \
		echo "There are no benchmarks yet."; \
	fi
