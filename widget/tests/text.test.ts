import assert from "node:assert/strict";
import { test } from "node:test";
import { contrastOf, palette } from "../src/colour";
import { parseInline, parseMarkdown } from "../src/markdown";
import { Storage } from "../src/storage";
import { ago, money } from "../src/words";

const text = (words: string) => ({ kind: "text" as const, text: words });

test("paragraphs, lists and headings become blocks", () => {
  assert.deepEqual(parseMarkdown("# Two\nOne line\nand another\n\n- a\n\n- b\n1. first\nafter"), [
    { kind: "paragraph", inlines: [{ kind: "strong", inlines: [text("Two")] }] },
    { kind: "paragraph", inlines: [text("One line\nand another")] },
    { kind: "list", ordered: false, items: [[text("a")], [text("b")]] },
    { kind: "list", ordered: true, items: [[text("first")]] },
    { kind: "paragraph", inlines: [text("after")] },
  ]);
});

test("a year at the start of a line is not a list, a price is not emphasis", () => {
  assert.equal(parseMarkdown("2026. was good")[0]?.kind, "paragraph");
  assert.deepEqual(parseInline("2 * 3 * 4 = $24"), [text("2 * 3 * 4 = $24")]);
});

test("bold, code, links and bare addresses are found inside a line", () => {
  assert.deepEqual(parseInline("a **b** `c` [d](https://e.example/f) https://g.example/h."), [
    text("a "),
    { kind: "strong", inlines: [text("b")] },
    text(" "),
    { kind: "code", text: "c" },
    text(" "),
    { kind: "link", href: "https://e.example/f", inlines: [text("d")] },
    text(" "),
    { kind: "link", href: "https://g.example/h", inlines: [text("https://g.example/h")] },
    text("."),
  ]);
});

test("an address that could run something stays text", () => {
  for (const href of ["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x", "JaVaScRiPt:x"]) {
    const inlines = parseInline(`[x](${href})`);
    assert.ok(inlines.every(({ kind }) => kind === "text"), href);
  }
});

test("markup is text", () => {
  assert.deepEqual(parseInline("<img src=x onerror=alert(1)>"), [text("<img src=x onerror=alert(1)>")]);
});

test("half-written marks at the end of a stream stay as they are", () => {
  for (const half of ["**bo", "[label](http", "`co"]) assert.deepEqual(parseInline(half), [text(half)]);
});

test("a long line of stars takes no time", () => {
  const started = performance.now();
  parseInline("**a ".repeat(5_000));
  parseInline("[".repeat(10_000));
  assert.ok(performance.now() - started < 500);
});

test("every accent is readable as a ground and as text, in light and dark", () => {
  for (const accent of ["#0f766e", "#ffe600", "#ffffff", "#000000", "#ff0000", "#7c3aed", "#808080"]) {
    for (const surface of ["#ffffff", "#17181c"]) {
      const colours = palette(accent, surface);
      assert.ok(colours);
      assert.ok(contrastOf(colours.fill, colours.onFill) >= 4.4, `${accent} as a ground`);
      assert.ok(contrastOf(colours.fill, surface) >= 1.5, `${accent} is seen on ${surface}`);
      assert.ok(contrastOf(colours.ink, surface) >= 4.5, `${accent} on ${surface}`);
    }
  }
});

test("what is no colour changes nothing", () => {
  for (const accent of ["", "red", "#fff", "#12345g", "url(x)"]) assert.equal(palette(accent, "#ffffff"), null);
});

test("money is written in its currency, even in one that the browser does not know", () => {
  assert.match(money(59, "USD"), /\$\s?59\.00/);
  assert.equal(money(5, "not a currency"), "5.00 not a currency");
});

test("times are relative for a day", () => {
  const now = new Date("2026-11-22T20:00:00Z");
  assert.equal(ago(new Date("2026-11-22T19:59:30Z"), now), "just now");
  assert.equal(ago(new Date("2026-11-22T19:55:00Z"), now), "5 min ago");
  assert.equal(ago(new Date("2026-11-22T17:00:00Z"), now), "3 h ago");
  assert.match(ago(new Date("2026-11-20T17:00:00Z"), now), /2026/);
});

test("storage that is forbidden, full or broken loses nothing within the page", () => {
  const forbidden = {
    getItem: () => {
      throw new Error("forbidden");
    },
    setItem: () => {
      throw new Error("full");
    },
  } as unknown as globalThis.Storage;
  for (const area of [null, forbidden]) {
    const storage = new Storage("pk_test", area);
    storage.write({ token: "t" });
    storage.keepUnsent({ id: "a", text: "hi" });
    assert.deepEqual(storage.read(), { token: "t", unsent: [{ id: "a", text: "hi" }] });
  }
});
