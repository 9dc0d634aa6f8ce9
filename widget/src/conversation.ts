// The conversation as the shopper sees it: a list of entries that frames change. No sockets, no DOM.

import type {
  Cart,
  Config,
  MessageFrame,
  ModeName,
  OwnerName,
  Part,
  Ready,
  ServerFrame,
  ToolState,
  TurnEnd,
} from "./protocol";

/** A committed message. */
export interface Stored {
  kind: "stored";
  key: string;
  message: MessageFrame;
}

/** A message of the shopper that the server has not acknowledged. `waiting`: it could not be stored, and is sent again. */
export interface Unacknowledged {
  kind: "mine";
  key: string;
  text: string;
  /** What the server found with the photo that comes along. */
  photo?: string;
  state: "sending" | "waiting" | "failed";
  reason?: string;
  /** It failed, and would again: what its photo found is too old. */
  hopeless?: boolean;
  at: string;
}

/** An answer that is being written, or that broke off before it was committed. */
export interface Live {
  kind: "live";
  key: string;
  turn: string;
  text: string;
  tool: string | null;
  state: "running" | "done" | "incomplete";
}

export type Entry = Stored | Unacknowledged | Live;

export const EMPTY_CART: Cart = { lines: [], count: 0, total: 0, currency: "USD", checkout_url: "" };

/** Entries are replaced, never changed in place: a view redraws what is not the object that it drew. */
export class Conversation {
  session: string | null = null;
  config: Config | null = null;
  owner: OwnerName = "assistant";
  agent: string | null = null;
  position: number | null = null;
  online: boolean | null = null;
  mode: ModeName = "intent";
  cart: Cart = EMPTY_CART;

  private stored: Stored[] = [];
  private live: Live[] = [];
  private mine: Unacknowledged[] = [];
  private keys = 0;
  private history = 0; // messages up to this seq are told again on connecting and end no running answer

  get entries(): Entry[] {
    return [...this.stored, ...this.live, ...this.mine];
  }

  get unacknowledged(): readonly Unacknowledged[] {
    return this.mine;
  }

  /** The turn that is being answered, if any. */
  get running(): Live | undefined {
    return this.live.find(({ state }) => state === "running");
  }

  get lastSeq(): number {
    return this.stored.at(-1)?.message.seq ?? 0;
  }

  /** The last seq before the first gap: resuming from here fetches whatever was dropped on the way. */
  get resumeFrom(): number {
    let seq = 0;
    for (const { message } of this.stored) {
      if (message.seq > seq + 1) break;
      seq = message.seq;
    }
    return seq;
  }

  /** How many messages of others came after `seq`. */
  unreadSince(seq: number): number {
    const spoken = (entry: Stored): boolean => ["assistant", "agent"].includes(entry.message.author.kind);
    return this.stored.filter((entry) => entry.message.seq > seq && spoken(entry)).length;
  }

  reset(): void {
    this.session = null;
    this.owner = "assistant";
    this.agent = this.position = this.online = null;
    this.stored = [];
    this.live = [];
    this.mine = this.mine.filter(({ state }) => state !== "failed"); // what was refused stays behind
  }

  write(id: string, text: string, photo?: string): void {
    const at = new Date().toISOString();
    this.mine.push({ kind: "mine", key: id, text, ...(photo && { photo }), state: "sending", at });
  }

  mark(id: string, state: Unacknowledged["state"], reason = "", hopeless = false): void {
    this.mine = this.mine.map((entry) => (entry.key === id ? { ...entry, state, reason, hopeless } : entry));
  }

  discard(id: string): void {
    this.mine = this.mine.filter(({ key }) => key !== id);
  }

  /** Shows that an answer is being prepared; the first delta fills it. */
  expect(turn: string): void {
    this.change(turn, (live) => live);
  }

  apply(frame: ServerFrame): void {
    switch (frame.type) {
      case "ready":
        return this.ready(frame);
      case "message.accepted":
        return this.accepted(frame.id, frame.seq, frame.turn);
      case "message.delta":
        return this.change(frame.turn, (live) => ({ ...live, text: live.text + frame.text, tool: null }));
      case "tool":
        return this.tool(frame);
      case "turn.end":
        return this.turnEnded(frame);
      case "message":
        return this.message(frame);
      case "cart":
        this.cart = frame.cart;
        return;
      case "owner":
        this.owner = frame.owner;
        this.agent = frame.agent ?? null;
        this.position = frame.position ?? null;
        this.online = frame.online ?? null;
        return;
      case "error": // a turn that was asked for again is refused
        this.live = this.live.filter(({ turn }) => turn !== frame.id);
        return;
      case "mode":
        this.mode = frame.mode;
        return;
      default:
        return; // notices and pongs are not part of the conversation; unknown ones are a newer server's
    }
  }

  private ready(frame: Ready): void {
    if (this.session !== null && this.session !== frame.session) this.reset();
    this.session = frame.session;
    this.history = frame.seq;
    this.config = frame.config;
    this.owner = frame.owner;
    this.agent = frame.agent ?? null;
    this.position = frame.position ?? null;
    this.mode = frame.mode;
    this.cart = frame.cart;
    this.live = this.live.filter(({ turn }) => turn === frame.turn).map((live) => ({ ...live, text: "" }));
    if (frame.turn) this.expect(frame.turn);
  }

  private accepted(id: string, seq: number, turn: string): void {
    const mine = this.mine.find(({ key }) => key === id);
    this.discard(id);
    if (mine) {
      this.insert(id, {
        type: "message",
        seq,
        id,
        turn,
        client_id: id,
        author: { kind: "shopper", name: "" },
        parts: ownParts(mine),
        complete: true,
        at: mine.at,
      });
    }
    if (this.owner === "assistant") this.expect(turn);
  }

  private tool({ turn, name, state }: ToolState): void {
    this.change(turn, (live) => {
      if (state === "started") return { ...live, tool: name };
      return live.tool === name ? { ...live, tool: null } : live;
    });
  }

  private turnEnded({ turn, state }: TurnEnd): void {
    this.live = this.live.flatMap((live) => {
      if (live.turn !== turn) return [live];
      // Text stays on screen until its committed message takes its place; broken off, it may be asked for again.
      if (state === "discarded" || !live.text) return [];
      return [{ ...live, tool: null, state: state === "complete" ? ("done" as const) : ("incomplete" as const) }];
    });
  }

  private message(message: MessageFrame): void {
    if (message.client_id) this.discard(message.client_id);
    let key = message.client_id ?? message.id;
    const news = message.seq > this.history && !this.stored.some((entry) => entry.message.seq === message.seq);
    if (news && message.author.kind === "assistant") {
      const live = this.live.find(({ turn }) => turn === message.turn);
      this.live = this.live.filter((other) => other !== live);
      if (live) key = live.key; // the view of the streamed text becomes the view of the message
    }
    this.insert(key, message);
  }

  private insert(key: string, message: MessageFrame): void {
    const same = this.stored.findIndex((entry) => entry.message.seq === message.seq);
    if (same >= 0) {
      this.stored[same] = { kind: "stored", key: this.stored[same]!.key, message };
      return;
    }
    const later = this.stored.findIndex((entry) => entry.message.seq > message.seq);
    this.stored.splice(later < 0 ? this.stored.length : later, 0, { kind: "stored", key, message });
  }

  private change(turn: string, change: (live: Live) => Live): void {
    const index = this.live.findIndex((live) => live.turn === turn && live.state === "running");
    if (index >= 0) {
      this.live[index] = change(this.live[index]!);
      return;
    }
    this.keys += 1;
    const live: Live = { kind: "live", key: `live-${this.keys}`, turn, text: "", tool: null, state: "running" };
    this.live = [...this.live.filter((other) => other.turn !== turn), change(live)];
  }
}

/** As the server keeps them. */
function ownParts({ text, photo }: Unacknowledged): Part[] {
  return [...(photo ? [{ type: "photo" as const }] : []), ...(text ? [{ type: "text" as const, text }] : [])];
}
