// The dialog: one image, what is known of it, its four URLs, and what can be done with it.

import * as api from "./api.js";
import { toast } from "./toast.js";
import { altOf, announce, bytes, isBusy, pixels, showStatus, timeOf } from "./words.js";

const URLS = {
  Original: "originalUrl",
  Thumbnail: "thumbnailUrl",
  Medium: "thumbnailMediumUrl",
  Preview: "thumbnailPreviewUrl",
};

export class Viewer {
  #grid;
  #card = null;
  #element = document.getElementById("viewer");

  constructor(grid) {
    this.#grid = grid;
    this.#on("close", () => this.#element.close());
    this.#on("previous", () => this.#step(-1));
    this.#on("next", () => this.#step(1));
    this.#on("reprocess", () => this.#reprocess());
    this.#on("delete", () => this.#ask(true, "no"));
    this.#on("no", () => this.#ask(false, "delete"));
    this.#on("yes", () => this.#delete());
    this.#element.addEventListener("click", (event) => {
      if (event.target === this.#element) this.#element.close();
    });
    this.#element.addEventListener("keydown", (event) => {
      if (event.target.tagName === "INPUT") return;
      if (event.key === "ArrowLeft") this.#step(-1);
      if (event.key === "ArrowRight") this.#step(1);
    });
    this.#element.addEventListener("close", () => {
      this.#card?.part("open").focus();
      this.#card = null;
    });
  }

  open(card) {
    this.#card = card;
    this.#say("");
    this.#ask(false);
    this.#element.querySelector("img")?.remove();
    this.#show(card.image);
    if (!this.#element.open) this.#element.showModal();
    if (card.image.originalUrl?.includes("?expires=")) this.#renew(card);
  }

  /** Ask for addresses that expire anew: the page may have been open for long. */
  async #renew(card) {
    try {
      this.#grid.show(await api.get(card.image.reference));
    } catch (problem) {
      if (card === this.#card) this.#say(problem.message);
    }
  }

  /** Show what changed, if it is this card's image that is open. */
  refresh(card) {
    if (card && card === this.#card) this.#show(card.image);
  }

  #part(name) {
    return this.#element.querySelector(`.${name}`);
  }

  #on(name, act) {
    this.#part(name).onclick = act;
  }

  #say(text) {
    this.#part("problem").textContent = text;
  }

  #show(image) {
    this.#element.querySelector("h2").textContent = image.reference;
    showStatus(this.#part("badge"), image.status);
    this.#part("reason").textContent = image.statusDetail ?? "";
    if (image.statusReason) {
      const code = document.createElement("code");
      code.textContent = image.statusReason;
      this.#part("reason").append(" ", code);
    }
    this.#showPicture(image);
    this.#showFacts(image);
    this.#showUrls(image);
    this.#part("previous").disabled = !this.#grid.beside(this.#card, -1);
    this.#part("next").disabled = !this.#grid.beside(this.#card, 1);
    this.#part("reprocess").disabled = isBusy(image) || image.status === "Vd";
  }

  #showPicture(image) {
    const url = image.thumbnailPreviewUrl;
    const absence = image.status === "Er" ? "There is no preview." : "The preview comes soon.";
    this.#part("absence").textContent = url ? "" : absence;
    const shown = this.#element.querySelector("img");
    if (shown?.src === url || !url) return;
    const picture = new Image();
    picture.src = url;
    picture.alt = altOf(image);
    picture.onerror = () => {
      this.#part("absence").textContent = "The preview cannot be loaded now.";
      picture.remove();
    };
    shown?.remove();
    this.#part("stage").prepend(picture);
  }

  #showFacts(image) {
    const [created, changed] = [timeOf(image.createdOn), timeOf(image.modifiedOn)];
    const facts = {
      Title: image.title,
      Dimensions: pixels(image) && `${pixels(image)} px`,
      Size: image.sizeInBytes ? bytes(image.sizeInBytes) : "",
      Type: image.fileType,
      Tags: image.tags.join(", "),
      Created: created,
      Changed: changed === created ? "" : changed,
    };
    this.#part("facts").replaceChildren(
      ...Object.entries(facts).filter(([, value]) => value).flatMap(([word, value]) => {
        const [term, data] = [document.createElement("dt"), document.createElement("dd")];
        [term.textContent, data.textContent] = [word, value];
        return [term, data];
      }),
    );
  }

  #showUrls(image) {
    const here = Object.entries(URLS).filter(([, name]) => image[name]);
    const shown = [...this.#part("urls").querySelectorAll("input")].map((input) => input.value);
    if (shown.join() === here.map(([, name]) => image[name]).join()) return;
    this.#part("urls").replaceChildren(...here.map(([word, name]) => urlLine(word, image[name])));
    requestAnimationFrame(() => {
      for (const input of this.#part("urls").querySelectorAll("input")) showEnd(input);
    });
  }

  #ask(isAsking, focused) {
    this.#part("sure").hidden = !isAsking;
    this.#part("delete").hidden = isAsking;
    this.#part("reprocess").hidden = isAsking;
    if (focused) this.#part(focused).focus();
  }

  #step(step) {
    const card = this.#grid.beside(this.#card, step);
    if (card) this.open(card);
  }

  /** Do something to the image; what hinders it is said in the dialog while that still shows it. */
  async #act(action) {
    const card = this.#card;
    const say = (text) => card === this.#card && this.#say(text);
    say("");
    try {
      await action(card, say);
      say("");
    } catch (problem) {
      if (card === this.#card) say(problem.message);
      else toast(`${card.image.reference}: ${problem.message}`);
    }
  }

  #reprocess() {
    return this.#act(async (card, say) => {
      this.#grid.expect(await api.reprocess(card.image.reference, say));
      announce(`${card.image.reference} is processed again.`);
    });
  }

  #delete() {
    return this.#act(async (card, say) => {
      const { reference, uid } = card.image;
      await api.remove(reference, say);
      const neighbor = this.#grid.beside(card, 1) ?? this.#grid.beside(card, -1);
      this.#grid.dismiss(card);
      if (card === this.#card) {
        this.#card = null;
        this.#element.close();
      }
      const goOn = () => neighbor?.part("open").focus();
      toast(`${reference} is deleted.`, { Undo: () => undo(this.#grid, reference, uid) }, goOn);
      document.querySelector("#toasts div:last-child button").focus();
    });
  }
}

async function undo(grid, reference, uid) {
  try {
    grid.welcome(await api.restore(uid)).part("open").focus();
    announce(`${reference} is back.`);
  } catch (problem) {
    toast(`${reference} did not come back. ${problem.message}`, {
      "Try again": () => undo(grid, reference, uid),
    });
  }
}

/** Show the end of a URL that is too long: its beginning is that of all others. */
function showEnd(input) {
  input.scrollLeft = input.scrollWidth;
}

function urlLine(word, url) {
  const line = document.createElement("label");
  const input = document.createElement("input");
  const button = document.createElement("button");
  Object.assign(input, { value: url, readOnly: true });
  Object.assign(button, { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy the URL: ${word}`);
  input.onfocus = () => input.select();
  button.onclick = async () => {
    await navigator.clipboard?.writeText(url).catch(() => {}); // only where the page is secure
    input.select();
    const copied = navigator.clipboard || document.execCommand("copy");
    button.textContent = copied ? "Copied" : "Copy";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };
  line.append(word, input, button);
  return line;
}
