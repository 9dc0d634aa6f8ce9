import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Conversation, type Entry } from "../src/conversation";
import { message, ready } from "./server";

let conversation: Conversation;

beforeEach(() => {
  conversation = new Conversation();
  conversation.apply(ready());
});

function say(id: string, seq: number, turn: string): void {
  conversation.write(id, `said ${id}`);
  conversation.apply({ type: "message.accepted", id, seq, turn });
}

function kinds(): Entry["kind"][] {
  return conversation.entries.map(({ kind }) => kind);
}

test("an accepted message is followed by an answer in preparation", () => {
  say("a", 1, "t1");
  assert.deepEqual(kinds(), ["stored", "live"]);
  assert.equal(conversation.running?.text, "");
});

test("nobody prepares an answer while a person owns the conversation", () => {
  conversation.apply({ type: "owner", owner: "agent", agent: "Maya" });
  say("a", 1, "t1");
  assert.deepEqual(kinds(), ["stored"]);
});

test("deltas grow one answer, and the message takes its place under the same key", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "Here " });
  conversation.apply({ type: "message.delta", turn: "t1", text: "it is." });
  const key = conversation.running?.key;
  assert.equal(conversation.running?.text, "Here it is.");
  conversation.apply(message(2, { turn: "t1" }));
  conversation.apply({ type: "turn.end", turn: "t1", state: "complete" });
  assert.deepEqual(kinds(), ["stored", "stored"]);
  assert.equal(conversation.entries[1]?.key, key);
  assert.equal(conversation.running, undefined);
});

test("the end of a turn may come before its message", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "Here" });
  conversation.apply({ type: "turn.end", turn: "t1", state: "complete" });
  assert.equal(conversation.running, undefined);
  assert.deepEqual(kinds(), ["stored", "live"]);
  conversation.apply(message(2, { turn: "t1" }));
  assert.deepEqual(kinds(), ["stored", "stored"]);
});

test("a discarded answer is withdrawn", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "I think" });
  conversation.apply({ type: "turn.end", turn: "t1", state: "discarded" });
  assert.deepEqual(kinds(), ["stored"]);
});

test("an answer that broke off stays and can be asked for again", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "I think" });
  conversation.apply({ type: "turn.end", turn: "t1", state: "incomplete" });
  const [, live] = conversation.entries;
  assert.equal(live?.kind === "live" && live.state, "incomplete");
  conversation.expect("t1");
  assert.equal(conversation.running?.text, "");
  assert.deepEqual(kinds(), ["stored", "live"]);
});

test("a retry that is refused leaves nobody waiting", () => {
  conversation.expect("t1");
  conversation.apply({ type: "error", code: "conflict", text: "It is answered.", retry: false, id: "t1" });
  assert.equal(conversation.running, undefined);
});

test("a running tool is named until it is done", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "tool", turn: "t1", name: "search_products", state: "started" });
  assert.equal(conversation.running?.tool, "search_products");
  conversation.apply({ type: "tool", turn: "t1", name: "search_products", state: "done" });
  assert.equal(conversation.running?.tool, null);
});

test("messages stand by seq, however they come, and once", () => {
  for (const seq of [3, 1, 2, 3, 1]) conversation.apply(message(seq));
  const seqs = conversation.entries.map((entry) => (entry.kind === "stored" ? entry.message.seq : 0));
  assert.deepEqual(seqs, [1, 2, 3]);
  assert.equal(conversation.resumeFrom, 3);
});

test("an answer repeated on resume does not end the one that runs", () => {
  say("a", 1, "t1");
  conversation.apply(message(2, { turn: "t1", complete: false }));
  conversation.expect("t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "Again" });
  conversation.apply(message(2, { turn: "t1", complete: false }));
  assert.equal(conversation.running?.text, "Again");
});

test("the shopper's own message from another tab arrives once", () => {
  conversation.write("a", "hi");
  conversation.apply(message(1, { client_id: "a", author: { kind: "shopper", name: "" } }));
  conversation.apply({ type: "message.accepted", id: "a", seq: 1, turn: "t1" });
  assert.deepEqual(kinds(), ["stored", "live"]);
});

test("after a reconnection the running answer is told from its beginning", () => {
  say("a", 1, "t1");
  conversation.apply({ type: "message.delta", turn: "t1", text: "half" });
  const key = conversation.running?.key;
  conversation.apply(ready({ seq: 1, turn: "t1" }));
  assert.equal(conversation.running?.text, "");
  assert.equal(conversation.running?.key, key);
  conversation.apply(ready({ seq: 1 }));
  assert.equal(conversation.running, undefined);
});

test("another session starts with an empty page, but keeps what is being sent", () => {
  say("a", 1, "t1");
  conversation.write("b", "on its way");
  conversation.write("c", "refused");
  conversation.mark("c", "failed", "too long");
  conversation.apply(ready({ session: "s2" }));
  assert.deepEqual(conversation.entries.map(({ key }) => key), ["b"]);
});

test("unread are the messages of others after the last one seen", () => {
  say("a", 1, "t1");
  conversation.apply(message(2));
  conversation.apply(message(3, { author: { kind: "system", name: "" } }));
  conversation.apply(message(4, { author: { kind: "agent", name: "Maya" } }));
  assert.equal(conversation.unreadSince(0), 2);
  assert.equal(conversation.unreadSince(2), 1);
});

test("the queue's place comes with the owner and goes with it", () => {
  conversation.apply({ type: "owner", owner: "queue", position: 2, online: false });
  assert.deepEqual([conversation.position, conversation.online], [2, false]);
  conversation.apply({ type: "owner", owner: "agent", agent: "Maya" });
  assert.deepEqual([conversation.agent, conversation.position, conversation.online], ["Maya", null, null]);
});
