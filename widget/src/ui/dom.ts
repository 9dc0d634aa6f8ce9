// Making elements without HTML strings: safe under Trusted Types, and shoppers' text can never become markup.

type Child = Node | string | null | false | undefined;

type Handlers = { [Name in keyof HTMLElementEventMap as `on${Name}`]?: (event: HTMLElementEventMap[Name]) => void };

type Attributes = Handlers & { class?: string } & { [name: string]: unknown };

/** `onclick` and the like are handlers; false, null and undefined leave an attribute out; true makes it empty. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else set(element, name, value as string | number | boolean | null | undefined);
  }
  element.append(...children.filter((child): child is Node | string => child instanceof Node || !!child));
  return element;
}

export function set(element: Element, name: string, value: string | number | boolean | null | undefined): void {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? "" : value)) {
    element.setAttribute(name, String(value === true ? "" : value));
  }
}

/** Changes the text only when it differs, so that live regions are not read twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An address that may be followed or shown: http(s) or inline pictures, relative to the server; else null. */
export function safeUrl(url: string, base: string): string | null {
  if (!url) return null;
  try {
    const resolved = new URL(url, base);
    if (resolved.protocol === "http:" || resolved.protocol === "https:") return resolved.href;
    return url.startsWith("data:image/") ? url : null;
  } catch {
    return null;
  }
}
