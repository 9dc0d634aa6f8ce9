// The little markdown that assistants write, as a tree. Nothing becomes HTML: the view makes nodes of it.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "strong"; inlines: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; inlines: Inline[] };

interface List {
  kind: "list";
  ordered: boolean;
  items: Inline[][];
}

export type Block = { kind: "paragraph"; inlines: Inline[] } | List;

const LIST_ITEM = /^\s*(?:([-*•])|(\d{1,3})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE =
  /\*\*(?<strong>\S(?:.*?\S)?)\*\*|`(?<code>[^`]+)`|\[(?<label>[^\]]+)\]\((?<href>[^\s)]+)\)|(?<url>https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/;

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let list: List | null = null;
  const endParagraph = (): void => {
    if (paragraph.length) blocks.push({ kind: "paragraph", inlines: parseInline(paragraph.join("\n")) });
    paragraph = [];
  };
  for (const line of source.split("\n")) {
    const item = LIST_ITEM.exec(line);
    if (item) {
      endParagraph();
      const ordered = item[2] !== undefined;
      if (list === null || list.ordered !== ordered) {
        list = { kind: "list", ordered, items: [] };
        blocks.push(list);
      }
      list.items.push(parseInline(item[3] ?? ""));
      continue;
    }
    if (line.trim() === "") {
      endParagraph();
      continue; // a blank line between items does not end the list
    }
    list = null;
    const heading = HEADING.exec(line);
    if (heading) {
      endParagraph();
      blocks.push({ kind: "paragraph", inlines: [{ kind: "strong", inlines: parseInline(heading[1] ?? "") }] });
    } else {
      paragraph.push(line);
    }
  }
  endParagraph();
  return blocks;
}

export function parseInline(source: string): Inline[] {
  const inlines: Inline[] = [];
  let rest = source;
  while (rest) {
    const match = INLINE.exec(rest);
    if (!match?.groups) {
      inlines.push({ kind: "text", text: rest });
      break;
    }
    if (match.index > 0) inlines.push({ kind: "text", text: rest.slice(0, match.index) });
    inlines.push(inlineOf(match[0], match.groups));
    rest = rest.slice(match.index + match[0].length);
  }
  return inlines;
}

function inlineOf(whole: string, groups: Record<string, string | undefined>): Inline {
  const { strong, code, label, href, url } = groups;
  if (strong !== undefined) return { kind: "strong", inlines: parseInline(strong) };
  if (code !== undefined) return { kind: "code", text: code };
  if (url !== undefined) return { kind: "link", href: url, inlines: [{ kind: "text", text: url }] };
  if (label !== undefined && href !== undefined && /^(https?:\/\/|mailto:|tel:|\/(?!\/))/i.test(href)) {
    return { kind: "link", href, inlines: [{ kind: "text", text: label }] };
  }
  return { kind: "text", text: whole }; // javascript: and the like stay plain text
}
