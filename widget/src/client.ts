// The chat without its looks: one conversation over one connection, nothing typed is lost.

import { Again } from "./again";
import { CartRequests, ChatError } from "./cart-requests";
import { Connection } from "./connection";
import { Conversation } from "./conversation";
import { Listeners } from "./listeners";
import { Moving } from "./moving";
import {
  PROTOCOL_VERSION,
  type Cart,
  type ClientFrame,
  type Config,
  type ErrorFrame,
  type Notice,
  type ServerFrame,
} from "./protocol";
import type { Saved, Storage } from "./storage";
import { WORDS } from "./words";

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
}

export class Client {
  readonly conversation = new Conversation();
  status: Status = "idle";
  retryAt = 0;
  refusal = "";
  agentTyping: string | null = null;
  /** Something on screen may be different now. */
  readonly changes = new Listeners();
  readonly frames = new Listeners<ServerFrame>();
  readonly toasts = new Listeners<Toast>();
  /** By code: what the server wants on screen until it says otherwise. */
  readonly notices = new Map<string, string>();

  private readonly connection: Connection;
  private readonly cartRequests = new CartRequests(() => this.notify());
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = 0;
  private wishes: ClientFrame[] = [];
  private readonly moving = new Moving(() => this.move());
  private readonly resending = new Again(() => this.sendAgain());
  private asked: string | null = null; // the message whose acknowledgement is awaited

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
          this.notices.clear();
          this.moving.forget();
          this.setStatus("lost");
        },
      },
      options.Socket,
    );
    this.conversation.config = this.storage.read().config ?? null;
    for (const { id, text, photo } of this.storage.read().unsent ?? []) this.conversation.write(id, text, photo);
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
    this.cartRequests.drop();
    clearTimeout(this.typingTimer);
    this.resending.drop();
    this.moving.forget();
    this.setStatus("idle");
  }

  /** `photo`: what the server found with a photo (`photo-search.ts`). Returns the message's id. */
  send(text: string, photo?: string): string {
    const message = { id: newId(), text, ...(photo && { photo }) };
    this.storage.keepUnsent(message);
    const waits = this.conversation.unacknowledged.some(({ state }) => state === "waiting");
    this.conversation.write(message.id, text, photo);
    if (waits) this.resending.now();
    else this.sendNext();
    this.connect();
    this.notify();
    return message.id;
  }

  resend(id: string): void {
    const message = this.conversation.unacknowledged.find(({ key }) => key === id);
    if (!message) return;
    this.conversation.mark(id, "sending");
    this.storage.keepUnsent({ id, text: message.text, ...(message.photo && { photo: message.photo }) });
    this.sendNext();
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
    this.toasts.tell({ text: WORDS.startedNew, kind: "notice", ...(old && { action: { label: WORDS.undo, run: undo } }) });
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
    const frame: ClientFrame = { type: "cart.update", id: newId(), product, quantity };
    const answer = this.cartRequests.add(frame);
    this.transmit(frame);
    this.connect();
    this.notify();
    return answer;
  }

  /** The quantity that was asked for and is not confirmed yet, if any. */
  pendingQuantity(product: string): number | undefined {
    return this.cartRequests.pending(product);
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
    if (frame.type === "notice") this.noticed(frame);
    if (frame.type === "notice.end") this.notices.delete(frame.code);
    this.conversation.apply(frame);
    if (frame.type === "ready") {
      this.notices.clear(); // those that still hold follow
      this.connection.healthy();
      this.moving.forget();
      this.storage.write({ token: frame.token, session: frame.session, config: frame.config });
      this.setStatus("ready");
      this.sendWaiting();
    }
    if (frame.type === "message.accepted") {
      this.storage.dropUnsent(frame.id);
      this.resending.worked();
    }
    if (frame.type === "drain") this.moving.soon();
    this.moving.tryNow();
    if (frame.type === "message" && frame.client_id) this.storage.dropUnsent(frame.client_id);
    if (frame.type === "message.accepted" || frame.type === "message") this.sendNext();
    if (frame.type === "cart" && frame.id) this.cartRequests.resolve(frame.id, frame.cart);
    this.noteTyping(frame);
    this.frames.tell(frame);
    this.notify();
  }

  /** What was typed or asked for before the server was there; ids make a repetition harmless. */
  private sendWaiting(): void {
    this.sendAgain();
    for (const frame of this.wishes.splice(0)) this.transmit(frame);
    for (const frame of this.cartRequests.frames) this.transmit(frame);
  }

  private sendAgain(): void {
    this.asked = null;
    this.sendNext();
  }

  /** One at a time: behind one that cannot be stored right now, the next would be stored before it. */
  private sendNext(): void {
    const next = this.conversation.unacknowledged.find(({ state }) => state !== "failed");
    if (!next || next.key === this.asked) return;
    const { key: id, text, photo } = next;
    this.asked = this.transmit({ type: "message.send", id, text, ...(photo && { photo }) }) ? id : null;
  }

  private move(): boolean {
    if (this.status !== "ready" || this.conversation.running) return false;
    this.setStatus("connecting");
    this.connection.reopen();
    return true;
  }

  private failed({ id, code, text, retry }: ErrorFrame): void {
    if (id === this.asked) this.asked = null;
    if (this.status !== "ready") this.refused(code, text, retry);
    else if (id && this.cartRequests.reject(id, new ChatError(code, text, retry))) return;
    else if (id && code === "unavailable" && this.conversation.unacknowledged.some(({ key }) => key === id)) {
      this.conversation.mark(id, "waiting");
      this.resending.later();
    } else if (id && this.conversation.unacknowledged.some(({ key }) => key === id)) {
      this.conversation.mark(id, "failed", text, code === "photo_gone");
      this.storage.dropUnsent(id);
      this.sendNext();
    } else {
      this.toasts.tell({ text, kind: "error" });
    }
  }

  /** The hello was not answered with `ready`. */
  private refused(code: string, text: string, retry: boolean): void {
    if (LOST_SESSION.has(code) && this.token !== null) {
      this.toasts.tell({ text: WORDS.expired, kind: "notice" });
      this.resume(null);
    } else if (retry) {
      this.connection.lose();
    } else {
      this.connection.close();
      this.refusal = text;
      this.setStatus("refused");
    }
  }

  private noticed({ code, text, stays }: Notice): void {
    if (stays) this.notices.set(code, text);
    else this.toasts.tell({ text, kind: "notice" });
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
    this.changes.tell();
  }
}

function newId(): string {
  // randomUUID needs a secure context, and stores under development are plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
