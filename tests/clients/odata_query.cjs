"use strict";
// odata-query writes the queries; fetch sends them.
const { default: buildQuery, ITEM_ROOT } = require("odata-query");
const { answer } = require("./answer.cjs");

answer(async ({ origin, key, quoted, tag, since }) => {
  async function read(url) {
    const response = await fetch(url, { headers: { "X-API-KEY": key } });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  async function walk(query) {
    const found = [];
    let pages = 0;
    let url = `${origin}/images${buildQuery(query)}`;
    while (url) {
      const page = await read(url);
      found.push(...page.value.map((image) => image.reference));
      pages += 1;
      url = page["@nextLink"];
    }
    return { found, pages };
  }

  const all = await walk({ orderBy: ["reference asc"], select: ["id", "reference"] });
  const counting = { filter: { createdOn: { ge: since } }, count: true, top: 1 };
  return {
    all: all.found,
    pages: all.pages,
    quoted: (await walk({ filter: { reference: quoted } })).found,
    tagged: (await walk({ filter: { tags: { any: { [ITEM_ROOT]: tag } } } })).found,
    since: (await walk({ filter: { createdOn: { ge: since } } })).found,
    count: (await read(`${origin}/images${buildQuery(counting)}`))["@count"],
    one: (await read(`${origin}/images${buildQuery({ key: quoted })}`)).reference,
  };
});
