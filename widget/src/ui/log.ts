// The list of entries: keeps one view for each, follows the newest, and reads new answers out.

import type { Client } from "../client";
import type { Entry } from "../conversation";
import { WORDS } from "../words";
import { h, set, setText } from "./dom";
import { authorOf, EntryView, spoken, type Actions } from "./entries";
import { icon } from "./icons";
import type { Shop } from "./shop";

const NEAR_THE_END = 80; // px
const PAUSE_MS = 5 * 60_000;
const SPOKEN_MS = 1_000;

export class Log {
  readonly element: HTMLElement;
  /** Screen readers hear whole answers from here, not every streamed word. */
  readonly announcer = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
  private readonly scroller: HTMLElement;
  private readonly list = h("div", { class: "entries" });
  private readonly typing = h("div", { class: "entry agent typing", hidden: true });
  private readonly typingWords = h("span", {});
  private readonly jump: HTMLButtonElement;
  private readonly views = new Map<string, EntryView>();
  private following = true;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private announced: number | null = null;
  private session: string | null = null;

  constructor(
    private readonly client: Client,
    private readonly shop: Shop,
    private readonly actions: Actions,
    welcome: HTMLElement,
  ) {
    this.typing.append(
      h("div", { class: "bubble thinking" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), this.typingWords),
    );
    this.scroller = h(
      "div",
      {
        class: "log",
        role: "log",
        "aria-live": "off",
        "aria-label": WORDS.conversation,
        tabindex: 0,
        onscroll: () => this.scrolled(),
      },
      h("div", { class: "column" }, welcome, this.list, this.typing),
    );
    this.jump = h(
      "button",
      { type: "button", class: "jump", hidden: true, "aria-label": WORDS.latest, onclick: () => this.toEnd() },
      icon("down"),
    );
    this.element = h("div", { class: "body" }, this.scroller, this.jump);
    if ("ResizeObserver" in window) new ResizeObserver(() => this.follow()).observe(this.scroller);
    setInterval(() => this.views.forEach((view) => view.tick()), 60_000);
  }

  sync(): void {
    const { conversation } = this.client;
    const entries = conversation.entries;
    const fresh = this.session !== conversation.session;
    this.session = conversation.session;
    const showsCart = (entry: Entry): boolean =>
      entry.kind === "stored" && entry.message.parts.some(({ type }) => type === "cart");
    const newestCart = entries.filter(showsCart).at(-1);
    const offline = this.client.status !== "ready";
    let before = this.list.firstElementChild;
    const gone = new Set(this.views.keys());
    const newest = entries.filter((entry) => authorOf(entry) !== "system").at(-1);
    entries.forEach((entry, index) => {
      let view = this.views.get(entry.key);
      if (!view) {
        view = new EntryView(this.shop, this.actions);
        this.views.set(entry.key, view);
        if (!fresh) view.element.dataset["new"] = "";
      }
      gone.delete(entry.key);
      view.update(entry, {
        first: !sameSpeaker(entries[index - 1], entry),
        timed: pauseAfter(entry, entries[index + 1]),
        newest: entry === newest,
        newestCart: entry === newestCart,
        offline,
      });
      if (view.element === before) before = before.nextElementSibling;
      else this.list.insertBefore(view.element, before);
    });
    for (const key of gone) {
      this.views.get(key)?.element.remove();
      this.views.delete(key);
    }
    const typing = this.client.agentTyping;
    this.typing.hidden = typing === null;
    setText(this.typingWords, typing === null ? "" : `${WORDS.typing(typing)}…`);
    set(this.scroller, "aria-busy", conversation.running ? "true" : null);
    this.announce(entries);
    this.follow();
  }

  /** The shopper has just done something: whatever comes next belongs on screen. */
  toEnd(): void {
    this.following = true;
    this.follow();
  }

  /** The log is shown again: browsers forget where hidden boxes were scrolled to. */
  shown(): void {
    this.follow();
  }

  /** Follows the newest entry, but never past the shopper's own last message: long answers are read from the top. */
  private follow(): void {
    if (this.following) {
      const own = this.list.querySelectorAll<HTMLElement>(".entry.shopper.first");
      const last = own[own.length - 1];
      const end = this.scroller.scrollHeight - this.scroller.clientHeight;
      this.scroller.scrollTop = last ? Math.min(end, last.offsetTop - 12) : end;
    }
    this.showJump();
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.following = scrollTop + clientHeight > scrollHeight - NEAR_THE_END;
    this.showJump();
  }

  private showJump(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.jump.hidden = scrollTop + clientHeight > scrollHeight - NEAR_THE_END;
  }

  private announce(entries: Entry[]): void {
    const stored = entries.filter((entry) => entry.kind === "stored");
    const last = stored.at(-1)?.message.seq ?? 0;
    if (this.announced === null || last < this.announced) {
      if (this.client.status === "ready") this.announced = last; // history is not news
      return;
    }
    const news = stored.filter(({ message }) => message.seq > this.announced! && message.author.kind !== "shopper");
    if (news.length) this.say(news.map(spoken).join(" "));
    this.announced = last;
  }

  /** What was said is taken away again, so that nobody meets it twice while reading the page. */
  private say(words: string): void {
    clearTimeout(this.silence);
    setText(this.announcer, words);
    this.silence = setTimeout(() => setText(this.announcer, ""), SPOKEN_MS);
  }
}

function pauseAfter(entry: Entry, next: Entry | undefined): boolean {
  const time = (one: Entry): number => (one.kind === "stored" ? Date.parse(one.message.at) : Date.now());
  return next === undefined || time(next) - time(entry) > PAUSE_MS;
}

function sameSpeaker(one: Entry | undefined, other: Entry): boolean {
  if (!one || authorOf(one) !== authorOf(other)) return false;
  if (one.kind === "stored" && other.kind === "stored") return one.message.author.name === other.message.author.name;
  return true;
}
