"""What schemathesis cannot do by itself: log in by HTTP Digest."""

import os

from requests.auth import HTTPDigestAuth
from schemathesis.auths import GLOBAL_AUTH_STORAGE

GLOBAL_AUTH_STORAGE.set_from_requests(
    HTTPDigestAuth(os.environ["FUZZ_USER"], os.environ["FUZZ_PASSWORD"])
)
