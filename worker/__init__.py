"""The arq worker: the image pipeline and the sweeper."""
