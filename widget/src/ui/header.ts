// Who one talks to, and what can be done: cart, options, close.

import type { Client } from "../client";
import { WORDS } from "../words";
import { h, set, setText } from "./dom";
import { icon } from "./icons";
import { Menu, type Item } from "./menu";

export interface HeaderActions {
  openCart(): void;
  /** Null on the full page, which has nothing to close. */
  close: (() => void) | null;
}

export class Header {
  readonly element: HTMLElement;
  readonly menu: Menu;
  private readonly avatar = h("div", { class: "avatar", "aria-hidden": "true" });
  private readonly title = h("h2", {});
  private readonly subtitle = h("p", {});
  private readonly cart: HTMLButtonElement;
  private readonly count = h("span", { class: "dot", "aria-hidden": "true" });
  private shownFace = "";

  constructor(
    private readonly client: Client,
    actions: HeaderActions,
  ) {
    this.menu = new Menu(() => this.items());
    this.cart = h(
      "button",
      { type: "button", class: "tool", onclick: () => actions.openCart() },
      icon("cart"),
      this.count,
    );
    this.element = h(
      "div",
      { class: "bar top" },
      this.avatar,
      h("div", { class: "who" }, this.title, this.subtitle),
      this.cart,
      this.menu.element,
    );
    const { close } = actions;
    if (close) {
      this.element.append(
        h("button", { type: "button", class: "tool", "aria-label": WORDS.closeChat, onclick: close }, icon("close")),
      );
    }
  }

  focusCart(): void {
    this.cart.focus();
  }

  sync(): void {
    const { conversation, status } = this.client;
    const { agent, owner, cart, config } = conversation;
    setText(this.title, config?.store ?? WORDS.chat);
    set(this.element, "data-status", status);
    set(this.element, "data-owner", owner);
    setText(this.subtitle, this.describe());
    const face = owner === "agent" && agent ? initials(agent) : "";
    if (face !== this.shownFace || !this.avatar.firstChild) {
      this.shownFace = face;
      this.avatar.replaceChildren(face || icon("spark"));
    }
    set(this.cart, "aria-label", WORDS.openCart(cart.count));
    setText(this.count, cart.count > 99 ? "99+" : String(cart.count));
    this.count.hidden = cart.count === 0;
  }

  private describe(): string {
    const { conversation, status } = this.client;
    if (status === "connecting" && !conversation.session) return WORDS.connecting;
    if (conversation.owner === "queue") return WORDS.waiting;
    if (conversation.owner === "agent") return WORDS.agentHere(conversation.agent ?? WORDS.agentUnnamed);
    return WORDS.assistantHere;
  }

  private items(): Item[] {
    const { client } = this;
    const { owner, mode, config } = client.conversation;
    const disabled = client.status === "lost" || client.status === "refused";
    const items: Item[] = [
      { label: WORDS.newConversation, icon: "edit", disabled, run: () => client.newConversation() },
    ];
    if (owner === "assistant") {
      items.push({ label: WORDS.talkToPerson, icon: "person", disabled, run: () => client.requestPerson() });
    }
    if (config?.llm_available) {
      const choice = (label: string, value: "llm" | "intent", heading?: string): Item => ({
        label,
        chosen: mode === value,
        disabled,
        ...(heading && { heading }),
        run: () => client.setMode(value),
      });
      items.push(choice(WORDS.modeLlm, "llm", WORDS.answersFrom), choice(WORDS.modeIntent, "intent"));
    }
    return items;
  }
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}
