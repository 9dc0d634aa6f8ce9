// Changes of the cart that the server has not answered yet. Setting a quantity twice does no harm, so they may be
// sent again after a lost connection.

import type { Cart, CartUpdate } from "./protocol";
import { WORDS } from "./words";

const TIMEOUT_MS = 15_000;

/** What the server refused: `code` for programs, the message for people. */
export class ChatError extends Error {
  constructor(
    readonly code: string,
    text: string,
    readonly retry: boolean,
  ) {
    super(text);
    this.name = "ChatError";
  }
}

interface Waiting {
  frame: CartUpdate;
  resolve: (cart: Cart) => void;
  reject: (error: ChatError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class CartRequests {
  private waiting: Waiting[] = [];

  /** `changed` is called when a request ends without the server's word. */
  constructor(private readonly changed: () => void) {}

  get frames(): CartUpdate[] {
    return this.waiting.map(({ frame }) => frame);
  }

  add(frame: CartUpdate): Promise<Cart> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.reject(frame.id, new ChatError("timeout", WORDS.cartFailed, true));
        this.changed();
      }, TIMEOUT_MS);
      this.waiting.push({ frame, resolve, reject, timer });
    });
  }

  /** The quantity that was asked for last, if its answer is still to come. */
  pending(product: string): number | undefined {
    return this.frames.filter((frame) => frame.product === product).at(-1)?.quantity;
  }

  resolve(id: string, cart: Cart): void {
    this.take(id)?.resolve(cart);
  }

  /** False: no request has that id. */
  reject(id: string, error: ChatError): boolean {
    const request = this.take(id);
    request?.reject(error);
    return request !== undefined;
  }

  /** Forgets all; nobody is told. */
  drop(): void {
    for (const { timer } of this.waiting.splice(0)) clearTimeout(timer);
  }

  private take(id: string): Waiting | undefined {
    const request = this.waiting.find(({ frame }) => frame.id === id);
    clearTimeout(request?.timer);
    this.waiting = this.waiting.filter((other) => other !== request);
    return request;
  }
}
