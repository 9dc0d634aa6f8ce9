// `window.eaichat`: what a store's own scripts may ask of the chat.

import type { Client } from "./client";
import type { Cart, OwnerName } from "./protocol";
import type { App } from "./ui/app";

export interface Events {
  ready: { session: string };
  cart: Cart;
  owner: { owner: OwnerName; agent: string | null };
}

/** A call made before the script was there: `(window.eaichat = window.eaichat || []).push(["open"])`. */
export type EarlyCall = [method: keyof Api, ...args: unknown[]];

export interface Api {
  readonly version: string;
  open(): void;
  close(): void;
  toggle(): void;
  /** Opens the chat and sends `text` as the shopper. */
  send(text: string): void;
  /** Calls `listener` on every event of that name; returns a function that ends it. */
  on<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): () => void;
  /** The cart as last heard from the server. */
  cart(): Cart;
  /** Sets how many of a product are in the cart, 0 removes it. Rejects with an error that has `code`. */
  updateCart(productId: string, quantity: number): Promise<Cart>;
  /** The session's token for the store's own requests to this server; null before the first message. */
  token(): string | null;
  /** Runs an early call; goes on working after the script has loaded. */
  push(...calls: EarlyCall[]): void;
}

export function createApi(client: Client, app: App): Api {
  const listeners: { [Name in keyof Events]: Set<(detail: Events[Name]) => void> } = {
    ready: new Set(),
    cart: new Set(),
    owner: new Set(),
  };
  /** Tells the listeners, and the window as `eaichat:<name>`. One listener's error stops no other. */
  const emit = <Name extends keyof Events>(name: Name, detail: Events[Name]): void => {
    for (const listener of listeners[name]) {
      try {
        listener(detail);
      } catch (error) {
        reportError(error);
      }
    }
    dispatchEvent(new CustomEvent(`eaichat:${name}`, { detail }));
  };
  client.frames.add((frame) => {
    if (frame.type === "ready") {
      emit("ready", { session: frame.session });
      emit("owner", { owner: frame.owner, agent: frame.agent ?? null });
    }
    if (frame.type === "owner") emit("owner", { owner: frame.owner, agent: frame.agent ?? null });
    if (frame.type === "ready" || frame.type === "cart") emit("cart", frame.cart);
  });

  const api: Api = {
    version: "1",
    open: () => app.open(),
    close: () => app.close(),
    toggle: () => (app.opened ? app.close() : app.open()),
    send: (text) => {
      app.open();
      app.say(text);
    },
    on: (name, listener) => {
      listeners[name].add(listener);
      return () => listeners[name].delete(listener);
    },
    cart: () => client.conversation.cart,
    updateCart: (productId, quantity) => client.setQuantity(productId, quantity),
    token: () => client.token,
    push: (...calls) => {
      for (const [method, ...args] of calls) {
        const run: unknown = api[method];
        if (typeof run === "function") run(...args);
      }
    },
  };
  return api;
}
