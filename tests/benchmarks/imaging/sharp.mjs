// sharp as a peer: a line of JSON with a file and a way in, a line with the time and the bytes out.
// Started in the folder where npm installed it. One thread; the same formats and quality as ours.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const sharp = createRequire(`${process.cwd()}/`)("sharp");
sharp.concurrency(1);
sharp.cache(false);

const SIZES = [1200, 400, 150];

function encoded(image, extension) {
  if (extension === "jpg") return image.jpeg({ quality: 80 });
  return extension === "webp" ? image.webp({ quality: 80 }) : image.png();
}

const fitted = (image, size) =>
  image.resize(size, size, { fit: "inside", withoutEnlargement: true });

async function three({ path, extension }) {
  const made = [];
  for (const size of SIZES) {
    const image = fitted(sharp(path).autoOrient(), size);
    made.push(await encoded(image, extension).toBuffer());
  }
  return made;
}

async function cascade({ path, extension }) {
  const made = [];
  let image = sharp(path).autoOrient();
  for (const size of SIZES) {
    const { data, info } = await fitted(image, size).raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    image = sharp(data, { raw });
    made.push(await encoded(image.clone(), extension).toBuffer());
  }
  return made;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  const made = await (request.way === "three" ? three : cascade)(request);
  const wall_ms = Number(process.hrtime.bigint() - started) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  const bytes = made.map((data) => data.length);
  if (request.folder) {
    made.forEach((data, at) => writeFileSync(`${request.folder}/${SIZES[at]}`, data));
  }
  console.log(JSON.stringify({ wall_ms, cpu_ms: (user + system) / 1000, bytes }));
}
