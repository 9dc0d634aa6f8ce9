// The photo that the shopper is about to search with: the button that takes one, and the tray that shows it.

import { drawn, PhotoError, search, shrunk, toJpeg } from "../photo-search";
import { WORDS } from "../words";
import { h, setText } from "./dom";
import { icon } from "./icons";
import type { Shop } from "./shop";

const PREVIEW = 320; // px, for 160 on a sharp screen

/** What was found with a photo, and its preview. */
export interface Searched {
  found: string;
  preview: HTMLCanvasElement;
}

export class PhotoTray {
  /** Above the box; hidden until there is a photo, or a reason why there is none. */
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly input: HTMLInputElement;
  private readonly preview = h("div", { class: "preview" });
  private readonly words = h("p", { role: "status" });
  private photo: HTMLCanvasElement | null = null;
  private running: AbortController | null = null;
  private taken = 0; // how often a file was chosen or the tray emptied: what was read for an earlier one is too late
  private isReading = false;

  constructor(
    private readonly shop: Shop,
    private readonly changed: () => void,
  ) {
    this.input = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => this.chosen() });
    this.button = h(
      "button",
      { type: "button", class: "attach", "aria-label": WORDS.addPhoto, title: WORDS.addPhoto, onclick: () => this.input.click() },
      icon("camera"),
    );
    const remove = h(
      "button",
      { type: "button", class: "remove", "aria-label": WORDS.removePhoto, onclick: () => this.removed() },
      icon("close"),
    );
    this.element = h(
      "div",
      { class: "tray", role: "group", "aria-label": WORDS.yourPhoto, hidden: true },
      this.preview,
      this.words,
      remove,
      this.input,
    );
  }

  /** Whether a photo waits to be sent. */
  get ready(): boolean {
    return this.photo !== null;
  }

  /** The photo is being searched with. */
  get busy(): boolean {
    return this.running !== null;
  }

  /** A file was chosen and is not on screen yet: nothing is sent without it meanwhile. */
  get reading(): boolean {
    return this.isReading;
  }

  /** Whether the store can be searched by photo at all. */
  get possible(): boolean {
    return this.shop.client.conversation.config?.photos === true;
  }

  sync(): void {
    const withPerson = this.shop.client.conversation.owner !== "assistant";
    if (withPerson && this.photo) this.drop(WORDS.photoWithPerson);
    this.button.hidden = !this.possible || withPerson;
    this.button.disabled = this.busy || this.shop.client.status === "refused";
  }

  /** Shows the picture in `file`, or says why it cannot be shown. */
  async take(file: Blob): Promise<void> {
    const { client } = this.shop;
    if (client.conversation.owner !== "assistant") {
      client.toasts.tell({ text: WORDS.photoWithPerson, kind: "error" });
      return;
    }
    this.clear();
    const { taken } = this;
    this.isReading = true;
    this.changed();
    try {
      const photo = await shrunk(file);
      if (taken !== this.taken) return;
      this.photo = photo;
      this.show(WORDS.photoUse, drawn(photo, photo, PREVIEW));
    } catch (error) {
      if (taken === this.taken) this.fail(error);
    }
    if (taken === this.taken) this.isReading = false;
    this.changed();
  }

  /** Searches with the photo; null: the tray or a notice says why not, or the photo was taken away meanwhile. */
  async search(words: string): Promise<Searched | null> {
    const { photo } = this;
    const preview = this.preview.querySelector("canvas");
    if (!photo || !preview) return null;
    const running = (this.running = new AbortController());
    this.show(WORDS.photoSearching);
    this.changed();
    try {
      const found = await search(this.shop.client, this.shop.base, await toJpeg(photo), words, running.signal);
      if (running.signal.aborted) return null;
      this.clear();
      return { found, preview };
    } catch (error) {
      if (running.signal.aborted) return null;
      this.running = null;
      this.fail(error);
      return null;
    } finally {
      this.changed();
    }
  }

  private chosen(): void {
    const [file] = this.input.files ?? [];
    this.input.value = ""; // the same picture may be chosen again
    if (file) void this.take(file);
  }

  private removed(): void {
    this.clear();
    this.changed();
    this.button.focus();
  }

  private clear(): void {
    this.taken += 1;
    this.isReading = false;
    this.running?.abort();
    this.running = this.photo = null;
    this.element.hidden = true;
    this.preview.replaceChildren();
    setText(this.words, "");
  }

  private show(words: string, preview?: HTMLCanvasElement): void {
    if (preview) this.preview.replaceChildren(preview);
    this.element.hidden = false;
    this.element.classList.remove("danger");
    this.element.classList.toggle("busy", this.busy);
    this.preview.hidden = !this.photo;
    setText(this.words, words);
  }

  /** Without the photo the words can be sent. */
  private drop(reason: string): void {
    this.clear();
    this.shop.client.toasts.tell({ text: reason, kind: "error" });
  }

  private fail(error: unknown): void {
    if (error instanceof PhotoError && error.forGood) return this.drop(error.message);
    this.show(error instanceof PhotoError ? error.message : WORDS.photoFailed);
    this.element.classList.add("danger");
  }
}

/** A photo in the conversation: as it was on this page, a word for it on any other. */
export function sentPhoto(preview: HTMLCanvasElement | undefined): HTMLElement {
  const words = h("figcaption", {}, icon("camera"), WORDS.photoNotKept);
  if (!preview) return h("figure", { class: "sent-photo bubble plain" }, words);
  preview.setAttribute("role", "img");
  preview.setAttribute("aria-label", WORDS.yourPhoto);
  return h("figure", { class: "sent-photo" }, preview, words);
}
