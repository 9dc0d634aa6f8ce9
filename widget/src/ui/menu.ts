// The menu behind "more options": opens by click, Enter or arrow; arrows move, Escape closes.

import { WORDS } from "../words";
import { h, set } from "./dom";
import { icon, type IconName } from "./icons";

export interface Item {
  label: string;
  icon?: IconName;
  /** For items that are one of several: whether it is the chosen one. */
  chosen?: boolean;
  disabled?: boolean;
  /** A heading above this item. */
  heading?: string;
  run: () => void;
}

export class Menu {
  readonly element: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly list: HTMLElement;

  constructor(private readonly items: () => Item[]) {
    this.button = h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-label": WORDS.options,
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => (this.isOpen ? this.close() : this.open()),
        onkeydown: (event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          this.open();
        },
      },
      icon("more"),
    );
    this.list = h("div", { class: "menu", role: "menu", "aria-label": WORDS.options, hidden: true });
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.element = h("div", { class: "menu-place" }, this.button, this.list);
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) this.hide();
    });
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  close(): void {
    this.hide();
    this.button.focus();
  }

  private open(): void {
    const rows = this.items().flatMap((item) => {
      const role = item.chosen === undefined ? "menuitem" : "menuitemradio";
      const mark = item.chosen === undefined ? (item.icon ?? "more") : "check";
      const row = h(
        "button",
        { type: "button", role, tabindex: -1, "aria-checked": item.chosen?.toString(), "aria-disabled": item.disabled && "true" },
        icon(mark),
        item.label,
      );
      row.addEventListener("click", () => {
        if (item.disabled) return;
        this.close();
        item.run();
      });
      return item.heading ? [h("div", { class: "heading", role: "presentation" }, item.heading), row] : [row];
    });
    this.list.replaceChildren(...rows);
    this.list.hidden = false;
    set(this.button, "aria-expanded", "true");
    this.rows[0]?.focus();
  }

  private hide(): void {
    this.list.hidden = true;
    set(this.button, "aria-expanded", "false");
  }

  private get rows(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("button")];
  }

  private key(event: KeyboardEvent): void {
    const rows = this.rows;
    const at = rows.findIndex((row) => row === (this.list.getRootNode() as ShadowRoot).activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (event.key === "Tab") return this.hide();
    else if (to === undefined) return;
    else rows.at(to % rows.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
