"""What tests of deliveries to webhooks have in common."""

import pytest

from shared.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which receivers on this machine can be reached."""
    return settings.model_copy(update={"outgoing_allowed_hosts": "127.0.0.1,hook.test"})
