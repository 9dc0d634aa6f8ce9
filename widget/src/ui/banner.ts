// The strip under the header: what is the matter, and the one button that helps.

import type { Client, Toast } from "../client";
import { WORDS } from "../words";
import { h, setText } from "./dom";
import { icon } from "./icons";

const NOTICE_MS = 6_000;

export class Banner {
  readonly element: HTMLElement;
  private readonly words = h("p", { role: "status" });
  private readonly button = h("button", { type: "button", class: "secondary" });
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: Client) {
    this.element = h("div", { class: "banner", hidden: true }, this.words, this.button);
    this.button.addEventListener("click", () => {
      if (client.status === "ready") client.leaveQueue();
      else client.connect();
    });
  }

  sync(): void {
    clearTimeout(this.timer);
    const { status, conversation, retryAt, refusal } = this.client;
    if (status === "refused") {
      this.show("danger", refusal || WORDS.unreachable, "");
    } else if (status === "lost") {
      const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      const what = conversation.session ? WORDS.offline : WORDS.unreachable;
      this.show("warning", `${what} ${WORDS.retryIn(seconds)}`, WORDS.retryNow);
      this.timer = setTimeout(() => this.sync(), 1000);
    } else if (conversation.owner === "queue") {
      this.show("queue", this.place(), WORDS.leaveQueue);
    } else {
      this.element.hidden = true;
    }
    this.button.disabled = status === "connecting";
  }

  private place(): string {
    const { position, online } = this.client.conversation;
    if (online === false) return WORDS.nobodyOnline;
    if (position === 1) return WORDS.nextInLine;
    return position === null ? WORDS.queued : WORDS.place(position);
  }

  private show(kind: string, words: string, action: string): void {
    this.element.className = `banner ${kind}`;
    this.element.hidden = false;
    setText(this.words, words);
    setText(this.button, action);
    this.button.hidden = action === "";
  }
}

/** What holds for a while and asks for nothing, e.g. that replies may take longer. */
export class Notices {
  readonly element = h("p", { class: "banner", role: "status", hidden: true });

  constructor(private readonly client: Client) {}

  sync(): void {
    const text = [...this.client.notices.values()].join(" ");
    this.element.hidden = text === "";
    setText(this.element, text);
  }
}

/** Short messages above the composer; the newest takes the place of the one before. */
export class Toasts {
  readonly element = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  private timer: ReturnType<typeof setTimeout> | undefined;

  show({ text, kind, action }: Toast): void {
    clearTimeout(this.timer);
    const dismiss = (): void => this.element.replaceChildren();
    const toast = h("div", { class: `toast ${kind}` }, kind === "error" && icon("alert"), h("span", {}, text));
    if (action) {
      const run = (): void => {
        dismiss();
        action.run();
      };
      toast.append(h("button", { type: "button", class: "link", onclick: run }, action.label));
    }
    toast.append(h("button", { type: "button", class: "tool", "aria-label": WORDS.dismiss, onclick: dismiss }, icon("close")));
    this.element.replaceChildren(toast);
    this.timer = setTimeout(dismiss, NOTICE_MS);
  }
}
