"""What api and worker stand on: domain, use cases, Postgres, S3, queue, settings."""
