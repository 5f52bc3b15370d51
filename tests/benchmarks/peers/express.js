// The same two calls as people write them with Express and pg: one process, a pool of ten.
const express = require('express');
const { Pool } = require('pg');

const { DATABASE_URL, TENANT_ID, CDN_BASE, PORT } = process.env;
const pool = new Pool({ connectionString: DATABASE_URL, max: 10 });
const app = express();

const COLUMNS = `id, reference, num_links, status, modified_on, file_type, created_on, tags,
  original_key, thumbnail_key, thumbnail_medium_key, thumbnail_preview_key, width, height,
  size_in_bytes`;

const time = (date) => date.toISOString().slice(0, 19);
const url = (key) => key && CDN_BASE + key.split('/').map(encodeURIComponent).join('/');

const document = (row) => ({
  id: Number(row.id),
  reference: row.reference,
  numLinks: row.num_links,
  status: row.status,
  modifiedOn: time(row.modified_on),
  fileType: row.file_type,
  createdOn: time(row.created_on),
  tags: row.tags,
  originalUrl: url(row.original_key),
  thumbnailUrl: url(row.thumbnail_key),
  thumbnailMediumUrl: url(row.thumbnail_medium_key),
  thumbnailPreviewUrl: url(row.thumbnail_preview_key),
  width: row.width,
  height: row.height,
  sizeInBytes: Number(row.size_in_bytes),
});

app.get('/images', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT ${COLUMNS} FROM images WHERE tenant_id = $1 AND deleted_at IS NULL
     ORDER BY created_on DESC, id DESC LIMIT $2`,
    [TENANT_ID, Number(request.query.limit)],
  );
  response.json({ value: rows.map(document) });
});

app.get('/images/:reference', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT ${COLUMNS} FROM images
     WHERE tenant_id = $1 AND reference = $2 AND deleted_at IS NULL`,
    [TENANT_ID, request.params.reference],
  );
  if (rows.length === 0) return response.status(404).json({ detail: 'not found' });
  return response.json(document(rows[0]));
});

app.listen(Number(PORT), '127.0.0.1');
