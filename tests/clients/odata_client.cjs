"use strict";
// @odata/client, by its own builders, which leave doubling quotes and percent-encoding to the caller.
// A next link is given back to it as a collection.
const { OData, SystemQueryOptions } = require("@odata/client");
const { EdmV4 } = require("@odata/client/lib/types_v4");
const { answer } = require("./answer.cjs");

answer(async ({ origin, key, quoted, tag, since }) => {
  const root = `${origin}/`;
  const literal = encodeURIComponent(quoted.replace(/'/g, "''"));
  const hasTag = `tags/any(t:t eq '${encodeURIComponent(tag)}')`;
  const client = OData.New4({
    serviceEndpoint: root,
    commonHeaders: { "X-API-KEY": key, "OData-MaxVersion": "4.0" },
  });

  async function walk(options) {
    const found = [];
    let pages = 0;
    let collection = "images";
    let params = options;
    while (collection) {
      const page = await client.newRequest({ collection, params, method: "GET" });
      if (!page.value) throw new Error(JSON.stringify(page));
      found.push(...page.value.map((image) => image.reference));
      pages += 1;
      collection = page["@odata.nextLink"]?.slice(root.length);
      params = undefined;
    }
    return { found, pages };
  }

  const images = client.getEntitySet("images");
  const byDate = client.newFilter().property("createdOn").ge(EdmV4.DateTimeOffset.from(since));
  const byQuoted = client.newFilter().property("reference").eq(EdmV4.String.from(literal));
  const all = await walk(SystemQueryOptions.newOptions().orderby("reference", "asc"));
  return {
    all: all.found,
    pages: all.pages,
    quoted: (await images.query(byQuoted)).map((image) => image.reference),
    tagged: (await walk(SystemQueryOptions.newOptions().filter(hasTag))).found,
    since: (await walk(SystemQueryOptions.newOptions().filter(byDate))).found,
    count: await images.count(byDate),
    one: (await images.retrieve(literal)).reference,
  };
});
