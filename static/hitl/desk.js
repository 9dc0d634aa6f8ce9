// The desk on every page of the admin: the number of who waits, presence, and what the page itself shows live.
import { startConversation } from "./conversation.js";
import { startQueue } from "./queue.js";
import { DeskSocket } from "./socket.js";
import { startTimes } from "./times.js";
import { toast } from "./toast.js";

const title = document.title;

let known = null;

function showWaiting(waiting) {
  if (known !== null && waiting > known) {
    // For who does not see the page; the list itself would be read out as a whole.
    const announce = document.querySelector("[data-desk-announce]");
    announce.textContent = waiting === 1 ? "A shopper waits for a person." : `${waiting} shoppers wait for a person.`;
  }
  known = waiting;
  for (const badge of document.querySelectorAll("[data-desk-badge]")) badge.hidden = waiting === 0;
  for (const count of document.querySelectorAll("[data-desk-count]")) count.textContent = String(waiting);
  document.title = waiting === 0 ? title : `(${waiting}) ${title}`;
}

const connection = { lost: false, delayed: "" };

function showConnection(change) {
  Object.assign(connection, change);
  const text = connection.lost ? "Reconnecting. This page is not live just now." : connection.delayed;
  for (const state of document.querySelectorAll("[data-desk-connection]")) state.textContent = text;
}

if (document.querySelector("[data-desk-badge]")) {
  const socket = new DeskSocket("/ws/desk/");
  socket.on("ready", (frame) => {
    showWaiting(frame.waiting);
    showConnection({ delayed: "" });
  });
  socket.on("badge", (frame) => showWaiting(frame.waiting));
  socket.on("reminded", (frame) => toast(frame.text, frame.href));
  socket.on("live", (frame) => showConnection({ delayed: frame.text }));
  socket.onConnection((connected) => showConnection({ lost: !connected }));
  startQueue(socket);
  startConversation(socket);
  startTimes();
  socket.open();
}
