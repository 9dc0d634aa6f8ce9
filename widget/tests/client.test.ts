import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { WebSocket as NodeSocket } from "ws";
import type { ChatError } from "../src/cart-requests";
import { Client, type Toast } from "../src/client";
import { Storage } from "../src/storage";
import { CART, message, ready, TestServer, until } from "./server";

let server: TestServer;
let area: globalThis.Storage;
const clients: Client[] = [];

beforeEach(async () => {
  server = await new TestServer().start();
  server.answer = (frame, reply) => {
    if (frame.type === "hello") reply(ready());
    if (frame.type === "ping") reply({ type: "pong" });
  };
  const items = new Map<string, string>();
  area = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  } as globalThis.Storage;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
});

function newClient(): Client {
  const client = new Client({
    socketUrl: server.url,
    storage: new Storage("pk_test", area),
    page: () => ({ url: "https://shop.example/p", title: "T".repeat(400) }),
    Socket: NodeSocket as unknown as typeof WebSocket,
  });
  clients.push(client);
  return client;
}

function texts(client: Client): string[] {
  return client.conversation.entries.map((entry) => {
    if (entry.kind !== "stored") return entry.text;
    const [part] = entry.message.parts;
    return part?.type === "text" ? part.text : "";
  });
}

async function connected(): Promise<Client> {
  const client = newClient();
  client.connect();
  await until(() => client.status === "ready", "ready");
  return client;
}

test("the first hello names no token, and the title fits the server's limit", async () => {
  const client = await connected();
  const [hello] = server.of("hello");
  assert.deepEqual(hello, {
    type: "hello",
    v: 1,
    after: 0,
    page: { url: "https://shop.example/p", title: "T".repeat(300) },
  });
  assert.equal(client.token, "token-1");
});

test("a page that comes back goes on with the session it had", async () => {
  await connected();
  await connected();
  assert.equal(server.of("hello")[1]?.token, "token-1");
});

test("a message written before the connection stands is sent once it does", async () => {
  const client = newClient();
  client.send("hello there");
  await until(() => server.of("message.send").length === 1, "message");
  assert.equal(server.of("message.send")[0]?.text, "hello there");
});

test("a message that was not acknowledged is sent again with its id, and only shown once", async () => {
  const client = await connected();
  client.send("a jacket");
  await until(() => server.of("message.send").length === 1, "first try");
  server.answer = (frame, reply) => {
    if (frame.type === "hello") reply(ready());
    if (frame.type === "message.send") reply({ type: "message.accepted", id: frame.id, seq: 1, turn: "t1" });
  };
  server.dropAll();
  await until(() => server.of("message.send").length === 2, "second try");
  const [first, second] = server.of("message.send");
  assert.deepEqual(first, second);
  await until(() => client.conversation.unacknowledged.length === 0, "acknowledged");
  assert.deepEqual(texts(client), ["a jacket", ""]);
});

test("a message that cannot be stored now goes out again by itself, with its id and before later ones", async () => {
  const client = await connected();
  server.answer = (frame, reply) => {
    if (frame.type === "message.send") reply({ type: "error", code: "unavailable", text: "Later.", retry: true, id: frame.id });
  };
  client.send("first");
  await until(() => client.conversation.unacknowledged[0]?.state === "waiting", "waiting");
  assert.deepEqual(new Storage("pk_test", area).read().unsent?.length, 1);
  let seq = 0;
  server.answer = (frame, reply) => {
    if (frame.type === "message.send") reply({ type: "message.accepted", id: frame.id, seq: (seq += 1), turn: `t${seq}` });
  };
  client.send("second");
  await until(() => client.conversation.unacknowledged.length === 0, "acknowledged");
  assert.deepEqual(server.of("message.send").map(({ text }) => text), ["first", "first", "second"]);
  assert.equal(server.of("message.send")[0]?.id, server.of("message.send")[1]?.id);
});

test("a message that cannot be stored now needs nobody to be sent again", async () => {
  const client = await connected();
  let tries = 0;
  server.answer = (frame, reply) => {
    if (frame.type !== "message.send") return;
    tries += 1;
    if (tries === 1) reply({ type: "error", code: "unavailable", text: "Later.", retry: true, id: frame.id });
    else reply({ type: "message.accepted", id: frame.id, seq: 1, turn: "t1" });
  };
  client.send("first");
  await until(() => client.conversation.unacknowledged.length === 0, "acknowledged");
  assert.equal(tries, 2);
});

test("a server that stops is left when no answer is running, without an alarm", async () => {
  const client = await connected();
  const seen: string[] = [];
  client.changes.add(() => void seen.push(client.status));
  server.push({ type: "message.delta", turn: "t1", text: "It is " }, { type: "drain", after_ms: 6_000 });
  await new Promise((done) => setTimeout(done, 1_200));
  assert.equal(server.connections, 1);
  server.push(message(1, { turn: "t1" }), { type: "turn.end", turn: "t1", state: "complete", message_id: "m1" });
  await until(() => server.connections === 2 && client.status === "ready", "moved");
  assert.equal(seen.includes("lost"), false);
  assert.equal(server.of("hello")[1]?.after, 1);
});

test("a message that was not acknowledged survives the page", async () => {
  const client = newClient();
  await server.stop();
  client.send("still here?");
  await until(() => client.status === "lost", "lost");
  client.close();
  await server.start();
  const next = newClient();
  assert.equal(next.hasSession, true);
  next.connect();
  await until(() => server.of("message.send").length === 1, "sent by the next page");
  assert.equal(server.of("message.send")[0]?.text, "still here?");
});

test("after a drop it asks for what came after the last seq without a gap", async () => {
  const client = await connected();
  server.push(message(1), message(2), message(4));
  await until(() => client.conversation.lastSeq === 4, "messages");
  server.answer = (frame, reply) => {
    if (frame.type === "hello") reply(ready(), message(3), message(4), message(5));
  };
  server.dropAll();
  await until(() => client.conversation.lastSeq === 5, "resumed");
  assert.equal(server.of("hello").at(-1)?.after, 2);
  assert.deepEqual(texts(client), ["text 1", "text 2", "text 3", "text 4", "text 5"]);
});

test("it comes back by itself, and says when it will try", async () => {
  const client = await connected();
  await server.stop();
  await until(() => client.status === "lost", "lost");
  assert.ok(client.retryAt > Date.now() - 50);
  await server.start();
  await until(() => client.status === "ready", "back");
});

test("a session that has expired gives way to a new one, and the shopper is told", async () => {
  new Storage("pk_test", area).write({ token: "old" });
  server.answer = (frame, reply) => {
    if (frame.type !== "hello") return;
    if (frame.token) reply({ type: "error", code: "expired_token", text: "Expired.", retry: false });
    else reply(ready({ session: "s2", token: "token-2" }));
  };
  const client = newClient();
  const toasts: Toast[] = [];
  client.toasts.add((toast) => toasts.push(toast));
  client.connect();
  await until(() => client.status === "ready", "ready");
  assert.equal(client.token, "token-2");
  assert.match(toasts[0]?.text ?? "", /no longer available/);
});

test("a server that refuses for good is not asked again", async () => {
  server.answer = (_, reply) => reply({ type: "error", code: "unsupported", text: "Reload the page.", retry: false });
  const client = newClient();
  client.connect();
  await until(() => client.status === "refused", "refused");
  assert.equal(client.refusal, "Reload the page.");
  client.connect();
  client.wake();
  assert.equal(server.connections, 1);
});

test("a server that is only busy is asked again", async () => {
  server.answer = (frame, reply) => {
    if (frame.type !== "hello") return;
    const busy = server.connections === 1;
    reply(busy ? { type: "error", code: "server_error", text: "Busy.", retry: true } : ready());
  };
  await connected();
  assert.equal(server.connections, 2);
});

test("a refused message stays with the reason and can be sent again", async () => {
  const client = await connected();
  server.answer = (frame, reply) => {
    if (frame.type === "message.send") {
      reply({ type: "error", code: "too_fast", text: "Slow down.", retry: true, id: frame.id });
    }
  };
  client.send("quick");
  await until(() => client.conversation.unacknowledged[0]?.state === "failed", "failed");
  assert.equal(client.conversation.unacknowledged[0]?.reason, "Slow down.");
  server.answer = (frame, reply) => {
    if (frame.type === "message.send") reply({ type: "message.accepted", id: frame.id, seq: 1, turn: "t1" });
  };
  client.resend(client.conversation.unacknowledged[0]!.key);
  await until(() => client.conversation.unacknowledged.length === 0, "accepted");
});

test("a change of the cart is answered with the cart, or with the error", async () => {
  const client = await connected();
  const full = { ...CART, count: 2 };
  server.answer = (frame, reply) => {
    if (frame.type !== "cart.update") return;
    if (frame.product === "gone") {
      reply({ type: "error", code: "unknown_product", text: "Gone.", retry: false, id: frame.id });
    } else reply({ type: "cart", id: frame.id, cart: full });
  };
  const asked = client.setQuantity("1", 2);
  assert.equal(client.pendingQuantity("1"), 2);
  assert.deepEqual(await asked, full);
  assert.equal(client.pendingQuantity("1"), undefined);
  assert.deepEqual(client.conversation.cart, full);
  await assert.rejects(client.setQuantity("gone", 1), (error: ChatError) => error.code === "unknown_product");
});

test("a change of the cart connects first when nobody has yet", async () => {
  const client = newClient();
  server.answer = (frame, reply) => {
    if (frame.type === "hello") reply(ready());
    if (frame.type === "cart.update") reply({ type: "cart", id: frame.id, cart: { ...CART, count: frame.quantity } });
  };
  assert.equal((await client.setQuantity("7", 3)).count, 3);
});

test("a new conversation replaces the entries, and the old one can be taken up again", async () => {
  const client = await connected();
  server.push(message(1));
  await until(() => client.conversation.lastSeq === 1, "message");
  server.answer = (frame, reply) => {
    if (frame.type === "session.new") reply(ready({ session: "s2", token: "token-2" }));
    if (frame.type === "hello") reply(ready({ session: "s1", token: "token-1" }), message(1));
  };
  const toasts: Toast[] = [];
  client.toasts.add((toast) => toasts.push(toast));
  client.newConversation();
  await until(() => client.token === "token-2", "new session");
  assert.deepEqual(texts(client), []);
  toasts[0]?.action?.run();
  await until(() => client.conversation.lastSeq === 1, "old session");
  assert.equal(server.of("hello").at(-1)?.token, "token-1");
  assert.equal(server.of("hello").at(-1)?.after, 0);
});

test("what is wished for while the connection is made happens when it stands", async () => {
  const client = newClient();
  client.connect();
  client.requestPerson();
  await until(() => server.of("handoff.request").length === 1, "request");
  await server.stop();
  await until(() => client.status === "lost", "lost");
  client.requestPerson();
  await server.start();
  await until(() => client.status === "ready", "ready again");
  client.stop();
  await until(() => server.of("message.stop").length === 1, "stop, which comes last");
  assert.equal(server.of("handoff.request").length, 1);
});

test("typing is told only to people, and not at every key", async () => {
  const client = await connected();
  client.typing();
  server.push({ type: "owner", owner: "agent", agent: "Maya" });
  await until(() => client.conversation.owner === "agent", "owner");
  client.typing();
  client.typing();
  client.stop();
  await until(() => server.of("message.stop").length === 1, "stop, which comes last");
  assert.equal(server.of("typing").length, 1);
});

test("an agent's typing ends with the agent's message", async () => {
  const client = await connected();
  server.push({ type: "typing", agent: "Maya" });
  await until(() => client.agentTyping === "Maya", "typing");
  server.push(message(1, { author: { kind: "agent", name: "Maya" } }));
  await until(() => client.agentTyping === null, "message");
});

test("what is no frame, or a frame of a newer server, does no harm", async () => {
  const client = await connected();
  for (const data of ["", "{", "[]", "null", '"x"', '{"type": 1}', '{"type": "from.the.future", "x": 1}', Buffer.from([1])]) {
    server.pushRaw(data);
  }
  server.push(message(1));
  await until(() => client.conversation.lastSeq === 1, "the message after them");
  assert.equal(client.status, "ready");
});

test("a notice that stays is there until it ends or the connection does; another one is a toast", async () => {
  const client = await connected();
  const toasts: Toast[] = [];
  client.toasts.add((toast) => toasts.push(toast));
  server.push({ type: "notice", code: "updates_delayed", text: "Slow.", stays: true });
  await until(() => client.notices.get("updates_delayed") === "Slow.", "the notice");
  server.push({ type: "notice.end", code: "updates_delayed" });
  await until(() => client.notices.size === 0, "its end");
  assert.deepEqual(toasts, []);

  server.push({ type: "notice", code: "updates_delayed", text: "Slow.", stays: true });
  await until(() => client.notices.size === 1, "the notice again");
  server.dropAll();
  await until(() => client.status === "ready" && client.notices.size === 0, "a new connection without it");
});
