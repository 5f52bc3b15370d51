"""Delivering events to webhooks: at least once, in order per image, and tried again for a day."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

import orjson
import structlog
from standardwebhooks.webhooks import Webhook as Signer

from shared.domain.errors import OutgoingError, SealError, UnavailableError
from shared.domain.event import Event, EventType
from shared.domain.signature import AddressSigner
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Database
from shared.usecases.webhooks.ports import Courier, Seal, Settlement, Turn

log = structlog.get_logger(__name__)

BATCH = 50
AT_ONCE = 8
"""Of a webhook's events, each of another image."""

TURN_S = 10.0
"""Then it is another's turn; one delivery more may be on its way."""
LEASE_S = 40.0
SETTLING_S = 5.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter for a receiver that fails; given up after `in_all_s`.

    Each pause is shortened at random, by up to a half.
    """

    first_s: float = 1.0
    longest_s: float = 900.0
    in_all_s: float = 24 * 3600.0

    def pause_s(self, failures: int) -> float:
        """Return the seconds to wait after a failure that follows `failures` others."""
        longest = min(self.longest_s, self.first_s * 2.0 ** min(failures, 40))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 not for secrecy


@dataclass(slots=True)
class Progress:
    """What has become of a turn's events so far; `is_rest` if there were no more of them."""

    events: Sequence[Event]
    is_rest: bool
    delivered: set[int] = field(default_factory=set)
    error: str | None = None
    is_gone: bool = False

    def lanes(self) -> Iterable[Sequence[Event]]:
        """Return the events of each image, and those of none, in their order."""
        lanes: dict[int | None, list[Event]] = defaultdict(list)
        for event in self.events:
            lanes[event.image_id].append(event)
        return lanes.values()

    def position(self, turn: Turn) -> tuple[int, list[int]]:
        """Return up to where all was delivered, and what was beyond."""
        waiting = [event.seq for event in self.events if event.seq not in self.delivered]
        done = self.delivered | set(turn.delivered)
        if waiting:
            cursor = waiting[0] - 1
        elif self.is_rest:
            cursor = max(turn.head_seq, *done, turn.cursor_seq)
        else:
            cursor = self.events[-1].seq
        return cursor, sorted(seq for seq in done if seq > cursor)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Takes turns of webhooks; each ends with a word on how far it came."""

    database: Database
    courier: Courier
    seal: Seal
    cdn_base: str
    signer: AddressSigner
    retries: RetryPolicy = RetryPolicy()

    async def claim(self, limit: int, *, failing: bool) -> list[Turn]:
        """Take at most so many that are due."""
        return await self.database.claim_webhooks(limit, failing=failing, lease_s=LEASE_S)

    async def serve(self, turn: Turn) -> None:
        """Deliver what waits, for a while. One that fails gets one event, to see how it is."""
        limit = 1 if turn.failures else BATCH
        try:
            pads = self.signer.pads(time.time())
            events = await self.database.pending_events(turn, limit, self.cdn_base, pads)
        except UnavailableError as error:
            log.warning("turn_left", webhook=str(turn.id), detail=error.detail)
            return
        progress = Progress(events, is_rest=len(events) < limit)
        try:
            await self._deliver(turn, progress)
        except Exception:
            log.exception("delivery_failed", webhook=str(turn.id))
            progress.error = "Delivering failed unexpectedly here; the log says why."
        finally:
            await to_its_end(self._settle(turn, progress))

    async def _deliver(self, turn: Turn, progress: Progress) -> None:
        try:
            signers = self._signers(turn)
        except SealError as error:
            progress.error = str(error)
            return
        until = asyncio.get_running_loop().time() + TURN_S
        gate = asyncio.Semaphore(AT_ONCE)

        async def walk(lane: Sequence[Event]) -> None:
            async with gate:
                for event in lane:
                    if progress.error or asyncio.get_running_loop().time() > until:
                        return
                    await self._send(turn, event, signers, progress)

        async with asyncio.TaskGroup() as group:
            for lane in progress.lanes():
                group.create_task(walk(lane))

    def _signers(self, turn: Turn) -> list[Signer]:
        sealed = [turn.secret] if turn.old_secret is None else [turn.secret, turn.old_secret]
        return [Signer(self.seal.unseal(secret)) for secret in sealed]

    async def _send(
        self, turn: Turn, event: Event, signers: Sequence[Signer], progress: Progress
    ) -> None:
        body, now = event.payload, datetime.now(UTC)
        name = message_id(event)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(name, now, body) for signer in signers),
        }
        try:
            status = await self.courier.post(turn.url, body.encode(), headers)
        except OutgoingError as error:
            progress.error = f"{event.type} {event.seq}: {error.detail}"
            return
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            progress.delivered.add(event.seq)
            return
        progress.error = f"{event.type} {event.seq}: the receiver answers {status}."
        progress.is_gone = progress.is_gone or status == HTTPStatus.GONE

    async def _settle(self, turn: Turn, progress: Progress) -> None:
        cursor, beyond = progress.position(turn)
        settlement = Settlement(
            cursor,
            beyond,
            bool(progress.delivered),
            progress.error,
            self.retries.pause_s(turn.failures),
            self._last_word(turn, progress),
        )
        try:
            async with asyncio.timeout(SETTLING_S):
                await self._write(turn, settlement)
        except (UnavailableError, TimeoutError) as error:
            log.warning("turn_left", webhook=str(turn.id), cause=repr(error))

    def _last_word(self, turn: Turn, progress: Progress) -> str | None:
        if progress.is_gone:
            return "gone"
        is_failing = progress.error is not None and not progress.delivered
        return "failing" if is_failing and turn.failing_s > self.retries.in_all_s else None

    async def _write(self, turn: Turn, settlement: Settlement) -> None:
        async with self.database.transaction() as statements:
            is_ours = await statements.settle_webhook(turn, settlement)
            if is_ours and settlement.disabled_reason is not None:
                said = {"webhookId": str(turn.id), "reason": settlement.disabled_reason}
                data = orjson.dumps(said).decode()
                await statements.announce(turn.tenant_id, EventType.WEBHOOK_DISABLED, data, None)
        if settlement.error is not None:
            log.warning(
                "webhook_failed",
                tenant_id=turn.tenant_id,
                webhook=str(turn.id),
                failures=turn.failures + 1,
                detail=settlement.error,
                disabled=settlement.disabled_reason,
            )


def message_id(event: Event) -> str:
    """Return what tells a receiver that it has had this one; the same at every try.

    With its time: after a restore from a backup numbers are given out again.
    """
    return f"evt_{event.seq}_{int(event.occurred_on.timestamp() * 1_000_000):x}"
