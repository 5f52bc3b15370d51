-- what editors say of images in many languages, where they file them, and what others call them
-- depends: 0010_links 0012_events 0016_staged

-- migrate: apply

CREATE TABLE image_locales (
    tenant_id    bigint NOT NULL,
    image_id     bigint NOT NULL,
    locale       text COLLATE "C" NOT NULL,
    id           uuid NOT NULL,
    credit       text,
    caption_html text,
    PRIMARY KEY (tenant_id, image_id, locale),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE
);

-- The words of an image's locales, null where it has none; written with the locales.
ALTER TABLE images ADD COLUMN locale_words tsvector;
CREATE INDEX images_locale_words ON images USING gin (tenant_id, locale_words)
WHERE deleted_at IS NULL AND locale_words IS NOT NULL;

-- What is told of in `image_changes` already is not told of again.
CREATE TRIGGER image_locales_change AFTER UPDATE ON images
FOR EACH ROW WHEN (
    OLD.locale_words IS DISTINCT FROM NEW.locale_words AND OLD.row_version <> NEW.row_version
)
EXECUTE FUNCTION note_image_event();

-- `deleted_with` is the category whose deletion took this one along, or itself.
CREATE TABLE categories (
    tenant_id    bigint NOT NULL REFERENCES tenants,
    id           uuid NOT NULL,
    parent_id    uuid,
    position     integer NOT NULL,
    svg_icon     text,
    is_archived  boolean NOT NULL,
    created_on   timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    modified_on  timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    deleted_at   timestamptz,
    deleted_with uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES categories (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT deleted_with_something CHECK ((deleted_at IS NULL) = (deleted_with IS NULL))
);
CREATE INDEX categories_order ON categories (tenant_id, position, id) WHERE deleted_at IS NULL;
CREATE INDEX categories_parent ON categories (tenant_id, parent_id);
CREATE INDEX categories_deleted ON categories (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE category_locales (
    tenant_id   bigint NOT NULL,
    category_id uuid NOT NULL,
    locale      text COLLATE "C" NOT NULL,
    id          uuid NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (tenant_id, category_id, locale),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, category_id) REFERENCES categories (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE image_categories (
    tenant_id   bigint NOT NULL,
    category_id uuid NOT NULL,
    image_id    bigint NOT NULL,
    PRIMARY KEY (tenant_id, category_id, image_id),
    FOREIGN KEY (tenant_id, category_id) REFERENCES categories (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX image_categories_image ON image_categories (tenant_id, image_id, category_id);

-- What another system calls an image or a category. Those of images count as links until they expire.
CREATE TABLE reference_records (
    tenant_id   bigint NOT NULL,
    provider    text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    image_id    bigint,
    category_id uuid,
    expires_at  timestamptz,
    created_on  timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    PRIMARY KEY (tenant_id, provider, id),
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, category_id) REFERENCES categories (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT names_one_thing CHECK ((image_id IS NULL) <> (category_id IS NULL))
);
CREATE INDEX reference_records_image ON reference_records (tenant_id, image_id);
CREATE INDEX reference_records_category ON reference_records (tenant_id, category_id);
CREATE INDEX reference_records_expiry ON reference_records (expires_at)
WHERE expires_at IS NOT NULL;

-- migrate: rollback

DROP TABLE reference_records, image_categories, category_locales, categories;
DROP TRIGGER image_locales_change ON images;
DROP INDEX images_locale_words;
ALTER TABLE images DROP COLUMN locale_words;
DROP TABLE image_locales;
