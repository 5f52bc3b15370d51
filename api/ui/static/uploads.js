// Files on their way: from the drop zone, the picker and the clipboard, a few at a time.

import { put } from "./api.js";
import { Card } from "./card.js";
import { announce } from "./words.js";

const AT_ONCE = 3;

export class Uploads {
  #grid;
  #waiting = [];
  #running = 0;

  constructor(grid) {
    this.#grid = grid;
    addEventListener("beforeunload", (event) => {
      if (this.#running) event.preventDefault();
    });
  }

  /** Take files; the first of them stands foremost in the grid. */
  add(files, nameOf = (file) => file.name) {
    const jobs = [...files].map((file) => this.#job(file, nameOf(file)));
    if (!jobs.length) return;
    this.#grid.putFirst(jobs.map((job) => job.card));
    announce(jobs.length === 1 ? `Uploading ${jobs[0].name}.` : `Uploading ${jobs.length} files.`);
    for (const job of jobs) this.#enqueue(job);
  }

  #job(file, name) {
    const card = new Card((opened) => this.#grid.onOpen(opened));
    card.showFile(name, file);
    return { file, name, card, replace: false, stopper: null };
  }

  #enqueue(job) {
    job.stopper = new AbortController();
    job.card.showNote("");
    job.card.showProgress(0, () => this.#cancel(job), "Waiting");
    this.#waiting.push(job);
    this.#next();
  }

  #cancel(job) {
    job.stopper.abort();
    this.#waiting = this.#waiting.filter((other) => other !== job);
    this.#grid.dismiss(job.card);
  }

  #next() {
    while (this.#running < AT_ONCE && this.#waiting.length) {
      this.#running += 1;
      this.#run(this.#waiting.shift()).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #run(job) {
    const { card, name, file, replace, stopper } = job;
    const { signal } = stopper;
    const onProgress = (fraction) => card.showProgress(fraction, () => this.#cancel(job));
    const onWait = (why) => card.showNote(why, {}, "remark");
    try {
      onProgress(0);
      this.#grid.arrived(card, await put(name, file, { replace, signal, onProgress, onWait }));
    } catch (problem) {
      if (!signal.aborted) this.#refuse(job, problem);
    }
  }

  #refuse(job, problem) {
    const again = (replace) => () => this.#enqueue(Object.assign(job, { replace }));
    const dismiss = () => this.#grid.dismiss(job.card);
    if (problem.status === 412) {
      const text = "The library has an image of this name. Replace it?";
      job.card.showHalt("Vd", "Exists already", text, { Replace: again(true), Skip: dismiss });
    } else {
      const answers = { "Try again": again(job.replace), Dismiss: dismiss };
      job.card.showHalt("Er", "Not uploaded", problem.message, answers);
    }
    announce(`${job.name} was not uploaded. ${job.card.part("note").innerText}`);
  }
}

/** Name what is pasted after the moment: browsers call it all image.png. */
export function pastedName(file) {
  const moment = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", "");
  return `pasted ${moment}.${file.type.replace(/^.*\/|\+.*$/g, "") || "bin"}`;
}

/** Give the files that were dropped, those in folders too. */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [...transfer.files]; // read now: after the event they are gone
  if (!entries.some((entry) => entry.isDirectory)) return files;
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry) {
  if (entry.isFile) return new Promise((found, failed) => entry.file((f) => found([f]), failed));
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) return files;
    files.push(...(await Promise.all(some.map(filesIn))).flat());
  }
}
