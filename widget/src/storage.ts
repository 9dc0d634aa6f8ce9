// What outlives the page: one localStorage entry per store. Browsers may forbid storage; then memory serves.

import type { Config } from "./protocol";

export interface Unsent {
  id: string;
  text: string;
  /** What the server found with a photo; of the photo itself nothing is kept. */
  photo?: string;
}

export interface Saved {
  /** Resumes the conversation; worth protecting, so it is never put into an address. Signed anew at every hello. */
  token?: string | null;
  /** The conversation that the token is of. */
  session?: string | null;
  /** The last seq that was on screen: what is newer is unread. */
  read?: number;
  /** Messages that the server has not acknowledged. */
  unsent?: Unsent[];
  /** How the store looked last time, so that the launcher has its colour at once. */
  config?: Config;
}

export class Storage {
  private memory: Saved = {};
  private readonly key: string;

  constructor(
    publicKey: string,
    private readonly area: globalThis.Storage | null,
  ) {
    this.key = `eaichat:${publicKey}`;
  }

  read(): Saved {
    try {
      const saved: unknown = JSON.parse(this.area?.getItem(this.key) ?? "null");
      if (typeof saved === "object" && saved !== null) return saved as Saved;
    } catch {
      // unreadable or forbidden: what this page knows is all there is
    }
    return this.memory;
  }

  write(change: Saved): void {
    this.memory = { ...this.read(), ...change };
    try {
      this.area?.setItem(this.key, JSON.stringify(this.memory));
    } catch {
      // full or forbidden: this page still works, the next one starts afresh
    }
  }

  keepUnsent(message: Unsent): void {
    const others = (this.read().unsent ?? []).filter(({ id }) => id !== message.id);
    this.write({ unsent: [...others, message] });
  }

  dropUnsent(id: string): void {
    const unsent = this.read().unsent ?? [];
    if (unsent.some((message) => message.id === id)) {
      this.write({ unsent: unsent.filter((message) => message.id !== id) });
    }
  }

  /** Calls back when another tab has written; what it wrote is read at once, so that the last word wins in all. */
  onForeignWrite(callback: (saved: Saved) => void): void {
    addEventListener("storage", (event) => {
      if (event.key === this.key) callback(this.read());
    });
  }
}

/** localStorage, or null where the browser forbids even to look at it. */
export function localArea(): globalThis.Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
