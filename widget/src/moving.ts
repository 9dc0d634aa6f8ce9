// A server that stops says so: its page goes over to another one by connecting again, when nothing is being said.

const WITHIN_MS = 1_000; // so that all pages of a server do not come to the next one at once

export class Moving {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = false;

  /** `move` connects again and says whether it could: not in the middle of an answer. */
  constructor(private readonly move: () => boolean) {}

  soon(): void {
    this.timer ??= setTimeout(() => {
      this.due = true;
      this.tryNow();
    }, Math.random() * WITHIN_MS);
  }

  /** Call when something has changed: the answer may have ended. */
  tryNow(): void {
    if (this.due && this.move()) this.forget();
  }

  /** There is another server now, or none. */
  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.due = false;
  }
}
