import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { WebSocket as NodeSocket } from "ws";
import { Client } from "../src/client";
import { PhotoError, search } from "../src/photo-search";
import { Storage } from "../src/storage";
import { WORDS } from "../src/words";
import { ready, TestServer, until } from "./server";

const PHOTO = new Blob(["pixels"], { type: "image/jpeg" });

let sockets: TestServer;
let http: Server;
let base: string;
let asked: { request: IncomingMessage; body: string }[];
let answer: { status: number; body: string };
let area: globalThis.Storage;
let client: Client;

beforeEach(async () => {
  sockets = await new TestServer().start();
  sockets.answer = (frame, reply) => {
    if (frame.type === "hello") reply(ready());
  };
  asked = [];
  answer = { status: 200, body: '{"photo": "a note"}' };
  http = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += String(piece)));
    request.on("end", () => {
      asked.push({ request, body });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  base = `http://127.0.0.1:${(http.address() as { port: number }).port}`;
  const items = new Map<string, string>();
  area = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  } as globalThis.Storage;
  client = newClient();
});

afterEach(async () => {
  client.close();
  http.closeAllConnections();
  http.close();
  await sockets.stop();
});

function newClient(): Client {
  return new Client({
    socketUrl: sockets.url,
    storage: new Storage("pk_test", area),
    page: () => ({ url: "https://shop.example/p", title: "Shop" }),
    Socket: NodeSocket as unknown as typeof WebSocket,
  });
}

function searched(words = "", signal = new AbortController().signal): Promise<string> {
  return search(client, base, PHOTO, words, signal);
}

test("a photo that is the first thing sent opens the conversation, and proves whose it is", async () => {
  assert.equal(await searched("under $50 & blue"), "a note");

  const [{ request, body }] = asked as [(typeof asked)[0]];
  assert.equal(request.method, "POST");
  assert.equal(request.url, "/api/v1/chat/sessions/s1/photo?q=under%20%2450%20%26%20blue");
  assert.equal(request.headers.authorization, "Session token-1");
  assert.equal(request.headers["content-type"], "image/jpeg");
  assert.equal(body, "pixels");
});

test("what the server says of a photo is what the shopper reads", async () => {
  answer = { status: 429, body: '{"code": "rate_limited", "text": "Too many photos at once."}' };
  await assert.rejects(searched(), new PhotoError("Too many photos at once."));

  answer = { status: 413, body: "<h1>Too large</h1>" };
  await assert.rejects(searched(), new PhotoError(WORDS.photoTooBig, true));

  answer = { status: 502, body: "<h1>Bad gateway</h1>" };
  await assert.rejects(searched(), new PhotoError(WORDS.photoFailed));
});

test("without a connection that is said, whichever of the two is missing", async () => {
  http.close();
  http.closeAllConnections();
  await assert.rejects(searched(), new PhotoError(WORDS.photoOffline));

  client.close();
  await sockets.stop();
  await assert.rejects(searched(), new PhotoError(WORDS.photoOffline));
});

test("a message with a photo carries its note until the server has it, also over a new page", async () => {
  client.connect();
  await until(() => client.status === "ready", "ready");
  const id = client.send("", "a note");
  await until(() => sockets.of("message.send").length === 1, "sent");
  assert.deepEqual(sockets.of("message.send")[0], { type: "message.send", id, text: "", photo: "a note" });

  client.close(); // the server has not acknowledged it
  client = newClient();
  client.connect();
  await until(() => sockets.of("message.send").length === 2, "sent again");
  assert.deepEqual(sockets.of("message.send")[1], { type: "message.send", id, text: "", photo: "a note" });

  sockets.push({ type: "message.accepted", id, seq: 1, turn: "t1" });
  await until(() => client.conversation.unacknowledged.length === 0, "accepted");
  const [entry] = client.conversation.entries;
  assert.ok(entry?.kind === "stored");
  assert.deepEqual(entry.message.parts, [{ type: "photo" }]);
});
