// A short word in the corner that leads somewhere.
const SHOWN_MS = 12_000;

export function toast(text, href) {
  document.querySelector(".desk-toast")?.remove();
  const box = document.createElement("div");
  box.className = "desk-toast";
  box.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = text;
  const link = document.createElement("a");
  link.href = href;
  link.textContent = "Open";
  box.append(words, link);
  document.body.append(box);
  setTimeout(() => box.remove(), SHOWN_MS);
}
