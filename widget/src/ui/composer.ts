// Where the shopper writes. Enter sends, Shift+Enter breaks the line; while an answer runs, an empty box offers "stop".

import type { Client } from "../client";
import { MAX_TEXT } from "../protocol";
import { WORDS } from "../words";
import { h, set, setText } from "./dom";
import { icon } from "./icons";

const COUNT_FROM = MAX_TEXT - 400;

export class Composer {
  readonly element: HTMLFormElement;
  private readonly box: HTMLTextAreaElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly stopButton: HTMLButtonElement;
  private readonly count = h("div", { class: "left", role: "status", hidden: true });

  constructor(
    private readonly client: Client,
    private readonly sent: () => void,
  ) {
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
      h("div", { class: "field" }, this.box, this.stopButton, this.sendButton),
      this.count,
    );
    this.sync();
  }

  sync(): void {
    const { conversation, status } = this.client;
    set(this.box, "placeholder", conversation.owner === "assistant" ? WORDS.placeholder : WORDS.placeholderPerson);
    const empty = this.box.value.trim() === "";
    const tooLong = this.box.value.length > MAX_TEXT;
    const stop = empty && conversation.running !== undefined && status === "ready";
    this.swap(this.stopButton, this.sendButton, stop);
    this.sendButton.disabled = empty || tooLong;
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
    if (!text || text.length > MAX_TEXT) return;
    this.box.value = "";
    this.grow();
    this.say(text);
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
