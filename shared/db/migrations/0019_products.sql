-- products and the binary images that belong to them
-- depends: 0016_staged

-- migrate: apply

CREATE TABLE products (
    tenant_id  bigint NOT NULL REFERENCES tenants,
    id         uuid NOT NULL,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
    created_on timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    PRIMARY KEY (tenant_id, id)
);

-- What a product says of an image; the image itself is one like all others.
CREATE TABLE product_images (
    tenant_id  bigint NOT NULL,
    product_id uuid NOT NULL,
    image_id   bigint NOT NULL,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 255),
    version    text NOT NULL CHECK (char_length(version) BETWEEN 1 AND 255),
    author     text NOT NULL,
    PRIMARY KEY (tenant_id, product_id, image_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX product_images_image ON product_images (tenant_id, image_id);

-- migrate: rollback

DROP TABLE product_images, products;
