-- names by how they end: the trigrams of an ending are those of many more names
-- depends: 0023_covering

-- migrate: apply

-- Images are not written while this is made: at ten million that takes some minutes.
CREATE INDEX images_reference_end ON images (tenant_id, reverse(reference) COLLATE "C")
WHERE deleted_at IS NULL;

-- migrate: rollback

DROP INDEX images_reference_end;
