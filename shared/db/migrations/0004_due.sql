-- what is due, by tenant: the sweeper takes a few images of each, however many there are
-- depends: 0003_flat

-- migrate: apply

DROP INDEX images_due;
CREATE INDEX images_due ON images (tenant_id, due_at, id) WHERE due_at IS NOT NULL;

-- migrate: rollback

DROP INDEX images_due;
CREATE INDEX images_due ON images (due_at) WHERE due_at IS NOT NULL;
