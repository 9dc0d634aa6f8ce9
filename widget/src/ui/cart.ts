// The cart: a short form inside a message, and the whole on a screen of its own.

import type { Cart, CartLine } from "../protocol";
import { money, WORDS } from "../words";
import { h, safeUrl, set, setText } from "./dom";
import { icon } from "./icons";
import { picture, Quantity, titleLink, type Shop } from "./shop";

export function checkoutLink(cart: Cart, shop: Shop): HTMLElement | null {
  const href = safeUrl(cart.checkout_url, shop.base);
  return href && cart.lines.length ? h("a", { class: "primary", href }, WORDS.checkout) : null;
}

/** In a message: what the cart holds now, whatever it held then. Only the newest one shows its lines. */
export class CartSummary {
  readonly element = h("section", { class: "summary", "aria-label": WORDS.cart });
  private drawn = "";

  constructor(
    private readonly shop: Shop,
    private readonly openCart: () => void,
  ) {}

  sync(newest: boolean): void {
    const { cart } = this.shop.client.conversation;
    const wanted = JSON.stringify([cart, newest]);
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    const head = h("div", { class: "head" }, icon("cart"), h("strong", {}, WORDS.items(cart.count)));
    if (cart.lines.length) head.append(h("span", { class: "sum" }, money(cart.total, cart.currency)));
    this.element.replaceChildren(head);
    if (!newest || cart.lines.length === 0) return;
    const lines = cart.lines.slice(-3).map(({ product, quantity, total }) =>
      h(
        "li",
        {},
        picture(product.image_url, this.shop.base),
        h("span", { class: "title" }, product.title),
        h("span", { class: "muted" }, `× ${quantity}`),
        h("span", { class: "sum" }, total === null ? "" : money(total, cart.currency)),
      ),
    );
    const view = h("button", { type: "button", class: "secondary", onclick: () => this.openCart() }, WORDS.viewCart);
    const actions = h("div", { class: "actions" }, view, checkoutLink(cart, this.shop));
    this.element.append(h("ul", { class: "lines" }, ...lines), actions);
  }
}

export class CartScreen {
  readonly element: HTMLElement;
  private readonly list = h("ul", { class: "lines" });
  private readonly foot = h("div", { class: "sums" });
  private readonly back: HTMLButtonElement;
  private readonly empty: HTMLElement;
  private readonly rows = new Map<string, { row: HTMLElement; quantity: Quantity; sum: HTMLElement }>();
  private drawn: Cart | null = null;

  constructor(
    private readonly shop: Shop,
    close: () => void,
  ) {
    this.back = h("button", { type: "button", class: "tool", "aria-label": WORDS.back, onclick: close }, icon("left"));
    this.empty = h(
      "div",
      { class: "nothing" },
      icon("cart"),
      h("strong", {}, WORDS.cartEmpty),
      h("p", {}, WORDS.cartEmptyHint),
      h("button", { type: "button", class: "secondary", onclick: close }, WORDS.keepShopping),
    );
    this.element = h(
      "section",
      { class: "screen", "aria-label": WORDS.yourCart, hidden: true },
      h("div", { class: "bar" }, this.back, h("h2", {}, WORDS.yourCart)),
      this.empty,
      this.list,
      this.foot,
    );
  }

  focus(): void {
    this.back.focus();
  }

  sync(): void {
    for (const { quantity } of this.rows.values()) quantity.sync();
    const { cart } = this.shop.client.conversation;
    if (cart === this.drawn) return;
    this.drawn = cart;
    this.empty.hidden = cart.lines.length > 0;
    this.list.hidden = this.foot.hidden = cart.lines.length === 0;
    const kept = new Set(cart.lines.map(({ product }) => product.product_id));
    for (const [id, { row }] of this.rows) {
      if (kept.has(id)) continue;
      if (row.contains((row.getRootNode() as ShadowRoot).activeElement)) this.focus();
      row.remove();
      this.rows.delete(id);
    }
    for (const line of cart.lines) this.line(line, cart.currency);
    this.foot.replaceChildren(
      h("div", { class: "total" }, h("span", {}, WORDS.total), h("strong", {}, money(cart.total, cart.currency))),
    );
    this.foot.append(checkoutLink(cart, this.shop) ?? "");
  }

  private line({ product, total }: CartLine, currency: string): void {
    let known = this.rows.get(product.product_id);
    if (!known) {
      const quantity = new Quantity(product, this.shop);
      const sum = h("span", { class: "sum" });
      const remove = h(
        "button",
        { type: "button", class: "tool", "aria-label": WORDS.removeOf(product.title), onclick: () => this.remove(product.product_id) },
        icon("trash"),
      );
      const about = h("div", { class: "about" }, titleLink(product, this.shop), quantity.element);
      const row = h("li", {}, picture(product.image_url, this.shop.base), about, h("div", { class: "end" }, remove, sum));
      known = { row, quantity, sum };
      this.rows.set(product.product_id, known);
      this.list.append(row);
    }
    setText(known.sum, total === null ? "" : money(total, currency));
    set(known.row, "data-product", product.product_id);
    known.quantity.sync();
  }

  private remove(product: string): void {
    const { client } = this.shop;
    client.setQuantity(product, 0).catch((error: Error) => client.toasts.tell({ text: error.message, kind: "error" }));
  }
}
