// A server for these tests: real sockets on loopback; each test says what it answers.

import { once } from "node:events";
import { WebSocketServer, type WebSocket as ServerSocket } from "ws";
import type { ClientFrame, MessageFrame, Part, Ready, ServerFrame } from "../src/protocol";

export const CART = { lines: [], count: 0, total: 0, currency: "USD", checkout_url: "" };

export function ready(change: Partial<Ready> = {}): Ready {
  return {
    type: "ready",
    v: 1,
    session: "s1",
    token: "token-1",
    owner: "assistant",
    mode: "intent",
    seq: 0,
    cart: CART,
    config: { store: "Shop", greeting: "Hi", accent: "#0f766e", currency: "USD", suggestions: [], llm_available: false, photos: false },
    ...change,
  };
}

export function message(seq: number, change: Partial<MessageFrame> = {}, ...parts: Part[]): MessageFrame {
  return {
    type: "message",
    seq,
    id: `m${seq}`,
    author: { kind: "assistant", name: "" },
    parts: parts.length ? parts : [{ type: "text", text: `text ${seq}` }],
    complete: true,
    at: "2026-11-22T20:00:00Z",
    ...change,
  };
}

export class TestServer {
  readonly received: ClientFrame[] = [];
  answer: (frame: ClientFrame, reply: (...frames: ServerFrame[]) => void) => void = () => undefined;
  connections = 0;
  port = 0;
  private server: WebSocketServer | null = null;

  async start(): Promise<this> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: this.port });
    this.server = server;
    server.on("connection", (socket) => this.talk(socket));
    await once(server, "listening");
    this.port = (server.address() as { port: number }).port;
    return this;
  }

  async stop(): Promise<void> {
    this.dropAll();
    const { server } = this;
    this.server = null;
    if (server) await new Promise((done) => server.close(done));
  }

  dropAll(): void {
    this.server?.clients.forEach((socket) => socket.terminate());
  }

  push(...frames: ServerFrame[]): void {
    this.server?.clients.forEach((socket) => frames.forEach((frame) => socket.send(JSON.stringify(frame))));
  }

  pushRaw(data: string | Buffer): void {
    this.server?.clients.forEach((socket) => socket.send(data));
  }

  /** How many sockets are open now. */
  get open(): number {
    return this.server?.clients.size ?? 0;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws/chat/pk_test/`;
  }

  of<Type extends ClientFrame["type"]>(type: Type): Extract<ClientFrame, { type: Type }>[] {
    return this.received.filter((frame): frame is Extract<ClientFrame, { type: Type }> => frame.type === type);
  }

  private talk(socket: ServerSocket): void {
    this.connections += 1;
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame;
      this.received.push(frame);
      this.answer(frame, (...frames) => frames.forEach((each) => socket.send(JSON.stringify(each))));
    });
  }
}

/** Waits until `condition` holds; fails with `what` after two seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 2_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
