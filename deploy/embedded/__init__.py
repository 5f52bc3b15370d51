"""Real Postgres, Valkey and S3 from wheels, on loopback."""
