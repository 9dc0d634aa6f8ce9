// The product's picture, price and quantity buttons, the same on cards, in the cart and in messages.

import type { Client } from "../client";
import type { ProductCard } from "../protocol";
import { money, WORDS } from "../words";
import { h, safeUrl, set, setText } from "./dom";
import { icon } from "./icons";

/** What the views of products need to know about where they stand. */
export interface Shop {
  client: Client;
  /** The server's origin, for relative addresses. */
  base: string;
  /** Whether product pages open beside the chat (full page) or in its place (widget on the store). */
  newTab: boolean;
  /** The photos that were sent on this page, small, by their message: a new page does not have them any more. */
  photos: Map<string, HTMLCanvasElement>;
}

export function picture(url: string, base: string): HTMLElement {
  const frame = h("div", { class: "picture" }, icon("image"));
  const source = safeUrl(url, base);
  if (source) {
    const image = h("img", { src: source, alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    frame.append(image);
  }
  return frame;
}

export function titleLink(product: ProductCard, shop: Shop): HTMLElement {
  const href = safeUrl(product.url, shop.base);
  if (!href) return h("span", { class: "title" }, product.title);
  return h("a", { class: "title", href, ...(shop.newTab && { target: "_blank", rel: "noopener" }) }, product.title);
}

export function price(product: ProductCard): HTMLElement {
  if (product.price === null) return h("span", { class: "muted" }, WORDS.noPrice);
  return h("span", { class: "price" }, money(product.price, product.currency));
}

/** "Add to cart", or "- 2 +" once it is in the cart. Focus stays on the buttons when they change places. */
export class Quantity {
  readonly element = h("div", { class: "quantity" });
  private readonly add: HTMLButtonElement;
  private readonly stepper: HTMLElement;
  private readonly count = h("span", { class: "count", role: "status" });
  private readonly fewer: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private shown = -1;

  constructor(
    private readonly product: ProductCard,
    private readonly shop: Shop,
  ) {
    const { title } = product;
    const button = (label: string, name: "minus" | "plus", by: number): HTMLButtonElement =>
      h("button", { type: "button", "aria-label": label, onclick: () => this.change(by) }, icon(name));
    this.fewer = button(WORDS.fewer(title), "minus", -1);
    this.more = button(WORDS.more(title), "plus", 1);
    this.stepper = h("div", { class: "stepper", role: "group", "aria-label": title }, this.fewer, this.count, this.more);
    this.add = h(
      "button",
      { type: "button", class: "add", "aria-label": WORDS.addOf(title), onclick: () => this.change(1) },
      icon("plus"),
      WORDS.addToCart,
    );
    if (!product.in_stock) {
      this.add.replaceChildren(WORDS.outOfStock);
      this.add.disabled = true;
      set(this.add, "aria-label", `${WORDS.outOfStock}: ${title}`);
    }
    this.sync();
  }

  sync(): void {
    const pending = this.shop.client.pendingQuantity(this.product.product_id);
    const quantity = pending ?? this.inCart;
    set(this.element, "aria-busy", pending === undefined ? null : "true");
    if (quantity === this.shown) return;
    this.shown = quantity;
    setText(this.count, String(quantity));
    set(this.count, "aria-label", WORDS.quantityOf(quantity, this.product.title));
    this.more.disabled = !this.product.in_stock;
    const wanted = quantity > 0 ? this.stepper : this.add;
    if (this.element.firstChild === wanted) return;
    const hadFocus = this.element.contains((this.element.getRootNode() as ShadowRoot).activeElement ?? null);
    this.element.replaceChildren(wanted);
    if (hadFocus) (quantity > 0 ? this.more : this.add).focus();
  }

  private get inCart(): number {
    const lines = this.shop.client.conversation.cart.lines;
    return lines.find(({ product }) => product.product_id === this.product.product_id)?.quantity ?? 0;
  }

  private change(by: number): void {
    const { client } = this.shop;
    const id = this.product.product_id;
    const wanted = Math.max(0, (client.pendingQuantity(id) ?? this.inCart) + by);
    client.setQuantity(id, wanted).catch((error: Error) => client.toasts.tell({ text: error.message, kind: "error" }));
  }
}
