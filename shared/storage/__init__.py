"""S3: the only place for aioboto3."""
