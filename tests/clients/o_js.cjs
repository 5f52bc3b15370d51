"use strict";
// o.js, which keeps `value` alone of an answer unless it is asked by `fetch`.
const { o } = require("o.js");
const { answer } = require("./answer.cjs");

answer(async ({ origin, key, quoted, tag, since }) => {
  const client = o(`${origin}/`, { headers: { "X-API-KEY": key } });
  const literal = `'${quoted.replace(/'/g, "''")}'`;

  async function walk(query) {
    const found = [];
    let pages = 0;
    let response = await client.get("images").fetch(query);
    while (response) {
      if (!response.ok) throw new Error(await response.text());
      const page = await response.json();
      found.push(...page.value.map((image) => image.reference));
      pages += 1;
      response = page["@nextLink"] && (await client.get(page["@nextLink"]).fetch());
    }
    return { found, pages };
  }

  const all = await walk({ $orderby: "reference", $select: "reference" });
  const newer = `createdOn ge ${since.toISOString()}`;
  const matching = await client.get("images").query({ $filter: `reference eq ${literal}` });
  return {
    all: all.found,
    pages: all.pages,
    quoted: matching.map((image) => image.reference),
    tagged: (await walk({ $filter: `tags/any(t:t eq '${tag}')` })).found,
    since: (await walk({ $filter: newer })).found,
    count: await client.get("images/$count").query({ $filter: newer }),
    one: (await client.get(`images(${encodeURIComponent(literal)})`).query()).reference,
  };
});
