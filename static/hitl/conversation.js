// One conversation: its lines arrive by themselves; taking over, replying and handing back need no reload.
import { showTimes } from "./times.js";

const TYPING_EVERY_MS = 3000;
const TYPING_SHOWN_MS = 5000;
const NEAR_END_PX = 80;

export function startConversation(socket) {
  const root = document.querySelector("[data-desk-conversation]");
  if (!root) return;
  const part = (name) => root.querySelector(`[data-desk-${name}]`);
  const scroll = part("scroll");
  const lines = part("lines");
  const text = root.querySelector("textarea");
  const typing = part("typing");
  const fresh = part("new");
  let after = Number(root.dataset.after);
  let typingTimer = 0;
  let toldTyping = 0;

  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
    fresh.hidden = true;
  };
  const nearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;

  const showError = (message) => {
    const error = part("error");
    error.textContent = message;
    error.hidden = message === "";
  };

  socket.on("ready", () =>
    socket.send({ type: "conversation.watch", escalation: root.dataset.deskConversation, after }),
  );

  socket.on("lines", (frame) => {
    if (frame.seq <= after) return;
    const follow = nearEnd();
    after = frame.seq;
    lines.insertAdjacentHTML("beforeend", frame.html);
    typing.hidden = true;
    showTimes(lines);
    if (follow) toEnd();
    else fresh.hidden = false;
  });

  socket.on("conversation", (frame) => {
    const gained = frame.mine && root.dataset.mine === "no";
    root.dataset.state = frame.state;
    root.dataset.mine = frame.mine ? "yes" : "no";
    part("status").textContent = frame.status;
    part("panel").innerHTML = frame.panel;
    showTimes(part("panel"));
    root.querySelector("[name=instead_of]").value = frame.agent_id ?? "";
    part("take-button").textContent =
      frame.state === "active" && frame.agent ? `Take over from ${frame.agent}` : "Take over";
    part("take-text").textContent =
      frame.state === "waiting" ? "The shopper waits. Take over to answer." : `${frame.agent || "Nobody"} answers this conversation.`;
    if (gained) text.focus();
    if (nearEnd()) toEnd();
  });

  socket.on("typing", () => {
    const follow = nearEnd();
    typing.hidden = false;
    if (follow) toEnd();
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => (typing.hidden = true), TYPING_SHOWN_MS);
  });

  socket.on("error", (frame) => showError(frame.text));

  for (const form of root.querySelectorAll("form[data-desk-action]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      showError("");
      try {
        const sent = form.dataset.deskAction === "reply" ? text.value : "";
        const answer = await post(form);
        if (answer.text) showError(answer.text);
        else if (form.dataset.deskAction === "reply") {
          form.elements.client_id.value = answer.client_id;
          if (text.value === sent) text.value = "";
          toEnd();
        }
      } finally {
        delete form.dataset.busy;
      }
    });
  }

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    text.form.requestSubmit();
  });

  text.addEventListener("input", () => {
    if (text.value === "" || Date.now() - toldTyping < TYPING_EVERY_MS) return;
    toldTyping = Date.now();
    socket.send({ type: "typing" });
  });

  scroll.addEventListener("scroll", () => {
    if (nearEnd()) fresh.hidden = true;
  });
  fresh.addEventListener("click", toEnd);

  const toggle = part("panel-toggle");
  toggle.addEventListener("click", () => {
    const open = root.dataset.panel !== "open";
    root.dataset.panel = open ? "open" : "closed";
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Close" : "Details";
  });

  toEnd();
  if (root.dataset.mine === "yes" && matchMedia("(pointer: fine)").matches) text.focus();
}

/** Sends a form; the answer has `text` when it was refused, in words for the person. */
async function post(form) {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (response.headers.get("Content-Type")?.startsWith("application/json")) return await response.json();
    return { text: "This did not work: you may be signed out. Reload the page." };
  } catch {
    return { text: "The server cannot be reached. Your text is kept; try again." };
  }
}
