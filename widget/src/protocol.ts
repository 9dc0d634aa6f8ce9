// The wire frames, mirrored from apps/chat/events.py and apps/chat/parts.py field by field.
// apps/chat/tests/test_protocol_mirror.py fails when the two differ: change the Python side first.
// Client frames: `?` where the server has a default. Server frames: `?` where a value may be null or left out.

export const PROTOCOL_VERSION = 1;
export const MAX_TEXT = 4000;

export type OwnerName = "assistant" | "queue" | "agent";
export type ModeName = "llm" | "intent";

// --- client -> server ---
export interface Page {
  url?: string;
  title?: string;
}
export interface Hello {
  type: "hello";
  v: number;
  token?: string | null;
  after?: number;
  page?: Page | null;
}
export interface SessionNew {
  type: "session.new";
}
export interface MessageSend {
  type: "message.send";
  id: string;
  text: string;
  photo?: string | null;
}
export interface MessageStop {
  type: "message.stop";
}
export interface MessageRetry {
  type: "message.retry";
  turn: string;
}
export interface ModeSet {
  type: "mode.set";
  mode: ModeName;
}
export interface CartUpdate {
  type: "cart.update";
  id: string;
  product: string;
  quantity: number;
}
export interface HandoffRequest {
  type: "handoff.request";
  reason?: string;
}
export interface HandoffLeave {
  type: "handoff.leave";
}
export interface Typing {
  type: "typing";
}
export interface Ping {
  type: "ping";
}
export type ClientFrame =
  | Hello
  | SessionNew
  | MessageSend
  | MessageStop
  | MessageRetry
  | ModeSet
  | CartUpdate
  | HandoffRequest
  | HandoffLeave
  | Typing
  | Ping;

// --- what messages are made of ---
export interface ProductCard {
  product_id: string;
  title: string;
  price: number | null;
  currency: string;
  image_url: string;
  url: string;
  category: string;
  brand: string;
  rating: number | null;
  rating_count: number | null;
  in_stock: boolean;
}
export interface CartLine {
  product: ProductCard;
  quantity: number;
  total: number | null;
}
export interface Cart {
  lines: CartLine[];
  count: number;
  total: number;
  currency: string;
  checkout_url: string;
}
export interface OrderLine {
  title: string;
  quantity: number;
}
export interface TextPart {
  type: "text";
  text: string;
}
export interface PhotoPart {
  type: "photo";
}
export interface ProductsPart {
  type: "products";
  product_ids: string[];
  items: ProductCard[];
}
export interface CartPart {
  type: "cart";
  cart?: Cart | null;
}
export interface OrderPart {
  type: "order";
  number: string;
  status: string;
  placed_at: string;
  tracking: string;
  total?: number | null;
  currency: string;
  lines: OrderLine[];
}
export interface Choice {
  label: string;
  text: string;
}
export interface ChoicesPart {
  type: "choices";
  choices: Choice[];
}
export interface FiltersPart {
  type: "filters";
  labels: string[];
}
export interface NoticePart {
  type: "notice";
  code: string;
  text: string;
}
export type Part = TextPart | PhotoPart | ProductsPart | CartPart | OrderPart | ChoicesPart | FiltersPart | NoticePart;

// --- server -> client ---
export interface Config {
  store: string;
  greeting: string;
  accent: string;
  currency: string;
  suggestions: string[];
  llm_available: boolean;
  photos: boolean;
}
export interface Ready {
  type: "ready";
  v: number;
  session: string;
  token: string;
  owner: OwnerName;
  mode: ModeName;
  seq: number;
  cart: Cart;
  config: Config;
  agent?: string | null;
  position?: number | null;
  turn?: string | null;
}
export interface MessageAccepted {
  type: "message.accepted";
  id: string;
  seq: number;
  turn: string;
}
export interface MessageDelta {
  type: "message.delta";
  turn: string;
  text: string;
}
export interface TurnEnd {
  type: "turn.end";
  turn: string;
  state: "complete" | "incomplete" | "discarded";
  message_id?: string | null;
}
export interface Author {
  kind: "shopper" | "assistant" | "agent" | "system";
  name: string;
}
export interface MessageFrame {
  type: "message";
  seq: number;
  id: string;
  turn?: string | null;
  client_id?: string | null;
  author: Author;
  parts: Part[];
  complete: boolean;
  at: string;
}
export interface ToolState {
  type: "tool";
  turn: string;
  name: string;
  state: "started" | "done" | "failed";
}
export interface CartFrame {
  type: "cart";
  id?: string | null;
  cart: Cart;
}
export interface OwnerFrame {
  type: "owner";
  owner: OwnerName;
  agent?: string | null;
  position?: number | null;
  online?: boolean | null;
}
export interface ModeFrame {
  type: "mode";
  mode: ModeName;
}
export interface AgentTyping {
  type: "typing";
  agent: string;
}
export interface Notice {
  type: "notice";
  code: string;
  text: string;
  stays: boolean;
}
export interface NoticeEnd {
  type: "notice.end";
  code: string;
}
export interface ErrorFrame {
  type: "error";
  code: string;
  text: string;
  retry: boolean;
  id?: string | null;
}
export interface Drain {
  type: "drain";
  after_ms: number;
}
export interface Pong {
  type: "pong";
}
export type ServerFrame =
  | Ready
  | MessageAccepted
  | MessageDelta
  | TurnEnd
  | MessageFrame
  | ToolState
  | CartFrame
  | OwnerFrame
  | ModeFrame
  | AgentTyping
  | Notice
  | NoticeEnd
  | ErrorFrame
  | Drain
  | Pong;

/** Reads one frame; null for what is not a frame. Unknown types come through and are ignored further on. */
export function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    const isFrame = typeof frame === "object" && frame !== null && typeof (frame as ServerFrame).type === "string";
    return isFrame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
