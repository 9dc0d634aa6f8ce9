// Product cards: a row to leaf through in the panel, a grid on the full page.

import type { ProductCard } from "../protocol";
import { WORDS } from "../words";
import { h } from "./dom";
import { icon } from "./icons";
import { picture, price, Quantity, titleLink, type Shop } from "./shop";

export class Products {
  readonly element: HTMLElement;
  private readonly list: HTMLUListElement;
  private readonly quantities: Quantity[] = [];
  private readonly back: HTMLButtonElement;
  private readonly forth: HTMLButtonElement;

  constructor(
    products: ProductCard[],
    private readonly shop: Shop,
  ) {
    const arrow = (name: "left" | "right", label: string, to: number): HTMLButtonElement =>
      h("button", { type: "button", class: `arrow ${name}`, "aria-label": label, onclick: () => this.leaf(to) }, icon(name));
    this.back = arrow("left", WORDS.previous, -1);
    this.forth = arrow("right", WORDS.next, 1);
    const name = `${WORDS.products}: ${WORDS.productCount(products.length)}`;
    this.list = h("ul", { class: "cards", "aria-label": name, onscroll: () => this.showArrows() });
    this.list.append(...products.map((product) => this.card(product)));
    this.element = h("div", { class: products.length === 1 ? "products single" : "products" });
    this.element.append(this.list, this.back, this.forth);
    if ("ResizeObserver" in window) new ResizeObserver(() => this.showArrows()).observe(this.list);
  }

  sync(): void {
    for (const quantity of this.quantities) quantity.sync();
  }

  private card(product: ProductCard): HTMLElement {
    const quantity = new Quantity(product, this.shop);
    this.quantities.push(quantity);
    const facts = h("div", { class: "facts" }, price(product), rating(product));
    const stock = h("span", { class: product.in_stock ? "stock in" : "stock out" });
    stock.append(product.in_stock ? WORDS.inStock : WORDS.outOfStock);
    const text = h("div", { class: "about" }, titleLink(product, this.shop));
    if (product.brand) text.prepend(h("span", { class: "brand" }, product.brand));
    text.append(facts, stock, quantity.element);
    return h("li", { class: "card", "data-product": product.product_id }, picture(product.image_url, this.shop.base), text);
  }

  private leaf(direction: number): void {
    this.list.scrollBy({ left: direction * this.list.clientWidth * 0.8, behavior: "smooth" });
  }

  private showArrows(): void {
    const { scrollLeft, clientWidth, scrollWidth } = this.list;
    this.back.hidden = scrollLeft < 8;
    this.forth.hidden = scrollLeft + clientWidth > scrollWidth - 8;
  }
}

function rating(product: ProductCard): HTMLElement | string {
  if (product.rating === null) return "";
  const value = product.rating.toFixed(1);
  const label = WORDS.rated(value, product.rating_count);
  const element = h("span", { class: "rating", role: "img", "aria-label": label, title: label }, icon("star"), value);
  if (product.rating_count !== null) element.append(h("span", { class: "muted" }, `(${product.rating_count})`));
  return element;
}
