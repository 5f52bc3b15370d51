-- an undo that was cancelled may be begun again, for what it had not taken back yet
-- depends: 0011_operations

-- migrate: apply

DROP INDEX operations_undo;
CREATE UNIQUE INDEX operations_undo ON operations (tenant_id, undo_of)
WHERE undo_of IS NOT NULL AND state <> 'cancelled';
CREATE INDEX operations_undos ON operations (tenant_id, undo_of, id) WHERE undo_of IS NOT NULL;

-- migrate: rollback

DROP INDEX operations_undos, operations_undo;
DELETE FROM operations AS o USING operations AS later
WHERE later.tenant_id = o.tenant_id AND later.undo_of = o.undo_of AND later.id > o.id;
CREATE UNIQUE INDEX operations_undo ON operations (tenant_id, undo_of) WHERE undo_of IS NOT NULL;
