"""The environment variable by which prometheus_client finds the folder of shared counters.

The API's processes add up their metrics in it. It is set before prometheus_client is imported.
"""

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
