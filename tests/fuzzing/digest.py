"""What schemathesis cannot do by itself: log in by HTTP Digest."""

import os

import schemathesis
from requests.auth import HTTPDigestAuth

schemathesis.auth.set_from_requests(
    HTTPDigestAuth(os.environ["FUZZ_USER"], os.environ["FUZZ_PASSWORD"])
)
