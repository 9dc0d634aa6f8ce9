// One WebSocket that stays: opens, watches the heartbeat, and comes back with growing pauses.

import { parseFrame, type ClientFrame, type ServerFrame } from "./protocol";

/** In milliseconds. `silence`: how long an answer may take, after a ping and after opening. */
export interface Pace {
  heartbeat: number;
  silence: number;
  firstPause: number;
  longestPause: number;
}

export const PACE: Pace = { heartbeat: 25_000, silence: 10_000, firstPause: 500, longestPause: 15_000 };

export interface ConnectionHandlers {
  /** The socket is open: say hello. */
  opened(): void;
  frame(frame: ServerFrame): void;
  /** The socket is gone; the next attempt is at `retryAt` (epoch ms). */
  lost(retryAt: number): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private everOpen = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private beatTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly handlers: ConnectionHandlers,
    private readonly Socket: typeof WebSocket = WebSocket,
    private readonly pace: Pace = PACE,
  ) {}

  /** Connects now, whatever pause was running. Does nothing while a socket is open or opening. */
  open(): void {
    if (this.socket) return;
    clearTimeout(this.retryTimer);
    const socket = new this.Socket(this.url);
    this.socket = socket;
    this.expectSomething();
    socket.onopen = () => {
      this.everOpen = true;
      if (this.socket === socket) this.handlers.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      if (this.socket !== socket) return;
      this.heard();
      const frame = parseFrame(event.data);
      if (frame) this.handlers.frame(frame);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lose();
    };
    socket.onerror = () => undefined; // a close event follows
  }

  /** Call when the server has accepted the session: the next loss starts with a short pause again. */
  healthy(): void {
    this.attempts = 0;
  }

  /** Sends if the socket is open; the caller keeps what must not be lost. */
  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Drops the socket and connects again at once. */
  reopen(): void {
    this.drop();
    this.open();
  }

  close(): void {
    this.drop();
    clearTimeout(this.retryTimer);
  }

  /** Asks whether anybody is still there, e.g. after the machine slept; opens when nothing is open. */
  probe(): void {
    if (this.send({ type: "ping" })) this.expectSomething();
    else if (!this.socket) this.open();
  }

  /** Drops the socket and tries again after a pause. */
  lose(): void {
    this.drop();
    const { firstPause, longestPause } = this.pace;
    const pause = Math.min(longestPause, firstPause * 2 ** this.attempts) * (0.75 + Math.random() / 2);
    this.attempts += 1;
    if (!this.everOpen && this.attempts === 2) {
      console.warn("eaichat: no connection. Is this page's origin listed on the console's Widget page?");
    }
    this.retryTimer = setTimeout(() => this.open(), pause);
    this.handlers.lost(Date.now() + pause);
  }

  private heard(): void {
    clearTimeout(this.silenceTimer);
    clearTimeout(this.beatTimer);
    this.beatTimer = setTimeout(() => this.probe(), this.pace.heartbeat);
  }

  private expectSomething(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.lose(), this.pace.silence);
  }

  private drop(): void {
    clearTimeout(this.beatTimer);
    clearTimeout(this.silenceTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
