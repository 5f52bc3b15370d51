-- changes to many images at once: what was asked for, and how far each image has come
-- depends: 0007_key_order

-- migrate: apply

-- `served_at` is when it last had its turn. The filter is kept for people to read: which images are
-- meant was settled when the operation was accepted. `undo_of` is the operation that is taken back.
CREATE TABLE operations (
    tenant_id   bigint NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id          uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('reprocess', 'tag', 'delete', 'untag', 'restore')),
    state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'cancelled')),
    filter      text,
    add_tags    text [] NOT NULL DEFAULT '{}',
    remove_tags text [] NOT NULL DEFAULT '{}',
    undo_of     uuid,
    total       integer NOT NULL DEFAULT 0,
    done        integer NOT NULL DEFAULT 0,
    failed      integer NOT NULL DEFAULT 0,
    served_at   timestamptz NOT NULL DEFAULT '-infinity',
    created_on  timestamptz NOT NULL DEFAULT now(),
    finished_on timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT running_is_not_finished CHECK ((state = 'running') = (finished_on IS NULL))
);
CREATE UNIQUE INDEX operations_undo ON operations (tenant_id, undo_of) WHERE undo_of IS NOT NULL;
CREATE INDEX operations_running ON operations (tenant_id, served_at) WHERE state = 'running';
CREATE INDEX operations_finished ON operations (finished_on) WHERE finished_on IS NOT NULL;

-- `revision` is the image's when the operation was accepted. `due_at` is when it is tried, or, while
-- it is worked on, when somebody looks what became of it. `row_version` and `tags_before` are what
-- an undo needs to know: the version that the operation left, null where it changed nothing. The
-- image may be purged meanwhile, so there is no foreign key to it.
CREATE TABLE operation_items (
    tenant_id    bigint NOT NULL,
    operation_id uuid NOT NULL,
    image_id     bigint NOT NULL,
    revision     integer NOT NULL,
    state        text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'working', 'done', 'failed')),
    due_at       timestamptz NOT NULL DEFAULT now(),
    tries        integer NOT NULL DEFAULT 0,
    row_version  bigint,
    tags_before  text [],
    reference    text,
    reason       text,
    detail       text,
    PRIMARY KEY (tenant_id, operation_id, image_id),
    FOREIGN KEY (tenant_id, operation_id) REFERENCES operations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operation_items_waiting ON operation_items (tenant_id, operation_id, due_at, image_id)
WHERE state = 'waiting';
CREATE INDEX operation_items_working ON operation_items (due_at) WHERE state = 'working';
CREATE INDEX operation_items_failed ON operation_items (tenant_id, operation_id, image_id)
WHERE state = 'failed';

-- migrate: rollback

DROP TABLE operation_items, operations;
