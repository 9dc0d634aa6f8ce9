// The store's accent, made readable: text on it, and itself as text, keep a contrast of at least 4.5.

type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [16, 18, 24];
const VISIBLE = 1.5; // a button is seen, whatever colour the page is
const ENOUGH = 4.5;
const ENOUGH_FOR_INK = 5.5; // it also stands on grounds that are tinted with the accent

export interface Palette {
  /** Buttons and the shopper's bubbles. */
  fill: string;
  /** Text on `fill`. */
  onFill: string;
  /** Links and icons on the panel. */
  ink: string;
}

/** `accent` is #rrggbb; null when it is not. `surface` is what the panel is painted with. */
export function palette(accent: string, surface: string): Palette | null {
  const wanted = parse(accent);
  const ground = parse(surface);
  if (!wanted || !ground) return null;
  const towards = luminance(ground) > 0.5 ? BLACK : WHITE;
  const fill = shift(wanted, towards, ground, VISIBLE);
  const onFill = contrast(fill, WHITE) >= ENOUGH || contrast(fill, WHITE) > contrast(fill, BLACK) ? WHITE : BLACK;
  const ink = shift(wanted, towards, ground, ENOUGH_FOR_INK);
  return { fill: hex(fill), onFill: hex(onFill), ink: hex(ink) };
}

/** `colour`, moved towards another until it stands out from `ground` with at least `least`. */
function shift(colour: Rgb, towards: Rgb, ground: Rgb, least: number): Rgb {
  let shifted = colour;
  for (let step = 1; contrast(shifted, ground) < least && step <= 10; step += 1) {
    shifted = mix(colour, towards, step / 10);
  }
  return shifted;
}

export function contrastOf(one: string, other: string): number {
  return contrast(parse(one) ?? BLACK, parse(other) ?? WHITE);
}

function parse(colour: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  return match ? [parseInt(match[1]!, 16), parseInt(match[2]!, 16), parseInt(match[3]!, 16)] : null;
}

function hex(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  return [0, 1, 2].map((index) => one[index]! * (1 - share) + other[index]! * share) as unknown as Rgb;
}

/** Relative luminance as in WCAG 2. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: Rgb, other: Rgb): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter! + 0.05) / (darker! + 0.05);
}
