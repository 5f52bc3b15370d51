-- what happened to images, written where it happens, and who is told of it
-- depends: 0007_key_order

-- migrate: apply

-- What has not been numbered yet. Without a foreign key: it would be looked up at every change.
-- `keys` are the original's and the three thumbnails' where the image is ready; `webhook_id` is
-- given where only that webhook is to hear of it.
CREATE TABLE outbox (
    tenant_id   bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    type        text NOT NULL,
    image_id    bigint,
    webhook_id  uuid,
    data        jsonb NOT NULL,
    keys        text [],
    occurred_on timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id)
);

-- How many events each tenant has had.
CREATE TABLE event_heads (
    tenant_id bigint PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    seq       bigint NOT NULL
);

-- Numbered by the relay in the order in which they can be read: without gaps, per tenant.
CREATE TABLE events (
    tenant_id   bigint NOT NULL REFERENCES event_heads ON DELETE CASCADE,
    seq         bigint NOT NULL,
    type        text NOT NULL,
    image_id    bigint,
    webhook_id  uuid,
    data        jsonb NOT NULL,
    keys        text [],
    occurred_on timestamptz NOT NULL,
    numbered_on timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, seq)
);

-- `cursor_seq`: everything up to there was delivered or is not asked for; `delivered` are those
-- beyond it that were too. `head_seq` is the last that it asks for. `due_at` is when somebody has
-- to act: at once, when a retry is due, or when a lease runs out. Secrets are sealed.
CREATE TABLE webhooks (
    tenant_id       bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id              uuid NOT NULL,
    url             text NOT NULL CHECK (char_length(url) <= 2048),
    events          text [] NOT NULL,
    description     text,
    secret          bytea NOT NULL,
    old_secret      bytea,
    old_secret_until timestamptz,
    cursor_seq      bigint NOT NULL,
    head_seq        bigint NOT NULL,
    delivered       bigint [] NOT NULL DEFAULT '{}',
    due_at          timestamptz,
    failures        integer NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    last_error      text,
    last_error_on   timestamptz,
    last_success_on timestamptz,
    disabled_on     timestamptz,
    disabled_reason text,
    created_on      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT disabled_is_not_due CHECK (disabled_on IS NULL OR due_at IS NULL)
);
CREATE INDEX webhooks_due ON webhooks (due_at) WHERE due_at IS NOT NULL;

-- The one place where events of images are written, whatever statement changed them.
CREATE FUNCTION note_image_event() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    image images;
    kind text;
    former text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        image := OLD;
        kind := 'image.purged';
    ELSE
        image := NEW;
        IF TG_OP = 'INSERT' THEN
            kind := 'image.created';
        ELSIF NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN
            kind := 'image.deleted';
        ELSIF NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL THEN
            kind := 'image.restored';
        ELSIF NEW.status = OLD.status THEN
            kind := 'image.updated';
        ELSE
            kind := CASE NEW.status
                WHEN 'Ok' THEN 'image.ready'
                WHEN 'Er' THEN 'image.failed'
                WHEN 'Vd' THEN 'image.updated'
                ELSE 'image.processing'
            END;
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.reference <> OLD.reference THEN
            former := OLD.reference;
        END IF;
    END IF;
    INSERT INTO outbox (tenant_id, type, image_id, data, keys)
    VALUES (
        image.tenant_id, kind, image.id,
        jsonb_strip_nulls(
            jsonb_build_object(
                'id', image.id, 'uid', image.uid, 'reference', image.reference,
                'formerReference', former, 'status', image.status,
                'statusReason', image.status_reason, 'revision', image.revision,
                'rowVersion', image.row_version
            )
        ),
        CASE WHEN kind = 'image.ready' THEN ARRAY[
            image.original_key, image.thumbnail_key, image.thumbnail_medium_key,
            image.thumbnail_preview_key
        ] END
    );
    RETURN NULL;
END $$;

CREATE TRIGGER image_appears AFTER INSERT OR DELETE ON images
FOR EACH ROW EXECUTE FUNCTION note_image_event();

-- Not for leases, retries and numbers handed out, which nobody outside sees.
CREATE TRIGGER image_changes AFTER UPDATE ON images
FOR EACH ROW WHEN (
    (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
    OR OLD.status IS DISTINCT FROM NEW.status
    OR OLD.reference IS DISTINCT FROM NEW.reference
    OR OLD.revision IS DISTINCT FROM NEW.revision
    OR OLD.served_revision IS DISTINCT FROM NEW.served_revision
    OR OLD.served_attempt IS DISTINCT FROM NEW.served_attempt
    OR OLD.original_key IS DISTINCT FROM NEW.original_key
    OR OLD.tags IS DISTINCT FROM NEW.tags
    OR OLD.title IS DISTINCT FROM NEW.title
    OR OLD.alt IS DISTINCT FROM NEW.alt
    OR OLD.caption IS DISTINCT FROM NEW.caption
    OR OLD.gravity IS DISTINCT FROM NEW.gravity
    OR OLD.num_links IS DISTINCT FROM NEW.num_links
)
EXECUTE FUNCTION note_image_event();

-- migrate: rollback

DROP TRIGGER image_changes ON images;
DROP TRIGGER image_appears ON images;
DROP FUNCTION note_image_event;
DROP TABLE webhooks, events, event_heads, outbox;
