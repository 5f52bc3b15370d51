-- deleted images whose time to be restored is over, found without a look at all the others
-- depends: 0001_library

-- migrate: apply

CREATE INDEX images_deleted ON images (deleted_at) WHERE deleted_at IS NOT NULL;

-- migrate: rollback

DROP INDEX images_deleted;
