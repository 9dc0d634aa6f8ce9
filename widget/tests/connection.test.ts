import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { WebSocket as NodeSocket } from "ws";
import { Connection, type Pace } from "../src/connection";
import { TestServer, until } from "./server";

const QUICK: Pace = { heartbeat: 30, silence: 60, firstPause: 10, longestPause: 40 };

let server: TestServer;
let connection: Connection;
let opened: number;
let pauses: number[];

beforeEach(async () => {
  server = await new TestServer().start();
  opened = 0;
  pauses = [];
  const handlers = {
    opened: () => void (opened += 1),
    frame: () => undefined,
    lost: (retryAt: number) => void pauses.push(retryAt - Date.now()),
  };
  connection = new Connection(server.url, handlers, NodeSocket as unknown as typeof WebSocket, QUICK);
});

afterEach(async () => {
  connection.close();
  await server.stop();
});

test("a connection that is quiet is asked, and kept while it answers", async () => {
  server.answer = (frame, reply) => frame.type === "ping" && reply({ type: "pong" });
  connection.open();
  await until(() => opened === 1, "open");
  server.push({ type: "pong" });
  await until(() => server.of("ping").length >= 4, "pings");
  assert.equal(server.connections, 1);
  assert.deepEqual(pauses, []);
});

test("a connection that has died in silence is made anew", async () => {
  connection.open();
  await until(() => opened === 1, "open");
  server.push({ type: "pong" });
  await until(() => opened === 2, "open again");
  assert.equal(server.of("ping").length, 1);
});

test("a server that takes the socket and says nothing is left again", async () => {
  connection.open();
  await until(() => server.connections >= 3, "further tries");
  assert.equal(server.received.length, 0);
});

test("pauses grow up to the longest while nobody answers", async () => {
  await server.stop();
  connection.open();
  await until(() => pauses.length >= 6, "six tries");
  assert.ok(pauses[0]! <= 13, `first ${pauses[0]}`);
  assert.ok(pauses[5]! >= 25 && pauses[5]! <= 50, `sixth ${pauses[5]}`);
});

test("after a healthy time the first pause is short again", async () => {
  await server.stop();
  connection.open();
  await until(() => pauses.length >= 4, "four tries");
  await server.start();
  await until(() => opened === 1, "open");
  connection.healthy();
  pauses = [];
  server.dropAll();
  await until(() => pauses.length === 1, "lost");
  assert.ok(pauses[0]! <= 13, `first ${pauses[0]}`);
});

test("a closed connection stays closed", async () => {
  connection.open();
  await until(() => opened === 1, "open");
  connection.close();
  await until(() => server.open === 0, "closed");
  await new Promise((done) => setTimeout(done, 100));
  assert.equal(server.connections, 1);
});
