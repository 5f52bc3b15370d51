// One tile of the grid: a file on its way, then the image that it became.

import { altOf, bytes, pixels, showStatus, statusWord } from "./words.js";

const LARGEST_GLIMPSE = 20_000_000; // bytes of a file that is shown while it is uploaded

export class Card {
  image = null;

  constructor(onOpen) {
    const template = document.getElementById("card").content.firstElementChild;
    this.element = template.cloneNode(true);
    this.part = (name) => this.element.querySelector(`.${name}`);
    this.part("open").onclick = () => onOpen(this);
    this.part("open").disabled = true;
  }

  /** Show a file before the library has it. */
  showFile(name, file) {
    this.#name(name);
    this.part("facts").textContent = bytes(file.size);
    if (file.type.startsWith("image/") && file.size <= LARGEST_GLIMPSE) {
      this.#load(URL.createObjectURL(file), name);
    }
  }

  /** Show how far an upload is (0 to 1); `onCancel` gives it up. */
  showProgress(fraction, onCancel, word = fraction < 1 ? "Uploading" : "Storing") {
    const bar = this.element.querySelector("progress");
    const percent = fraction > 0 && fraction < 1 ? `${Math.floor(fraction * 100)} %` : "";
    bar.hidden = false;
    bar.value = fraction;
    bar.setAttribute("aria-label", `${this.part("name").textContent}: ${word}`);
    this.part("cancel").hidden = false;
    this.part("cancel").onclick = onCancel;
    showStatus(this.part("badge"), "Up", word, percent);
  }

  /** Show that an upload stands still: a question (Vd) or a failure (Er), and the answers to it. */
  showHalt(code, word, text, answers) {
    this.#end();
    showStatus(this.part("badge"), code, word, "");
    this.showNote(text, answers, code === "Er" ? "problem" : "remark");
  }

  /** Ask or explain; `answers` are buttons: words and what they do. */
  showNote(text, answers = {}, kind = "problem") {
    const note = this.part("note");
    note.hidden = !text;
    note.className = `note ${kind}`;
    note.querySelector("p").textContent = text;
    this.part("answers").replaceChildren(
      ...Object.entries(answers).map(([word, act]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = word;
        button.onclick = act;
        return button;
      }),
    );
  }

  /** Show an image as the library has it now. */
  showImage(image) {
    const before = this.image;
    this.image = image;
    this.#end();
    this.#name(image.reference);
    this.part("facts").textContent = pixels(image) || bytes(image.sizeInBytes);
    showStatus(this.part("badge"), image.status);
    this.part("open").disabled = false;
    this.part("open").setAttribute("aria-label", `${image.reference}, ${statusWord(image.status)}`);
    const url = image.thumbnailMediumUrl ?? image.thumbnailUrl;
    if (url && url !== (before?.thumbnailMediumUrl ?? before?.thumbnailUrl)) this.#load(url);
    for (const picture of this.#pictures()) picture.alt = altOf(image);
    this.#explain(image);
  }

  #explain(image) {
    if (image.status === "Er" && !image.thumbnailUrl) {
      for (const glimpse of this.#pictures()) glimpse.remove();
    }
    const why = image.status === "Er" ? "The file could not be processed." : "";
    this.showNote(image.statusDetail ?? why, {}, image.status === "Er" ? "problem" : "remark");
    if (image.statusReason) {
      const code = document.createElement("code");
      code.textContent = image.statusReason;
      this.part("answers").append(code);
    }
  }

  #end() {
    this.element.querySelector("progress").hidden = true;
    this.part("cancel").hidden = true;
  }

  #name(name) {
    this.part("name").textContent = name;
    this.part("name").title = name;
  }

  /** Load a picture over the one that is shown, and take that away when this one is there. */
  #load(url, alt = altOf(this.image)) {
    const picture = new Image();
    const glimpse = url.startsWith("blob:");
    picture.alt = alt;
    picture.decoding = "async";
    picture.loading = "lazy";
    picture.className = "loading";
    picture.onload = () => {
      picture.className = "";
      this.#pictures().filter((other) => other !== picture).forEach((other) => other.remove());
      if (glimpse) URL.revokeObjectURL(url);
    };
    picture.onerror = () => {
      picture.remove();
      if (glimpse) URL.revokeObjectURL(url);
      else this.showNote("The thumbnail cannot be loaded now.");
    };
    picture.src = url;
    this.part("tile").prepend(picture);
  }

  #pictures() {
    return [...this.element.querySelectorAll("img")];
  }
}
