// The queue: replaced as a whole when it changed, keeping what was open and focused.
import { showTimes } from "./times.js";

export function startQueue(socket) {
  const queue = document.querySelector("[data-desk-queue]");
  if (!queue) return;
  socket.on("ready", () => socket.send({ type: "queue.watch" }));
  socket.on("queue", (frame) => {
    const open = new Set([...queue.querySelectorAll("details[open]")].map((details) => details.dataset.keep));
    const focused = queue.contains(document.activeElement) ? document.activeElement.id : "";
    queue.innerHTML = frame.html;
    for (const details of queue.querySelectorAll("details")) details.open = open.has(details.dataset.keep);
    if (focused) document.getElementById(focused)?.focus();
    showTimes(queue);
  });
}
