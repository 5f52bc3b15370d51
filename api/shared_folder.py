"""Where the processes of one API add up what they count: prometheus_client's own variable."""

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
