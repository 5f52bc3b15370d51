up:
	.venv/bin/fototeca up
