// What could not be done now is done again by itself, after growing pauses.

const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;

export class Again {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = FIRST_MS;

  constructor(private readonly run: () => void) {}

  /** Runs once after the pause, however often this is called until then. */
  later(): void {
    this.timer ??= setTimeout(() => this.now(), this.pause * (0.75 + Math.random() / 2));
  }

  /** Runs at once instead of later; the next pause is longer. */
  now(): void {
    this.drop();
    this.pause = Math.min(LONGEST_MS, this.pause * 2);
    this.run();
  }

  /** It worked: the next pause is short again. */
  worked(): void {
    this.pause = FIRST_MS;
  }

  drop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
