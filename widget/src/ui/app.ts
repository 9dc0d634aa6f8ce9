// The whole chat in its shadow root: launcher and panel on a store's page, or the full page.

import type { Client } from "../client";
import { palette } from "../colour";
import { WORDS } from "../words";
import { Banner, Notices, Toasts } from "./banner";
import { CartScreen } from "./cart";
import { Composer } from "./composer";
import { h, set, setText } from "./dom";
import { Header } from "./header";
import { icon } from "./icons";
import { Log } from "./log";
import { takeDropped } from "./photo-drop";
import type { Shop } from "./shop";

export interface AppOptions {
  client: Client;
  /** The server's origin. */
  base: string;
  mode: "widget" | "page";
  side: "left" | "right";
  /** Null: what the visitor prefers. */
  theme: "light" | "dark" | null;
  /** Overrides the store's accent, for the console's preview. */
  accent: string | null;
  /** How many messages are new since the panel was last open. */
  unread: () => number;
  /** Called when everything is on screen and read. */
  seen: () => void;
  openChanged: (open: boolean) => void;
}

export class App {
  readonly element: HTMLElement;
  private readonly launcher: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly panel: HTMLElement;
  private readonly chat: HTMLElement;
  private readonly header: Header;
  private readonly banner: Banner;
  private readonly notices: Notices;
  private readonly log: Log;
  private readonly composer: Composer;
  private readonly cart: CartScreen;
  private readonly toasts = new Toasts();
  private readonly greeting = h("h3", {});
  private readonly suggestions = h("div", { class: "chips", role: "group", "aria-label": WORDS.suggestions });
  private readonly welcome: HTMLElement;
  private readonly phone = matchMedia("(max-width: 480px)");
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private frame = 0;
  private isOpen = false;

  constructor(private readonly options: AppOptions) {
    const { client, base, mode } = options;
    const shop: Shop = { client, base, newTab: mode === "page", photos: new Map() };
    this.welcome = h(
      "div",
      { class: "welcome" },
      h("div", { class: "avatar big", "aria-hidden": "true" }, icon("spark")),
      this.greeting,
      h("p", { class: "muted" }, WORDS.disclosure),
      this.suggestions,
    );
    this.composer = new Composer(shop, () => this.log.toEnd());
    this.cart = new CartScreen(shop, () => this.closeCart());
    this.log = new Log(
      client,
      shop,
      {
        choose: (text) => this.composer.say(text),
        retry: (turn) => client.retry(turn),
        resend: (id) => client.resend(id),
        openCart: () => this.openCart(),
      },
      this.welcome,
    );
    this.banner = new Banner(client);
    this.notices = new Notices(client);
    this.header = new Header(client, {
      openCart: () => this.openCart(),
      close: mode === "page" ? null : () => this.close(),
    });
    this.chat = h("div", { class: "chat" }, this.header.element, this.banner.element, this.notices.element);
    this.chat.append(this.log.element, this.composer.element);
    this.panel = h("div", { class: "panel", tabindex: -1, onkeydown: (event) => this.key(event) });
    takeDropped(this.panel, this.composer.photo);
    this.panel.append(this.chat, this.cart.element, this.toasts.element, this.log.announcer);
    this.launcher = h(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-haspopup": "dialog",
        onclick: () => this.open(),
        onpointerenter: () => client.hasSession && client.connect(),
      },
      icon("chat"),
      this.badge,
    );
    this.element = h("div", { class: `root ${mode} ${options.side}` });
    if (options.theme) this.element.style.colorScheme = options.theme;
    this.element.append(...(mode === "page" ? [this.panel] : [this.launcher, this.panel]));
    set(this.panel, "role", mode === "page" ? "main" : "dialog");
    this.panel.hidden = mode === "widget";
    client.changes.add(() => this.schedule());
    client.toasts.add((toast) => this.toasts.show(toast));
    this.dark.addEventListener("change", () => this.sync());
    this.phone.addEventListener("change", () => this.sync());
    window.visualViewport?.addEventListener("resize", () => this.fitKeyboard());
    this.sync();
  }

  get theme(): "light" | "dark" | null {
    return this.options.theme;
  }

  get opened(): boolean {
    return this.isOpen;
  }

  /** Shows the panel; `focus: false` when the page opened it and not the shopper. */
  open(focus = true): void {
    this.options.client.connect();
    if (this.isOpen) return;
    this.isOpen = true;
    this.panel.hidden = false;
    this.launcher.hidden = this.options.mode === "widget";
    this.sync();
    this.log.shown();
    // A touch keyboard that jumps up hides half the conversation: there the panel itself takes the focus.
    if (focus) matchMedia("(pointer: coarse)").matches ? this.panel.focus() : this.composer.focus();
    this.options.openChanged(true);
  }

  close(): void {
    if (!this.isOpen || this.options.mode === "page") return;
    this.isOpen = false;
    this.cart.element.hidden = true;
    this.chat.inert = false;
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.launcher.focus();
    this.sync();
    this.options.openChanged(false);
  }

  say(text: string): void {
    this.composer.say(text);
  }

  private openCart(): void {
    this.cart.element.hidden = false;
    this.chat.inert = true;
    this.cart.focus();
  }

  private closeCart(): void {
    this.cart.element.hidden = true;
    this.chat.inert = false;
    this.header.focusCart();
  }

  /** Draws once per frame, however many frames the socket brought. Hidden pages draw too, but later. */
  private schedule(): void {
    if (this.frame) return;
    const draw = (): void => {
      this.frame = 0;
      this.sync();
    };
    this.frame = document.hidden ? window.setTimeout(draw, 50) : requestAnimationFrame(draw);
  }

  private sync(): void {
    const { client, mode } = this.options;
    const { config, entries } = client.conversation;
    const store = config?.store ?? "";
    if (mode === "widget") {
      set(this.panel, "aria-label", store ? WORDS.chatWith(store) : WORDS.chat);
      set(this.panel, "aria-modal", this.phone.matches ? "true" : null);
    }
    this.paint();
    setText(this.greeting, config?.greeting ?? "");
    this.welcome.hidden = entries.length > 0;
    this.suggest(config?.suggestions ?? []);
    this.header.sync();
    this.banner.sync();
    this.notices.sync();
    this.log.sync();
    this.composer.sync();
    this.cart.sync();
    if (this.isOpen && !document.hidden) this.options.seen();
    const unread = this.isOpen ? 0 : this.options.unread();
    this.badge.hidden = unread === 0;
    setText(this.badge, unread > 9 ? "9+" : String(unread));
    set(this.launcher, "aria-label", unread ? `${WORDS.openChat}, ${WORDS.unread(unread)}` : WORDS.openChat);
  }

  private suggest(suggestions: string[]): void {
    const shown = [...this.suggestions.children].map((chip) => chip.textContent);
    if (shown.join("\n") === suggestions.join("\n")) return;
    const chips = suggestions.map((text) =>
      h("button", { type: "button", class: "chip", onclick: () => this.composer.say(text) }, text),
    );
    this.suggestions.replaceChildren(...chips);
  }

  private paint(): void {
    const accent = this.options.accent ?? this.options.client.conversation.config?.accent;
    const dark = this.theme ? this.theme === "dark" : this.dark.matches;
    const colours = accent ? palette(accent, dark ? "#17181c" : "#ffffff") : null;
    if (!colours) return;
    this.element.style.setProperty("--accent", colours.fill);
    this.element.style.setProperty("--accent-text", colours.onFill);
    this.element.style.setProperty("--accent-ink", colours.ink);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation(); // the store's own shortcuts are not meant when somebody types here
    if (event.key === "Escape") {
      if (!this.cart.element.hidden) this.closeCart();
      else this.close();
    } else if (event.key === "Tab" && this.options.mode === "widget" && this.phone.matches) {
      this.keepFocus(event);
    }
  }

  /** On a phone the panel covers the page, so Tab stays within it. */
  private keepFocus(event: KeyboardEvent): void {
    const all = [...this.panel.querySelectorAll<HTMLElement>("a[href], button:not(:disabled), textarea, [tabindex='0']")];
    const reachable = all.filter((element) => element.offsetParent !== null && !element.closest("[inert]") && element.tabIndex >= 0);
    const [first, last] = [reachable[0], reachable.at(-1)];
    const active = (this.element.getRootNode() as ShadowRoot).activeElement;
    const leaving = event.shiftKey ? active === first || active === this.panel : active === last;
    if (!leaving) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }

  /** iOS lays its keyboard over fixed boxes; the panel ends where the visible part does. */
  private fitKeyboard(): void {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const covered = Math.max(0, innerHeight - viewport.height - viewport.offsetTop);
    this.element.style.setProperty("--keyboard", `${covered > 80 ? covered : 0}px`);
    this.log.shown();
  }
}
