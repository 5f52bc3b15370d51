"""Migrations taken back, so that the code before them can start again."""

from importlib.resources import files

from tests.client import Client, Connection
from tests.library import fill

MIGRATIONS = files("shared.db").joinpath("migrations")
APPLIED = "SELECT migration_id FROM _pogo_migration ORDER BY applied DESC"

SCHEMA = """
SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
    pg_get_expr(adbin, adrelid)) AS part
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT concat_ws(' ', relname, reloptions) FROM pg_class
WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
UNION ALL SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


async def schema(connection: Connection) -> set[str]:
    """Return all that migrations make, beside rows."""
    return {row["part"] for row in await connection.fetch(SCHEMA)}


async def test_each_migration_is_taken_back_and_made_again_with_rows_in_place(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 20)
    taken = []
    for row in await postgres.fetch(APPLIED):
        text = MIGRATIONS.joinpath(f"{row['migration_id']}.sql").read_text()
        made, undone = text.split("-- migrate: rollback")
        taken.append((made, await schema(postgres)))
        await postgres.execute(undone)
    for made, after in reversed(taken):
        await postgres.execute(made)
        assert await schema(postgres) ^ after == set()
