// A socket that comes back by itself and tells the server that somebody is here.
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const PATIENCE_MS = 4000; // shorter losses are not worth a word
const REFUSED = 4403;

export class DeskSocket {
  #path;
  #socket = null;
  #listeners = new Map();
  #connection = () => {};
  #wait = FIRST_WAIT_MS;
  #beat = 0;
  #silence = 0;

  constructor(path) {
    this.#path = path;
  }

  on(type, listener) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  onConnection(listener) {
    this.#connection = listener;
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(`${scheme}//${location.host}${this.#path}`);
    this.#socket.addEventListener("message", (event) => this.#receive(JSON.parse(event.data)));
    this.#socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #receive(frame) {
    if (frame.type === "ready") {
      this.#wait = FIRST_WAIT_MS;
      clearTimeout(this.#silence);
      this.#silence = 0;
      this.#connection(true);
      clearInterval(this.#beat);
      this.#beat = setInterval(() => this.send({ type: "ping" }), frame.beat_s * 1000);
    }
    for (const listener of this.#listeners.get(frame.type) ?? []) listener(frame);
  }

  #closed(code) {
    clearInterval(this.#beat);
    if (code === REFUSED) {
      location.reload(); // signed out, or no longer on the team: the page says what to do
      return;
    }
    this.#silence ||= setTimeout(() => this.#connection(false), PATIENCE_MS);
    setTimeout(() => this.open(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }
}
