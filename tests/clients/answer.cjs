"use strict";
// Gives a client's trial what it is to ask for, and prints what it found, both as JSON.
const fs = require("node:fs");

exports.answer = async function answer(trial) {
  const asked = JSON.parse(fs.readFileSync(0, "utf-8"));
  asked.since = new Date(asked.since);
  process.stdout.write(JSON.stringify(await trial(asked)));
};
