"""An `Idempotency-Key`, and how the answer to a repeated request is recognized."""

from tests.client import Answer

TEXT = "8e03978e-40d5-43dd-bc93-6894a57f9324"
KEY = {"Idempotency-Key": f'"{TEXT}"'}


def is_again(answer: Answer, first: Answer) -> bool:
    """Check that an answer is the first one's twin; return whether it says so of itself."""
    kept = ("Content-Type", "Location", "ETag", "OData-Version", "Cache-Control")
    assert [answer.headers.get(name) for name in kept] == [first.headers.get(name) for name in kept]
    assert (answer.status, answer.body) == (first.status, first.body)
    return answer.headers.get("Idempotency-Replayed") == "true"
