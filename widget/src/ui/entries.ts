// One view per entry of the conversation; it lives from the first streamed letter to the committed message.

import type { Entry } from "../conversation";
import type { OrderPart, Part } from "../protocol";
import { ago, money, WORDS } from "../words";
import { CartSummary } from "./cart";
import { h, set, setText } from "./dom";
import { icon } from "./icons";
import { sentPhoto } from "./photo";
import { Products } from "./products";
import type { Shop } from "./shop";
import { RichText } from "./text";

const SLOW_MS = 800; // sending that is done by then needs no words

/** What an entry's look depends on beside itself. */
export interface Place {
  /** First of several by the same author: shows who speaks. */
  first: boolean;
  /** Last before a pause or the end: shows when. */
  timed: boolean;
  /** Nothing newer stands below: choices and "try again" are offered here only. */
  newest: boolean;
  /** The newest message that shows the cart. */
  newestCart: boolean;
  /** Not connected: what is being sent waits. */
  offline: boolean;
}

export interface Actions {
  choose(text: string): void;
  retry(turn: string): void;
  resend(id: string): void;
  openCart(): void;
}

export class EntryView {
  readonly element = h("div", { class: "entry" });
  private readonly body = h("div", { class: "content" });
  private readonly foot = h("div", { class: "foot" });
  private readonly name = h("div", { class: "name" });
  private text: RichText | null = null;
  private products: Products[] = [];
  private carts: CartSummary[] = [];
  private choices: HTMLElement[] = [];
  private entry: Entry | null = null;
  private placed = "";

  constructor(
    private readonly shop: Shop,
    private readonly actions: Actions,
  ) {
    this.element.append(this.name, this.body, this.foot);
  }

  update(entry: Entry, place: Place): void {
    const redraw = entry !== this.entry;
    const placed = JSON.stringify(place);
    if (redraw) this.draw(entry);
    if (redraw || placed !== this.placed) this.arrange(entry, place);
    this.entry = entry;
    this.placed = placed;
    for (const products of this.products) products.sync();
    for (const cart of this.carts) cart.sync(place.newestCart);
  }

  /** Keeps "5 min ago" true. */
  tick(): void {
    const time = this.foot.querySelector("time");
    if (time) setText(time, ago(new Date(time.dateTime)));
  }

  private draw(entry: Entry): void {
    const author = authorOf(entry);
    this.element.className = `entry ${author}`;
    set(this.element, "data-author", author);
    if (entry.kind === "live") {
      this.drawLive(entry.text, entry.state === "running", entry.tool);
    } else if (entry.kind === "mine") {
      this.drawOwn(entry.key, entry.text, entry.photo !== undefined);
    } else if (author === "shopper") {
      const { parts } = entry.message;
      const texts = parts.map((part) => (part.type === "text" ? part.text : "")).filter(Boolean);
      this.drawOwn(entry.key, texts.join("\n"), parts.some(({ type }) => type === "photo"));
    } else {
      // What a notice says of an answer ("Stopped.") stands below it; one of its own is a line of the conversation.
      const { parts } = entry.message;
      this.drawParts(author === "assistant" ? parts.filter(({ type }) => type !== "notice") : parts);
    }
  }

  private drawOwn(key: string, text: string, photo: boolean): void {
    const picture = photo ? [sentPhoto(this.shop.photos.get(key))] : [];
    this.body.replaceChildren(...picture, ...(text ? [h("div", { class: "bubble plain" }, text)] : []));
  }

  private drawLive(text: string, running: boolean, tool: string | null): void {
    const children: Node[] = [];
    if (text) {
      this.text ??= new RichText(this.shop.base);
      this.text.update(text);
      children.push(h("div", { class: running ? "bubble writing" : "bubble" }, this.text.element));
    }
    if (running && (tool || !text)) {
      const label = tool ? (WORDS.working[tool] ?? WORDS.workingOther) : WORDS.typing(WORDS.assistant);
      const dots = h("span", { class: "dots" }, h("i"), h("i"), h("i"));
      const words = h("span", { class: tool ? "" : "hidden" }, tool ? `${label}…` : label);
      children.push(h("div", { class: "bubble thinking" }, dots, words));
    }
    this.body.replaceChildren(...children);
  }

  private drawParts(parts: Part[]): void {
    this.products = [];
    this.carts = [];
    this.choices = [];
    const streamed = this.text;
    this.text = null;
    const nodes = parts.map((part) => this.part(part, part.type === "text" ? streamed : null));
    this.body.replaceChildren(...nodes.filter((node) => node !== null));
  }

  private part(part: Part, streamed: RichText | null): HTMLElement | null {
    switch (part.type) {
      case "text": {
        const text = streamed && !this.text ? streamed : new RichText(this.shop.base);
        this.text = text;
        text.update(part.text);
        return part.text.trim() ? h("div", { class: "bubble" }, text.element) : null;
      }
      case "products": {
        if (part.items.length === 0) return null;
        const products = new Products(part.items, this.shop);
        this.products.push(products);
        return products.element;
      }
      case "cart": {
        const cart = new CartSummary(this.shop, this.actions.openCart);
        this.carts.push(cart);
        return cart.element;
      }
      case "order":
        return order(part);
      case "choices": {
        const chips = part.choices.map(({ label, text }) =>
          h("button", { type: "button", class: "chip", onclick: () => this.actions.choose(text) }, label),
        );
        const choices = h("div", { class: "chips", role: "group", "aria-label": WORDS.suggestions }, ...chips);
        this.choices.push(choices);
        return choices;
      }
      case "filters": {
        if (part.labels.length === 0) return null;
        const labels = part.labels.map((label) => {
          const onclick = () => this.actions.choose(WORDS.without(label));
          const off = h("button", { type: "button", "aria-label": WORDS.takeOff(label), onclick }, icon("close"));
          this.choices.push(off);
          return h("li", {}, label, off);
        });
        return h("div", { class: "filters" }, icon("filter"), h("ul", { "aria-label": WORDS.searchedFor }, ...labels));
      }
      case "notice":
        return h("div", { class: "happened" }, part.text);
      default:
        return null; // a part of a newer server
    }
  }

  private arrange(entry: Entry, place: Place): void {
    this.element.classList.toggle("first", place.first);
    const author = authorOf(entry);
    const speaker = entry.kind === "stored" && entry.message.author.kind === "agent" ? entry.message.author.name : "";
    setText(this.name, place.first ? speaker : "");
    this.name.hidden = !this.name.textContent;
    for (const choices of this.choices) choices.hidden = !place.newest;

    const foot: Node[] = [];
    if (entry.kind === "mine") {
      set(this.element, "data-state", entry.state === "sending" && place.offline ? "waiting" : entry.state);
      if (entry.state === "failed") {
        foot.push(h("span", { class: "failed" }, icon("alert"), `${WORDS.notSent} ${entry.reason ?? ""}`));
        if (!entry.hopeless) foot.push(this.again(() => this.actions.resend(entry.key)));
      } else if (place.offline) {
        foot.push(h("span", {}, WORDS.unsent));
      } else if (entry.state === "waiting") {
        foot.push(h("span", {}, WORDS.sentLater));
      } else if (Date.now() - Date.parse(entry.at) >= SLOW_MS) {
        foot.push(h("span", {}, WORDS.sending));
      } else {
        setTimeout(() => this.entry === entry && this.arrange(entry, place), SLOW_MS);
      }
    } else {
      set(this.element, "data-state", null);
    }
    const unfinished =
      (entry.kind === "live" && entry.state === "incomplete") ||
      (entry.kind === "stored" && !entry.message.complete && author === "assistant");
    const turn = entry.kind === "live" ? entry.turn : entry.kind === "stored" ? entry.message.turn : null;
    if (unfinished) {
      foot.push(h("span", {}, noticeOf(entry) || WORDS.unfinished));
      if (place.newest && turn && !place.offline) foot.push(this.again(() => this.actions.retry(turn)));
    } else if (entry.kind === "stored" && place.timed && author !== "system") {
      const at = new Date(entry.message.at);
      if (!Number.isNaN(at.getTime())) {
        foot.push(h("time", { datetime: entry.message.at, title: at.toLocaleString() }, ago(at)));
      }
    }
    this.foot.replaceChildren(...foot);
    this.foot.hidden = foot.length === 0;
  }

  private again(run: () => void): HTMLElement {
    return h("button", { type: "button", class: "link", onclick: run }, icon("refresh"), WORDS.tryAgain);
  }
}

export function authorOf(entry: Entry): "shopper" | "assistant" | "agent" | "system" {
  if (entry.kind === "stored") return entry.message.author.kind;
  return entry.kind === "mine" ? "shopper" : "assistant";
}

function noticeOf(entry: Entry): string {
  const parts = entry.kind === "stored" ? entry.message.parts : [];
  return parts.map((part) => (part.type === "notice" ? part.text : "")).join(" ");
}

/** All that an entry says, for those who hear it. */
export function spoken(entry: Entry): string {
  if (entry.kind !== "stored") return entry.text;
  const { author, parts } = entry.message;
  const words = parts.map((part) => {
    if (part.type === "text" || part.type === "notice") return part.text;
    if (part.type === "products") return WORDS.productCount(part.items.length);
    return part.type === "order" ? `${WORDS.order(part.number)}: ${part.status}` : "";
  });
  const speaker = author.kind === "system" ? "" : `${author.name || WORDS.assistant}: `;
  return speaker + words.filter(Boolean).join(" ");
}

function order(part: OrderPart): HTMLElement {
  const placed = new Date(part.placed_at);
  const date = Number.isNaN(placed.getTime()) ? part.placed_at : placed.toLocaleDateString(undefined, { dateStyle: "medium" });
  const lines = part.lines.map(({ title, quantity }) =>
    h("li", {}, h("span", { class: "title" }, title), h("span", { class: "muted" }, `× ${quantity}`)),
  );
  const total = part.total ?? null;
  return h(
    "section",
    { class: "order", "aria-label": WORDS.order(part.number) },
    h(
      "div",
      { class: "head" },
      icon("box"),
      h("strong", {}, WORDS.order(part.number)),
      h("span", { class: "status" }, part.status),
    ),
    date && h("p", { class: "muted" }, WORDS.placed(date)),
    lines.length > 0 && h("ul", { class: "lines" }, ...lines),
    part.tracking && h("p", { class: "pair" }, h("span", { class: "muted" }, WORDS.tracking), h("code", {}, part.tracking)),
    total !== null && h("p", { class: "pair" }, h("span", { class: "muted" }, WORDS.total), h("strong", {}, money(total, part.currency))),
  );
}
