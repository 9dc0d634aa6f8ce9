/** Who wants to hear of something. */
export class Listeners<Detail = void> {
  private readonly all = new Set<(detail: Detail) => void>();

  /** Returns a function that ends the listening. */
  add(listener: (detail: Detail) => void): () => void {
    this.all.add(listener);
    return () => this.all.delete(listener);
  }

  tell(detail: Detail): void {
    for (const listener of this.all) listener(detail);
  }
}
