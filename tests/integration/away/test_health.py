"""Health: what machines that look after the service are told."""

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from yarl import URL

from shared.settings import Settings
from tests.backstage import running_worker
from tests.client import Answer, Client, Connection, eventually, picture
from tests.integration.away.conftest import Ways
from tests.relay import away
from worker.settings import Parts


async def _ready(client: Client) -> Answer:
    return await client.call("GET", "/readyz")


async def test_the_process_answers_whatever_is_away(client: Client, ways: Ways) -> None:
    assert (await client.call("GET", "/healthz")).json == {"status": "ok"}
    async with away(ways.postgres):
        assert (await client.call("GET", "/healthz")).status == 200


async def test_ready_names_every_part(client: Client, settings: Settings) -> None:
    async with running_worker(settings):

        async def is_ready() -> bool:
            answer = await _ready(client)
            assert answer.status == 200
            return bool(answer.json["status"] == "ready")

        await eventually(is_ready)
    parts = (await _ready(client)).json["parts"]
    assert list(parts) == ["postgres", "s3", "redis", "worker", "disk"]


async def test_without_a_worker_it_is_degraded_and_serves(client: Client) -> None:
    answer = await _ready(client)
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["worker"] != "ok"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_worker_that_said_goodbye_is_no_longer_counted(
    client: Client, settings: Settings
) -> None:
    async with running_worker(settings):

        async def is_counted() -> bool:
            return b"fototeca_workers 1.0" in (await client.call("GET", "/metrics")).body

        await eventually(is_counted)
    assert b"fototeca_workers 0.0" in (await client.call("GET", "/metrics")).body
    assert (await _ready(client)).json["parts"]["worker"] != "ok"


async def test_without_redis_it_is_degraded_and_serves(client: Client, ways: Ways) -> None:
    async with away(ways.valkey):
        answer = await _ready(client)
        assert (answer.status, answer.json["status"]) == (200, "degraded")
        assert answer.json["parts"]["redis"] != "ok"
        assert answer.json["parts"]["postgres"] == answer.json["parts"]["s3"] == "ok"


@pytest.mark.parametrize("part", ["postgres", "s3"])
async def test_without_what_it_needs_it_is_503_and_says_which(
    part: str, client: Client, ways: Ways
) -> None:
    async with away(getattr(ways, part)):

        async def is_away() -> bool:
            return (await _ready(client)).status == 503

        await eventually(is_away)
        answer = await _ready(client)
        assert answer.json["status"] == "unavailable"
        assert answer.json["parts"][part] != "ok"
        assert answer.json["parts"]["redis"] == "ok"

    async def is_back() -> bool:
        return (await _ready(client)).status == 200

    await eventually(is_back)


async def test_a_database_that_is_silent_is_told_in_the_time_that_a_probe_has(
    client: Client, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.put("a.jpg", picture())
    monkeypatch.setattr("api.health.PROBE_TIMEOUT_S", 0.2)
    ways.postgres.heard.clear()
    began = asyncio.get_running_loop().time()
    answer = await _ready(client)
    took_s = asyncio.get_running_loop().time() - began
    ways.postgres.heard.set()
    assert (answer.status, answer.json["parts"]["postgres"]) == (503, "no answer within 0.2 s")
    assert took_s < 4, "asyncpg waits for 5 s until what it has cancelled is"


REFUSALS = {
    "InvalidCatalogName": (
        "ALTER DATABASE {name} RENAME TO {name}_away",
        "ALTER DATABASE {name}_away RENAME TO {name}",
    ),
    "InvalidPassword": (
        "ALTER ROLE {role} PASSWORD 'another'",
        "ALTER ROLE {role} PASSWORD '{password}'",
    ),
}


@pytest.fixture(params=REFUSALS)
async def refusal(
    request: pytest.FixtureRequest, client: Client, settings: Settings
) -> AsyncIterator[str]:
    """Postgres refuses the running API for good, and lets it in again at the end."""
    assert (await client.put("a.jpg", picture())).status == 201
    url = URL(settings.database_url.get_secret_value())
    names = {"name": url.path[1:], "role": url.user, "password": url.password}
    admin = await asyncpg.connect(str(url.with_path("/postgres")))
    await admin.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1",
        names["name"],
    )
    refuse, relent = (statement.format(**names) for statement in REFUSALS[request.param])
    await admin.execute(refuse)
    yield request.param
    await admin.execute(relent)
    await admin.close()


async def test_a_database_that_refuses_us_is_503_and_named(client: Client, refusal: str) -> None:
    answer = await _ready(client)
    assert (answer.status, answer.json["status"]) == (503, "unavailable")
    assert refusal in answer.json["parts"]["postgres"]
    assert answer.json["parts"]["s3"] == answer.json["parts"]["redis"] == "ok"
    metrics = await client.call("GET", "/metrics")
    assert metrics.status == 200
    assert _value(metrics.body.decode(), "fototeca_postgres_up") == 0


async def test_without_postgres_the_metrics_are_the_processes_own(
    client: Client, ways: Ways
) -> None:
    await client.put("a.jpg", picture())
    there = (await client.call("GET", "/metrics")).body.decode()
    assert _value(there, "fototeca_postgres_up") == 1
    async with away(ways.postgres):
        answer = await client.call("GET", "/metrics")
        text = answer.body.decode()
        assert answer.status == 200
        assert _value(text, "fototeca_postgres_up") == 0
        assert re.search(r'requests_total\{method="PUT",route=".*",status="201"\} 1.0', text)
        assert "fototeca_queue_depth" not in text


def _value(metrics: str, name: str) -> float:
    """Add up a metric over its labels."""
    values = re.findall(rf"^{re.escape(name)}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE)
    assert values, f"{name} is missing"
    return sum(float(value) for value in values)


async def test_the_metrics_that_matter_are_there_and_move(
    client: Client, settings: Settings, parts: Parts, postgres: Connection
) -> None:
    for number in range(2):
        await client.put(f"{number}.jpg", picture())
    await postgres.execute("ALTER TABLE outbox RENAME TO elsewhere")
    partly = (await client.call("GET", "/metrics")).body.decode()
    await postgres.execute("ALTER TABLE elsewhere RENAME TO outbox")
    assert "fototeca_outbox_age_seconds" not in partly
    assert _value(partly, "fototeca_queue_depth") == 2
    assert _value(partly, "fototeca_postgres_up") == 1
    waiting = (await client.call("GET", "/metrics")).body.decode()
    assert _value(waiting, "fototeca_queue_depth") == 2
    assert _value(waiting, "fototeca_queue_age_seconds") > 0
    assert _value(waiting, "fototeca_outbox_age_seconds") > 0
    assert _value(waiting, "fototeca_webhooks_age_seconds") == 0
    assert re.search(r'requests_total\{method="PUT",route=".*",status="201"\} 2.0', waiting)
    await client.put("bad.jpg", b"no picture")
    async with running_worker(settings):

        async def all_are_counted() -> bool:
            text = (await client.call("GET", "/metrics")).body.decode()
            counted = re.search(r'fototeca_outcomes_total\{outcome="Ok",worker=".*"\} 2.0', text)
            return counted is not None and 'outcome="Er:unsupported_format"' in text

        await eventually(all_are_counted)
    done = (await client.call("GET", "/metrics")).body.decode()
    assert _value(done, "fototeca_queue_depth") == 0
    assert _value(done, "fototeca_decode_seconds_count") == 2
    assert _value(done, "fototeca_decode_seconds_sum") > 0
    assert parts.worker.tally.as_report()["outcomes"] == {}


async def test_no_label_of_a_metric_is_the_clients_to_choose(client: Client) -> None:
    for number in range(20):
        await client.get(f"{number}.jpg")
        await client.call("GET", f"/nope/{number}")
        await client.call("GET", f"/cdn/demo/{number}")
    metrics = (await client.call("GET", "/metrics")).body.decode()
    assert len(re.findall(r"^fototeca_http_requests_total", metrics, re.MULTILINE)) < 8
