// The chat without its looks: one conversation over one connection, nothing typed is lost.

import { Connection, type Pace } from "./connection";
import { Conversation } from "./conversation";
import { PROTOCOL_VERSION, type Cart, type ClientFrame, type Config, type ErrorFrame, type ServerFrame } from "./protocol";
import type { Saved, Storage } from "./storage";
import { WORDS } from "./words";

const CART_TIMEOUT_MS = 15_000;
const TYPING_EVERY_MS = 3_000;
const AGENT_TYPES_MS = 5_000;
const LOST_SESSION = new Set(["bad_token", "expired_token", "wrong_store"]);

/** `idle`: nobody has needed the server yet. `refused`: the server said no for good. */
export type Status = "idle" | "connecting" | "ready" | "lost" | "refused";

export interface Toast {
  text: string;
  kind: "notice" | "error";
  action?: { label: string; run: () => void };
}

export interface ClientOptions {
  socketUrl: string;
  storage: Storage;
  page: () => { url: string; title: string };
  Socket?: typeof WebSocket;
  pace?: Pace;
}

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

interface CartRequest {
  id: string;
  product: string;
  quantity: number;
  resolve: (cart: Cart) => void;
  reject: (error: ChatError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export class Client {
  readonly conversation = new Conversation();
  status: Status = "idle";
  retryAt = 0;
  refusal = "";
  agentTyping: string | null = null;

  private readonly connection: Connection;
  private readonly changed = new Set<() => void>();
  private readonly frames = new Set<(frame: ServerFrame) => void>();
  private readonly toasts = new Set<(toast: Toast) => void>();
  private cartRequests: CartRequest[] = [];
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = 0;
  private wishes: ClientFrame[] = [];

  constructor(private readonly options: ClientOptions) {
    this.connection = new Connection(
      options.socketUrl,
      {
        opened: () => this.hello(),
        frame: (frame) => this.received(frame),
        lost: (retryAt) => {
          this.retryAt = retryAt;
          this.agentTyping = null;
          this.wishes = [];
          this.setStatus("lost");
        },
      },
      options.Socket,
      options.pace,
    );
    this.conversation.config = this.storage.read().config ?? null;
    for (const { id, text } of this.storage.read().unsent ?? []) this.conversation.write(id, text);
  }

  private get storage(): Storage {
    return this.options.storage;
  }

  get token(): string | null {
    return this.storage.read().token ?? null;
  }

  /** Whether there is a conversation to go on with. */
  get hasSession(): boolean {
    return this.token !== null || this.conversation.unacknowledged.length > 0;
  }

  onChange(callback: () => void): () => void {
    this.changed.add(callback);
    return () => this.changed.delete(callback);
  }

  onFrame(callback: (frame: ServerFrame) => void): () => void {
    this.frames.add(callback);
    return () => this.frames.delete(callback);
  }

  onToast(callback: (toast: Toast) => void): () => void {
    this.toasts.add(callback);
    return () => this.toasts.delete(callback);
  }

  /** Connects unless connected; after a refusal only the next page load tries again. */
  connect(): void {
    if (this.status === "idle" || this.status === "lost") {
      this.setStatus("connecting");
      this.connection.open();
    }
  }

  /** What the public configuration says of the store; the connection's word comes later and wins. */
  introduce(config: Config): void {
    this.conversation.config ??= config;
    this.notify();
  }

  /** The machine woke up, the network is back, or the page is looked at again. */
  wake(): void {
    if (this.status === "lost") this.connect();
    else if (this.status === "ready") this.connection.probe();
  }

  /** Ends the connection for good; for tests, and for pages that take the widget away. */
  close(): void {
    this.connection.close();
    for (const { timer } of this.cartRequests) clearTimeout(timer);
    clearTimeout(this.typingTimer);
    this.setStatus("idle");
  }

  send(text: string): void {
    const message = { id: newId(), text };
    this.storage.keepUnsent(message);
    this.conversation.write(message.id, text);
    this.transmit({ type: "message.send", ...message });
    this.connect();
    this.notify();
  }

  resend(id: string): void {
    const message = this.conversation.unacknowledged.find(({ key }) => key === id);
    if (!message) return;
    this.conversation.mark(id, "sending");
    this.storage.keepUnsent({ id, text: message.text });
    this.transmit({ type: "message.send", id, text: message.text });
    this.notify();
  }

  stop(): void {
    this.transmit({ type: "message.stop" });
  }

  /** Asks for the answer to the shopper's message of `turn` again. */
  retry(turn: string): void {
    if (!this.transmit({ type: "message.retry", turn })) return;
    this.conversation.expect(turn);
    this.notify();
  }

  requestPerson(): void {
    this.wish({ type: "handoff.request" });
  }

  leaveQueue(): void {
    this.wish({ type: "handoff.leave" });
  }

  setMode(mode: "llm" | "intent"): void {
    this.wish({ type: "mode.set", mode });
  }

  /** A new conversation of the same visitor; the old one can be taken up again from the toast. */
  newConversation(): void {
    const old = this.token;
    if (!this.wish({ type: "session.new" })) return;
    const undo = (): void => this.resume(old);
    this.toast({ text: WORDS.startedNew, kind: "notice", ...(old && { action: { label: WORDS.undo, run: undo } }) });
  }

  /** Another tab has begun a conversation: this one goes over to it. A new token of the same one is no news. */
  follow({ session, token }: Saved): void {
    if (session && token && session !== this.conversation.session && this.conversation.session) this.resume(token);
  }

  /** Goes on with the session of `token`; null begins a new one. */
  private resume(token: string | null): void {
    this.storage.write({ token, session: null });
    this.conversation.reset();
    this.setStatus("connecting");
    this.connection.reopen();
  }

  /** Tells a waiting or answering person that the shopper types; at most every three seconds. */
  typing(): void {
    if (this.conversation.owner === "assistant" || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    this.transmit({ type: "typing" });
  }

  /** Sets how many of a product are in the cart, 0 removes it; rejects with a ChatError. */
  setQuantity(product: string, quantity: number): Promise<Cart> {
    return new Promise((resolve, reject) => {
      const id = newId();
      const timer = setTimeout(
        () => this.settle(id)?.reject(new ChatError("timeout", WORDS.cartFailed, true)),
        CART_TIMEOUT_MS,
      );
      this.cartRequests.push({ id, product, quantity, resolve, reject, timer });
      this.transmit({ type: "cart.update", id, product, quantity });
      this.connect();
      this.notify();
    });
  }

  /** The quantity that was asked for and is not confirmed yet, if any. */
  pendingQuantity(product: string): number | undefined {
    return this.cartRequests.filter((request) => request.product === product).at(-1)?.quantity;
  }

  toast(toast: Toast): void {
    for (const callback of this.toasts) callback(toast);
  }

  private hello(): void {
    const { url, title } = this.options.page();
    const token = this.token;
    this.connection.send({
      type: "hello",
      v: PROTOCOL_VERSION,
      ...(token !== null && { token }),
      after: this.conversation.resumeFrom,
      page: { url: url.slice(0, 2000), title: title.slice(0, 300) },
    });
  }

  private received(frame: ServerFrame): void {
    if (frame.type === "error") this.failed(frame);
    if (frame.type === "notice") this.toast({ text: frame.text, kind: "notice" });
    this.conversation.apply(frame);
    if (frame.type === "ready") {
      this.connection.healthy();
      this.storage.write({ token: frame.token, session: frame.session, config: frame.config });
      this.setStatus("ready");
      this.sendWaiting();
    }
    if (frame.type === "message.accepted") this.storage.dropUnsent(frame.id);
    if (frame.type === "message" && frame.client_id) this.storage.dropUnsent(frame.client_id);
    if (frame.type === "cart" && frame.id) this.settle(frame.id)?.resolve(frame.cart);
    this.noteTyping(frame);
    for (const callback of this.frames) callback(frame);
    this.notify();
  }

  /** What was typed or asked for before the server was there; ids make a repetition harmless. */
  private sendWaiting(): void {
    for (const { key, text, state } of this.conversation.unacknowledged) {
      if (state === "sending") this.transmit({ type: "message.send", id: key, text });
    }
    for (const frame of this.wishes.splice(0)) this.transmit(frame);
    for (const { id, product, quantity } of this.cartRequests) {
      this.transmit({ type: "cart.update", id, product, quantity });
    }
  }

  private failed(error: ErrorFrame): void {
    if (this.status !== "ready") {
      if (LOST_SESSION.has(error.code) && this.token !== null) {
        this.toast({ text: WORDS.expired, kind: "notice" });
        this.resume(null);
      } else if (!error.retry) {
        this.connection.close();
        this.refusal = error.text;
        this.setStatus("refused");
      }
      return;
    }
    const request = error.id ? this.settle(error.id) : undefined;
    if (request) {
      request.reject(new ChatError(error.code, error.text, error.retry));
    } else if (error.id && this.conversation.unacknowledged.some(({ key }) => key === error.id)) {
      this.conversation.mark(error.id, "failed", error.text);
      this.storage.dropUnsent(error.id);
    } else {
      this.toast({ text: error.text, kind: "error" });
    }
  }

  private noteTyping(frame: ServerFrame): void {
    const fromAgent = frame.type === "message" && frame.author.kind === "agent";
    if (frame.type !== "typing" && frame.type !== "owner" && !fromAgent) return;
    clearTimeout(this.typingTimer);
    this.agentTyping = frame.type === "typing" ? frame.agent : null;
    if (this.agentTyping === null) return;
    this.typingTimer = setTimeout(() => {
      this.agentTyping = null;
      this.notify();
    }, AGENT_TYPES_MS);
  }

  private settle(id: string): CartRequest | undefined {
    const request = this.cartRequests.find((waiting) => waiting.id === id);
    if (!request) return undefined;
    clearTimeout(request.timer);
    this.cartRequests = this.cartRequests.filter((waiting) => waiting !== request);
    this.notify();
    return request;
  }

  /** Sends once the connection that is being made stands. False: there is none, and the shopper sees that. */
  private wish(frame: ClientFrame): boolean {
    if (this.status === "connecting") {
      this.wishes.push(frame);
      return true;
    }
    return this.transmit(frame);
  }

  /** False: not connected. Only what `sendWaiting` repeats survives that. */
  private transmit(frame: ClientFrame): boolean {
    return this.status === "ready" && this.connection.send(frame);
  }

  private setStatus(status: Status): void {
    this.status = status;
    this.notify();
  }

  private notify(): void {
    for (const callback of this.changed) callback();
  }
}

function newId(): string {
  // randomUUID needs a secure context, and stores under development are plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
