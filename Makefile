# Each target sets up .venv by itself. ARGS goes to the program: make up ARGS=--detach

.PHONY: up test check bench bench-list bench-imaging bench-lanes

up:
	@sh deploy/preflight.sh embedded
	@.venv/bin/python -P -m deploy.cli up $(ARGS)

test:
	@sh deploy/preflight.sh dev
	@sh deploy/browser.sh
	.venv/bin/python -m pytest -n 2 $(ARGS)

check:
	@sh deploy/preflight.sh dev
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports

# Runs every benchmark of tests/benchmarks; each prints its own figures.
bench: bench-list bench-imaging bench-lanes

# Lists at 10 k, 1 M and 10 M images: make bench-list ARGS="--sizes 10k,1m --no-peers"
bench-list:
	@sh deploy/preflight.sh dev
	@.venv/bin/python -P -m tests.benchmarks.bench_list $(ARGS)

# Thumbnails beside those of sharp: make bench-imaging ARGS="--only phone,small --no-memory"
bench-imaging:
	@sh deploy/preflight.sh dev
	@.venv/bin/python -P -m tests.benchmarks.bench_imaging $(ARGS)

# Uploads while 50,000 images are being reprocessed: make bench-lanes ARGS="--images 2000 --uploads 20"
bench-lanes:
	@sh deploy/preflight.sh embedded
	@sh deploy/preflight.sh dev
	@.venv/bin/python -P -m tests.benchmarks.bench_lanes $(ARGS)
