-- which originals were sent past the API: completing once more is as once while they are the newest
-- depends: 0008_incoming 0010_links

-- migrate: apply

ALTER TABLE objects ADD COLUMN is_arrival boolean NOT NULL DEFAULT FALSE;

-- migrate: rollback

ALTER TABLE objects DROP COLUMN is_arrival;
