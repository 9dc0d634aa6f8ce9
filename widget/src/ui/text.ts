// Text in bubbles. While an answer streams, only the blocks that changed are drawn again.

import { parseMarkdown, type Block, type Inline } from "../markdown";
import { h, safeUrl } from "./dom";

export class RichText {
  readonly element = h("div", { class: "text" });
  private drawn: string[] = [];

  constructor(private readonly base: string) {}

  update(source: string): void {
    const blocks = parseMarkdown(source.trimEnd());
    const wanted = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    while (same < wanted.length && wanted[same] === this.drawn[same]) same += 1;
    while (this.element.childNodes.length > same) this.element.lastChild!.remove();
    this.element.append(...blocks.slice(same).map((block) => this.block(block)));
    this.drawn = wanted;
  }

  private block(block: Block): HTMLElement {
    if (block.kind === "paragraph") return h("p", {}, ...this.inlines(block.inlines));
    const items = block.items.map((item) => h("li", {}, ...this.inlines(item)));
    return block.ordered ? h("ol", {}, ...items) : h("ul", {}, ...items);
  }

  private inlines(inlines: Inline[]): Node[] {
    return inlines.map((inline): Node => {
      if (inline.kind === "text") return document.createTextNode(inline.text);
      if (inline.kind === "code") return h("code", {}, inline.text);
      if (inline.kind === "strong") return h("strong", {}, ...this.inlines(inline.inlines));
      const href = /^(mailto|tel):/i.test(inline.href) ? inline.href : safeUrl(inline.href, this.base);
      return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...this.inlines(inline.inlines));
    });
  }
}
