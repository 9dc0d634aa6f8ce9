// The script tag's entry: `<script src="https://HOST/widget.js" data-store="pk_..." defer></script>`.
// Further attributes: data-mode="page" (fills the page), data-side="left",
// data-theme="light" or "dark" (else the visitor's own), data-accent="#rrggbb", data-open.

import { createApi, type Api, type EarlyCall } from "./api";
import { Client } from "./client";
import type { Config } from "./protocol";
import { localArea, Storage } from "./storage";
import base from "./styles/base.css";
import cards from "./styles/cards.css";
import cart from "./styles/cart.css";
import chat from "./styles/chat.css";
import composer from "./styles/composer.css";
import controls from "./styles/controls.css";
import panel from "./styles/panel.css";
import photo from "./styles/photo.css";
import tokens from "../../static/css/tokens.css";
import { App } from "./ui/app";

type Global = typeof globalThis & { eaichat?: Api | EarlyCall[] };

const global: Global = globalThis;
const script = document.currentScript as HTMLScriptElement | null;

if (global.eaichat && "version" in global.eaichat) {
  console.warn("eaichat: the script is on this page twice; the second one does nothing.");
} else if (!script?.dataset["store"]) {
  console.error('eaichat: the script tag needs data-store="pk_...", see the console\'s Widget page.');
} else {
  const { store } = script.dataset;
  const start = (): void => run(new URL(script.src), store!, script.dataset);
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
}

function run(source: URL, store: string, attributes: DOMStringMap): void {
  const page = attributes["mode"] === "page";
  const storage = new Storage(store, localArea());
  const client = new Client({
    socketUrl: `${source.protocol === "https:" ? "wss:" : "ws:"}//${source.host}/ws/chat/${encodeURIComponent(store)}/`,
    storage,
    // Without query and fragment, which may name the shopper.
    page: () => ({ url: location.origin + location.pathname, title: document.title }),
  });
  const { conversation } = client;
  const openKey = `eaichat:${store}:open`;
  const theme = attributes["theme"];
  const app = new App({
    client,
    theme: theme === "light" || theme === "dark" ? theme : null,
    base: source.origin,
    mode: page ? "page" : "widget",
    side: attributes["side"] === "left" ? "left" : "right",
    accent: attributes["accent"] ?? null,
    unread: () => {
      const read = storage.read().read ?? 0;
      return conversation.unreadSince(read);
    },
    seen: () => {
      const last = conversation.lastSeq;
      if (last > (storage.read().read ?? 0)) storage.write({ read: last });
    },
    openChanged: (isOpen) => remember(openKey, isOpen),
  });
  mount(app.element, page, app.theme);

  const early = Array.isArray(global.eaichat) ? global.eaichat : [];
  const api = createApi(client, app);
  global.eaichat = api;
  api.push(...early);

  storage.onForeignWrite((saved) => client.follow(saved));
  addEventListener("online", () => client.wake());
  addEventListener("offline", () => client.wake()); // asks the server, and finds that it does not answer
  addEventListener("pageshow", (event) => event.persisted && client.wake()); // the browser closed the socket meanwhile
  document.addEventListener("visibilitychange", () => document.hidden || client.wake());

  const narrow = matchMedia("(max-width: 480px)").matches;
  if (page || attributes["open"] !== undefined) app.open(page);
  else if (recall(openKey) && !narrow) app.open(false);
  if (client.hasSession) client.connect();
  else if (!conversation.config) void introduce(source.origin, store, client);
}

/** An element of its own with a closed door for the page's styles; style sheets as objects, which a CSP allows. */
function mount(root: HTMLElement, page: boolean, theme: "light" | "dark" | null): void {
  const host = document.createElement("eaichat-widget");
  const shadow = host.attachShadow({ mode: "open", delegatesFocus: false });
  shadow.adoptedStyleSheets = [tokens, base, panel, controls, chat, composer, photo, cards, cart].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  if (theme) choose(shadow.adoptedStyleSheets[0]!, theme);
  shadow.append(root);
  document.body.append(host);
  if (page) document.documentElement.style.setProperty("overflow", "hidden");
}

/** The token sheet asks what the visitor prefers; a store that has only one look answers for them. */
function choose(sheet: CSSStyleSheet, theme: "light" | "dark"): void {
  for (const rule of sheet.cssRules) {
    if (!(rule instanceof CSSMediaRule) || !rule.media.mediaText.includes("prefers-color-scheme")) continue;
    rule.media.mediaText = theme === "dark" ? "all" : "not all";
  }
}

/** The store's name, colour and greeting for somebody who has not talked yet: no session is made for a mere visit. */
async function introduce(origin: string, store: string, client: Client): Promise<void> {
  try {
    const response = await fetch(`${origin}/api/v1/chat/stores/${encodeURIComponent(store)}/config`, { credentials: "omit" });
    if (response.ok) client.introduce((await response.json()) as Config);
  } catch {
    // without it the launcher has the default colour; the greeting comes with the connection
  }
}

function remember(key: string, isOpen: boolean): void {
  try {
    if (isOpen) sessionStorage.setItem(key, "1");
    else sessionStorage.removeItem(key);
  } catch {
    // storage is forbidden: the panel starts closed on the next page
  }
}

function recall(key: string): boolean {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}
