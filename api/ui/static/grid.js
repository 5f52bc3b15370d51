// The images on the page: loaded page by page, and looked at again while a worker has some.

import * as api from "./api.js";
import { Card } from "./card.js";
import { announce, isBusy, statusWord } from "./words.js";

const PAGE = 48;
const SOON_MS = 1000;
const LATE_MS = 8000;

export class Grid {
  #cards = new Map(); // by uid
  #awaited = new Set(); // uids of which the outcome is announced
  #timer = 0;
  #pause = SOON_MS;
  #epoch = 0; // grows with what this page does: an answer from before then is old news

  constructor({ onOpen, onProblem, onChange }) {
    Object.assign(this, { onOpen, onProblem, onChange });
    this.element = document.getElementById("grid");
    this.hasMore = false;
    document.addEventListener("visibilitychange", () => this.#watch(SOON_MS));
  }

  get isEmpty() {
    return !this.element.childElementCount;
  }

  /** Take every image away; uploads stay. */
  clear() {
    this.#epoch += 1;
    clearTimeout(this.#timer);
    for (const card of this.#cards.values()) card.element.remove();
    this.#cards.clear();
  }

  /** Load the next page, after those that are here. */
  async loadMore() {
    const images = await api.list(this.#cards.size, PAGE);
    this.hasMore = images.length === PAGE;
    for (const image of images) {
      if (!this.show(image)) this.element.append(this.#add(image).element);
    }
    this.#watch(SOON_MS);
  }

  /** Show what is known now of an image that is here; false if it is not. */
  show(image) {
    const card = this.#cards.get(image.uid);
    if (!card) return false;
    const was = card.image;
    card.showImage(image);
    if (was.status !== image.status) this.#changed(image);
    this.onChange(card);
    return true;
  }

  /** Put cards before all others. */
  putFirst(cards) {
    this.element.prepend(...cards.map((card) => card.element));
    this.onChange();
  }

  /** Make the card of an upload that of its image, or leave it to the one that is here. */
  arrived(card, image) {
    this.#epoch += 1;
    this.#awaited.add(image.uid);
    if (this.show(image)) {
      card.element.replaceWith(this.#cards.get(image.uid).element);
    } else {
      this.#keep(card, image);
      this.onChange(card);
    }
    if (!isBusy(image)) this.#changed(image);
    this.#watch(SOON_MS);
  }

  /** Take a card away. */
  dismiss(card) {
    this.#epoch += 1;
    if (card.image) this.#cards.delete(card.image.uid);
    card.element.remove();
    this.onChange();
  }

  /** Show an image that is not here before all others, as after a restore. */
  welcome(image) {
    this.#epoch += 1;
    if (!this.show(image)) this.putFirst([this.#add(image)]);
    this.#watch(SOON_MS);
    return this.#cards.get(image.uid);
  }

  /** Look at an image until its work is done, and say then what came of it. */
  expect(image) {
    this.#epoch += 1;
    this.#awaited.add(image.uid);
    this.show(image);
    this.#watch(SOON_MS);
  }

  /** Return the image's card after (1) or before (-1) this one; nothing beyond the ends. */
  beside(card, step) {
    const side = step > 0 ? "nextElementSibling" : "previousElementSibling";
    let item = card.element[side];
    while (item && !this.#cards.has(item.dataset.uid)) item = item[side];
    return item && this.#cards.get(item.dataset.uid);
  }

  #add(image) {
    const card = new Card((opened) => this.onOpen(opened));
    this.#keep(card, image);
    return card;
  }

  #keep(card, image) {
    card.element.dataset.uid = image.uid;
    this.#cards.set(image.uid, card);
    card.showImage(image);
  }

  #changed(image) {
    if (isBusy(image) || !this.#awaited.delete(image.uid)) return;
    announce(`${image.reference}: ${statusWord(image.status)}. ${image.statusDetail ?? ""}`);
  }

  #busy() {
    return [...this.#cards.values()].filter((card) => isBusy(card.image));
  }

  /** Look again soon while a worker has something; not at all otherwise. */
  #watch(pause = this.#pause) {
    this.#pause = pause;
    clearTimeout(this.#timer);
    if (this.#busy().length && !document.hidden) {
      this.#timer = setTimeout(() => this.#again(Math.min(pause * 1.5, LATE_MS)), pause);
    }
  }

  async #again(pause) {
    const { busy, epoch } = { busy: this.#busy().length, epoch: this.#epoch };
    try {
      const images = await api.list(0, PAGE);
      if (epoch === this.#epoch) await this.#merge(images);
      this.onProblem(null);
    } catch (problem) {
      this.onProblem(problem);
    }
    this.#watch(this.#busy().length < busy ? SOON_MS : pause);
  }

  async #merge(images) {
    const unknown = images.filter((image) => !this.show(image));
    this.putFirst(unknown.map((image) => this.#add(image)));
    await this.#lookAtOthers(new Set(images.map((image) => image.uid)));
  }

  /** Those further down are asked for one by one, a few at a time. */
  async #lookAtOthers(seen) {
    const others = this.#busy().filter((card) => !seen.has(card.image.uid)).slice(0, 8);
    for (const card of others) {
      try {
        this.show(await api.get(card.image.reference));
      } catch (problem) {
        if (problem.status !== 404) throw problem;
        this.dismiss(card);
      }
    }
  }
}
