-- what each tenant uses and may use, and tenants that are on their way out
-- depends: 0008_incoming

-- migrate: apply

ALTER TABLE tenants
ADD COLUMN max_bytes bigint CHECK (max_bytes > 0),
ADD COLUMN max_images bigint CHECK (max_images > 0),
ADD COLUMN max_file_bytes bigint CHECK (max_file_bytes > 0),
ADD COLUMN disabled_on timestamptz,
ADD COLUMN deleting_on timestamptz,
ADD CONSTRAINT deleting_is_disabled CHECK (deleting_on IS NULL OR disabled_on IS NOT NULL);

-- The sum over a tenant's slots is what it uses. Sessions write to different slots, so that uploads
-- seldom wait for each other. `images` counts deleted ones until they are purged; `bytes` are those
-- of originals until they are deleted from the bucket, and of uploads that wait to be copied.
CREATE TABLE tenant_usage (
    tenant_id      bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    slot           smallint NOT NULL,
    images         bigint NOT NULL DEFAULT 0,
    deleted_images bigint NOT NULL DEFAULT 0,
    bytes          bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, slot)
);

-- What statements of a running transaction change; empty when it has ended.
CREATE TABLE usage_changes (
    tenant_id      bigint NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    images         bigint NOT NULL,
    deleted_images bigint NOT NULL,
    bytes          bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE FUNCTION count_images() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    SELECT tenant_id, sign * count(*), sign * count(deleted_at), 0 FROM changed GROUP BY tenant_id;
    RETURN NULL;
END $$;

CREATE FUNCTION count_deleted_image() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    VALUES (NEW.tenant_id, 0, CASE WHEN NEW.deleted_at IS NULL THEN -1 ELSE 1 END, 0);
    RETURN NULL;
END $$;

CREATE FUNCTION count_originals() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    SELECT tenant_id, 0, 0, sign * sum(size_in_bytes) FROM changed
    WHERE role = 'original' GROUP BY tenant_id;
    RETURN NULL;
END $$;

CREATE FUNCTION count_arrived() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    arrives boolean := TG_OP = 'UPDATE' AND NEW.stage IS NOT DISTINCT FROM 'arrived';
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    VALUES (
        OLD.tenant_id, 0, 0, CASE WHEN arrives THEN NEW.size_in_bytes ELSE -OLD.size_in_bytes END
    );
    RETURN NULL;
END $$;

-- The one place where quotas hold whatever the way in. At the commit: every other lock is held by
-- then, so nobody waits here for who waits for him, and only for as long as a commit takes. Of a
-- tenant with a quota the commits come one after the other from here on, each sees those before it,
-- and not even uploads at the same moment can exceed it.
CREATE FUNCTION settle_usage() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    own_slot smallint := pg_backend_pid() % 8;
    quota record;
    used record;
BEGIN
    DELETE FROM usage_changes WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
    UPDATE tenant_usage
    SET images = images + NEW.images, deleted_images = deleted_images + NEW.deleted_images,
        bytes = bytes + NEW.bytes
    WHERE tenant_id = NEW.tenant_id AND slot = own_slot;
    IF NOT FOUND THEN
        INSERT INTO tenant_usage AS u (tenant_id, slot, images, deleted_images, bytes)
        SELECT tenant_id, own_slot, NEW.images, NEW.deleted_images, NEW.bytes
        FROM tenants WHERE tenant_id = NEW.tenant_id
        ON CONFLICT (tenant_id, slot) DO UPDATE SET
            images = u.images + EXCLUDED.images,
            deleted_images = u.deleted_images + EXCLUDED.deleted_images,
            bytes = u.bytes + EXCLUDED.bytes;
    END IF;
    IF NEW.images <= 0 AND NEW.bytes <= 0 THEN
        RETURN NULL;
    END IF;
    SELECT max_images, max_bytes INTO quota FROM tenants WHERE tenant_id = NEW.tenant_id;
    IF coalesce(quota.max_images, quota.max_bytes) IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('quota', NEW.tenant_id));
    SELECT sum(images) AS images, sum(bytes) AS bytes INTO used
    FROM tenant_usage WHERE tenant_id = NEW.tenant_id;
    IF NEW.images > 0 AND used.images > quota.max_images THEN
        RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'FT507', DETAIL = jsonb_build_object(
            'quota', 'images', 'used', used.images - NEW.images, 'limit', quota.max_images
        );
    ELSIF NEW.bytes > 0 AND used.bytes > quota.max_bytes THEN
        RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'FT507', DETAIL = jsonb_build_object(
            'quota', 'bytes', 'used', used.bytes - NEW.bytes, 'limit', quota.max_bytes
        );
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER images_come AFTER INSERT ON images REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_images();
CREATE TRIGGER images_go AFTER DELETE ON images REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_images();
CREATE TRIGGER image_is_deleted AFTER UPDATE OF deleted_at ON images
FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
EXECUTE FUNCTION count_deleted_image();
CREATE TRIGGER objects_come AFTER INSERT ON objects REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_originals();
CREATE TRIGGER objects_go AFTER DELETE ON objects REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_originals();
CREATE TRIGGER upload_arrives AFTER UPDATE OF stage ON uploads
FOR EACH ROW WHEN (
    (OLD.stage IS NOT DISTINCT FROM 'arrived') <> (NEW.stage IS NOT DISTINCT FROM 'arrived')
)
EXECUTE FUNCTION count_arrived();
CREATE TRIGGER upload_goes AFTER DELETE ON uploads
FOR EACH ROW WHEN (OLD.stage = 'arrived') EXECUTE FUNCTION count_arrived();
CREATE CONSTRAINT TRIGGER usage_changes AFTER INSERT ON usage_changes
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settle_usage();

-- Delete up to $2 rows of each table that is a tenant's, but for those whose keys have to go first.
-- What others still point at has its turn when they are gone. Tells how many went.
CREATE FUNCTION forget_rows_of(gone bigint, at_most integer) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    owned text;
    went bigint;
    total bigint := 0;
BEGIN
    FOR owned IN
        SELECT c.oid::regclass::text
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            AND c.relname <> ALL (ARRAY[
                'tenants', 'images', 'objects', 'uploads', 'deletions', 'tenant_usage',
                'usage_changes'
            ])
    LOOP
        BEGIN
            EXECUTE format(
                'DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s '
                'WHERE tenant_id = $1 LIMIT $2)) AND tenant_id = $1', owned
            ) USING gone, at_most;
            GET DIAGNOSTICS went = ROW_COUNT;
            total := total + went;
        EXCEPTION WHEN foreign_key_violation THEN
            CONTINUE;
        END;
    END LOOP;
    RETURN total;
END $$;

INSERT INTO tenant_usage (tenant_id, slot, images, deleted_images, bytes)
SELECT
    t.tenant_id, 0,
    (SELECT count(*) FROM images AS i WHERE i.tenant_id = t.tenant_id),
    (
        SELECT count(*) FROM images AS i
        WHERE i.tenant_id = t.tenant_id AND i.deleted_at IS NOT NULL
    ),
    coalesce((
        SELECT sum(o.size_in_bytes) FROM objects AS o
        WHERE o.tenant_id = t.tenant_id AND o.role = 'original'
    ), 0) + coalesce((
        SELECT sum(u.size_in_bytes) FROM uploads AS u
        WHERE u.tenant_id = t.tenant_id AND u.stage = 'arrived'
    ), 0)
FROM tenants AS t;

-- migrate: rollback

DROP FUNCTION forget_rows_of;
DROP TRIGGER upload_goes ON uploads;
DROP TRIGGER upload_arrives ON uploads;
DROP TRIGGER objects_go ON objects;
DROP TRIGGER objects_come ON objects;
DROP TRIGGER image_is_deleted ON images;
DROP TRIGGER images_go ON images;
DROP TRIGGER images_come ON images;
DROP TABLE usage_changes, tenant_usage;
DROP FUNCTION settle_usage, count_arrived, count_originals, count_deleted_image, count_images;
ALTER TABLE tenants
DROP CONSTRAINT deleting_is_disabled,
DROP COLUMN deleting_on,
DROP COLUMN disabled_on,
DROP COLUMN max_file_bytes,
DROP COLUMN max_images,
DROP COLUMN max_bytes;
