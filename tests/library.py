"""Many images at once, straight into Postgres: for lists, which never look at the bytes."""

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from tests.client import Client, Connection

NAMES = ["image", "Straße", "100%", "under_score", "it's", "back\\slash", "emoji😀", "ÉTÉ à Dole"]
TYPES = ["jpg", "png", "gif", "webp", None]
TAGS = ["red", "blue", "green", "100%", "a b", "Ähre"]
TITLES = [None, "Red Shoe", "Blue shoe, left", "Οδος ΟΔΟΣ", "", "100 % wool"]


async def fill(
    client: Client, postgres: Connection, size: int, *, seed: int = 1
) -> list[dict[str, object]]:
    """Make `size` images of all kinds, the same each time; return their columns."""
    rows = [_row(client.tenant.id, number, Random(seed + number)) for number in range(size)]
    columns = list(rows[0])
    sql = (
        f"INSERT INTO images ({', '.join(columns)}) VALUES "  # noqa: S608 names of ours
        f"({', '.join(f'${n}' for n in range(1, len(columns) + 1))})"
    )
    await postgres.executemany(sql, [tuple(row.values()) for row in rows])
    return rows


def _row(tenant_id: int, number: int, random: Random) -> dict[str, object]:
    name = "image" if number < 20 else random.choice(NAMES)
    made = datetime(2024, 4, 5, tzinfo=UTC) + timedelta(seconds=random.randrange(40) * 86_399)
    file_type = random.choice(TYPES)
    key = f"demo/{number}/1/{name}.jpg"
    return {
        "tenant_id": tenant_id,
        "uid": UUID(int=random.getrandbits(128)),
        "reference": f"{name}-{number:04}.jpg",
        "status": random.choice(["Ok", "Ok", "Ok", "Er", "Vd"]),
        "status_reason": random.choice([None, "corrupt"]),
        "revision": random.randrange(1, 5),
        "attempt": random.randrange(3),
        "original_key": key,
        "thumbnail_key": random.choice([None, key]),
        "file_type": file_type,
        "width": random.randrange(0, 5000),
        "height": random.randrange(0, 5),
        "size_in_bytes": random.randrange(10) * 10**9,
        "sha256": random.choice([None, hashlib.sha256(bytes([number % 256])).digest()]),
        "tags": random.sample(TAGS, random.randrange(4)),
        "title": random.choice(TITLES),
        "num_links": random.randrange(5),
        "created_on": made,
        "modified_on": made + timedelta(seconds=random.randrange(3)),
    }
