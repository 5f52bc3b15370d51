-- a square of each picture, cut out by its gravity
-- depends: 0007_key_order

-- migrate: apply

-- Its key has the letters of the other thumbnails' keys, so plain_keys tells of it too.
ALTER TABLE images ADD COLUMN thumbnail_square_key text;
ALTER TABLE objects DROP CONSTRAINT objects_role_check;
ALTER TABLE objects ADD CONSTRAINT objects_role_check
CHECK (role IN ('original', 'TH', 'THM', 'THP', 'THS'));

-- migrate: rollback

INSERT INTO deletions (tenant_id, key, due_at)
SELECT tenant_id, key, now() FROM objects WHERE role = 'THS'
ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now();
DELETE FROM objects WHERE role = 'THS';
ALTER TABLE objects DROP CONSTRAINT objects_role_check;
ALTER TABLE objects ADD CONSTRAINT objects_role_check
CHECK (role IN ('original', 'TH', 'THM', 'THP'));
ALTER TABLE images DROP COLUMN thumbnail_square_key;
