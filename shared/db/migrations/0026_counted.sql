-- new images and originals counted by their own rows, which costs less
-- depends: 0013_quotas

-- migrate: apply

-- The one place where quotas hold whatever the way in. At the commit: every other lock is held by
-- then, so nobody waits here for who waits for him, and only for as long as a commit takes. Of a
-- tenant with a quota the commits come one after the other from here on, each sees those before it,
-- and not even uploads at the same moment can exceed it. What comes singly, images and originals,
-- is counted by its own row; what goes or arrives in numbers by a row of `usage_changes`.
CREATE OR REPLACE FUNCTION settle_usage() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    own_slot smallint := pg_backend_pid() % 8;
    more_images bigint := 0;
    more_deleted bigint := 0;
    more_bytes bigint := 0;
    most_images bigint;
    most_bytes bigint;
    used record;
BEGIN
    IF TG_TABLE_NAME = 'images' THEN
        more_images := 1;
        more_deleted := num_nonnulls(NEW.deleted_at);
    ELSIF TG_TABLE_NAME = 'objects' THEN
        more_bytes := NEW.size_in_bytes;
    ELSE
        DELETE FROM usage_changes WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
        more_images := NEW.images;
        more_deleted := NEW.deleted_images;
        more_bytes := NEW.bytes;
    END IF;
    UPDATE tenant_usage AS u
    SET images = u.images + more_images, deleted_images = u.deleted_images + more_deleted,
        bytes = u.bytes + more_bytes
    FROM tenants AS t
    WHERE u.tenant_id = NEW.tenant_id AND u.slot = own_slot AND t.tenant_id = NEW.tenant_id
    RETURNING t.max_images, t.max_bytes INTO most_images, most_bytes;
    IF NOT FOUND THEN
        SELECT max_images, max_bytes INTO most_images, most_bytes
        FROM tenants WHERE tenant_id = NEW.tenant_id;
        INSERT INTO tenant_usage AS u (tenant_id, slot, images, deleted_images, bytes)
        SELECT tenant_id, own_slot, more_images, more_deleted, more_bytes
        FROM tenants WHERE tenant_id = NEW.tenant_id
        ON CONFLICT (tenant_id, slot) DO UPDATE SET
            images = u.images + EXCLUDED.images,
            deleted_images = u.deleted_images + EXCLUDED.deleted_images,
            bytes = u.bytes + EXCLUDED.bytes;
    END IF;
    IF (more_images <= 0 OR most_images IS NULL) AND (more_bytes <= 0 OR most_bytes IS NULL) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('quota', NEW.tenant_id));
    SELECT sum(images) AS images, sum(bytes) AS bytes INTO used
    FROM tenant_usage WHERE tenant_id = NEW.tenant_id;
    IF more_images > 0 AND used.images > most_images THEN
        RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'FT507', DETAIL = jsonb_build_object(
            'quota', 'images', 'used', used.images - more_images, 'limit', most_images
        );
    ELSIF more_bytes > 0 AND used.bytes > most_bytes THEN
        RAISE EXCEPTION 'quota exceeded' USING ERRCODE = 'FT507', DETAIL = jsonb_build_object(
            'quota', 'bytes', 'used', used.bytes - more_bytes, 'limit', most_bytes
        );
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER images_come ON images;
DROP TRIGGER objects_come ON objects;
CREATE CONSTRAINT TRIGGER images_come AFTER INSERT ON images
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settle_usage();
CREATE CONSTRAINT TRIGGER originals_come AFTER INSERT ON objects
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.role = 'original')
EXECUTE FUNCTION settle_usage();

-- Only what goes is counted by these any more.
CREATE OR REPLACE FUNCTION count_images() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    SELECT tenant_id, -count(*), -count(deleted_at), 0 FROM changed GROUP BY tenant_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_originals() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    SELECT tenant_id, 0, 0, -sum(size_in_bytes) FROM changed
    WHERE role = 'original' GROUP BY tenant_id;
    RETURN NULL;
END $$;

-- migrate: rollback

DROP TRIGGER originals_come ON objects;
DROP TRIGGER images_come ON images;
CREATE OR REPLACE FUNCTION count_images() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO usage_changes (tenant_id, images, deleted_images, bytes)
    SELECT tenant_id, sign * count(*), sign * count(deleted_at), 0 FROM changed GROUP BY tenant_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_originals() RETURNS trigger
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

CREATE OR REPLACE FUNCTION settle_usage() RETURNS trigger
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
CREATE TRIGGER objects_come AFTER INSERT ON objects REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_originals();
