// Where the shopper writes. Enter sends, Shift+Enter breaks the line; while an answer runs, an empty box offers "stop".

import type { Client } from "../client";
import { MAX_TEXT } from "../protocol";
import { WORDS } from "../words";
import { h, set, setText } from "./dom";
import { icon } from "./icons";
import { PhotoTray } from "./photo";
import { takePasted } from "./photo-drop";
import type { Shop } from "./shop";

const COUNT_FROM = MAX_TEXT - 400;

export class Composer {
  readonly element: HTMLFormElement;
  readonly photo: PhotoTray;
  private readonly client: Client;
  private readonly box: HTMLTextAreaElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly stopButton: HTMLButtonElement;
  private readonly count = h("div", { class: "left", role: "status", hidden: true });

  constructor(
    private readonly shop: Shop,
    private readonly sent: () => void,
  ) {
    this.client = shop.client;
    this.photo = new PhotoTray(shop, () => this.photoChanged());
    this.box = h("textarea", {
      rows: 1,
      "aria-label": WORDS.message,
      enterkeyhint: "send",
      autocomplete: "off",
      oninput: () => this.typed(),
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.submit();
      },
    });
    this.sendButton = h("button", { type: "submit", class: "round", "aria-label": WORDS.send }, icon("send"));
    this.stopButton = h(
      "button",
      { type: "button", class: "round stop", "aria-label": WORDS.stop, onclick: () => this.stop() },
      icon("stop"),
    );
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event) => {
          event.preventDefault();
          this.submit();
        },
      },
      this.photo.element,
      h("div", { class: "field" }, this.photo.button, this.box, this.stopButton, this.sendButton),
      this.count,
    );
    takePasted(this.box, this.photo);
    this.sync();
  }

  sync(): void {
    const { conversation, status } = this.client;
    this.photo.sync();
    const words = conversation.owner === "assistant" ? WORDS.placeholder : WORDS.placeholderPerson;
    set(this.box, "placeholder", this.photo.ready ? WORDS.photoPlaceholder : words);
    const empty = this.box.value.trim() === "" && !this.photo.ready;
    const tooLong = this.box.value.length > MAX_TEXT;
    const stop = empty && conversation.running !== undefined && status === "ready";
    this.swap(this.stopButton, this.sendButton, stop);
    this.sendButton.disabled = empty || tooLong || this.photo.busy || this.photo.reading;
    this.box.readOnly = this.photo.busy;
    this.count.hidden = this.box.value.length < COUNT_FROM;
    this.count.classList.toggle("danger", tooLong);
    setText(this.count, this.count.hidden ? "" : WORDS.lettersLeft(MAX_TEXT - this.box.value.length));
    this.box.disabled = status === "refused";
  }

  focus(): void {
    this.box.focus();
  }

  /** Sends `text` as if it had been typed; what stands in the box stays. */
  say(text: string): void {
    this.client.send(text);
    this.sent();
  }

  private submit(): void {
    const text = this.box.value.trim();
    if (text.length > MAX_TEXT || this.photo.busy || this.photo.reading) return;
    if (this.photo.ready) {
      void this.submitPhoto(text);
    } else if (text) {
      this.empty();
      this.say(text);
    }
  }

  /** The message goes out when the server has looked; until then the words stay, for another try or to go alone. */
  private async submitPhoto(text: string): Promise<void> {
    const searched = await this.photo.search(text);
    if (!searched) return;
    this.empty();
    this.shop.photos.set(this.client.send(text, searched.found), searched.preview);
    this.sent();
  }

  private photoChanged(): void {
    this.sync();
    // A touch keyboard is not wanted by somebody who only sends a picture.
    if (this.photo.ready && !this.photo.busy) matchMedia("(pointer: coarse)").matches ? this.sendButton.focus() : this.focus();
  }

  private empty(): void {
    this.box.value = "";
    this.grow();
  }

  private stop(): void {
    this.client.stop();
    this.focus();
  }

  private typed(): void {
    this.grow();
    this.client.typing();
    this.sync();
  }

  private grow(): void {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 160)}px`;
  }

  private swap(one: HTMLButtonElement, other: HTMLButtonElement, showOne: boolean): void {
    one.hidden = !showOne;
    other.hidden = showOne;
  }
}
