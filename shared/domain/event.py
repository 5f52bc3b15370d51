"""What happened, as consumers hear of it: the one list of event types, and their wire form."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID


class EventType(StrEnum):
    """The trigger on `images` writes those of images; whoever acts on a webhook writes the rest."""

    IMAGE_CREATED = "image.created"
    IMAGE_PROCESSING = "image.processing"
    IMAGE_READY = "image.ready"
    IMAGE_FAILED = "image.failed"
    IMAGE_UPDATED = "image.updated"
    IMAGE_DELETED = "image.deleted"
    IMAGE_RESTORED = "image.restored"
    IMAGE_PURGED = "image.purged"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_PING = "webhook.ping"


@dataclass(frozen=True, slots=True)
class Event:
    """One of a tenant's events; `seq` counts them without gaps. `data` is a JSON object's text.

    `webhook_id` is given where no other webhook, and no reader of the stream, is to hear of it.
    """

    seq: int
    type: EventType
    image_id: int | None
    webhook_id: UUID | None
    occurred_on: datetime
    data: str

    @property
    def payload(self) -> str:
        """The JSON that consumers get, in the form of the Standard Webhooks specification."""
        moment = self.occurred_on.astimezone(UTC).isoformat(timespec="milliseconds")
        timestamp = moment.removesuffix("+00:00") + "Z"
        return (
            f'{{"type":"{self.type}","timestamp":"{timestamp}","seq":{self.seq},'
            f'"data":{self.data}}}'
        )
