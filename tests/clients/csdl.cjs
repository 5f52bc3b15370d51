"use strict";
// What two parsers make of the CSDL on standard input, as JSON: OASIS's own, strictly, and SAP's.
const fs = require("node:fs");
const { parse } = require("@sap-ux/edmx-parser");
const { xml2json } = require("odata-csdl");

const xml = fs.readFileSync(0, "utf-8");
const messages = [];
const oasis = xml2json(xml, { strict: true, messages });
process.stdout.write(JSON.stringify({ oasis, messages, sap: parse(xml) }));
