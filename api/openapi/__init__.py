"""OpenAPI: what the contracts say of themselves, as one document and one page to read it."""
