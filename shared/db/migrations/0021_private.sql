-- originals that only signed addresses show, and pictures marked with a text
-- depends: 0014_square

-- migrate: apply

ALTER TABLE tenants
ADD COLUMN originals text NOT NULL DEFAULT 'public' CHECK (originals IN ('public', 'private')),
ADD COLUMN watermark text CHECK (char_length(watermark) BETWEEN 1 AND 100);

-- HMAC-SHA-256 (RFC 2104) of a key's text, under a secret that was joined to both pads already.
CREATE FUNCTION url_signature(key text, inner_pad bytea, outer_pad bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN encode(sha256(outer_pad || sha256(inner_pad || convert_to(key, 'UTF8'))), 'hex');

-- Their keys have the letters of the other thumbnails' keys, so plain_keys tells of them too.
ALTER TABLE images
ADD COLUMN watermark_medium_key text,
ADD COLUMN watermark_preview_key text;
ALTER TABLE objects DROP CONSTRAINT objects_role_check;
ALTER TABLE objects ADD CONSTRAINT objects_role_check
CHECK (role IN ('original', 'TH', 'THM', 'THP', 'THS', 'WMM', 'WMP'));

-- migrate: rollback

INSERT INTO deletions (tenant_id, key, due_at)
SELECT tenant_id, key, now() FROM objects WHERE role IN ('WMM', 'WMP')
ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now();
DELETE FROM objects WHERE role IN ('WMM', 'WMP');
ALTER TABLE objects DROP CONSTRAINT objects_role_check;
ALTER TABLE objects ADD CONSTRAINT objects_role_check
CHECK (role IN ('original', 'TH', 'THM', 'THP', 'THS'));
ALTER TABLE images DROP COLUMN watermark_medium_key, DROP COLUMN watermark_preview_key;
DROP FUNCTION url_signature(text, bytea, bytea);
ALTER TABLE tenants DROP COLUMN originals, DROP COLUMN watermark;
