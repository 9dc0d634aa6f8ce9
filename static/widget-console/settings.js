// The Widget page: picker, text and presets are one value, and the preview shows it before it is saved.

const text = document.querySelector("#accent");
const picker = document.querySelector("#accent-picker");
const preview = document.querySelector("#preview");
const presets = [...document.querySelectorAll("[data-accent]")];
const saved = preview.getAttribute("src");
let timer;

function choose(accent, from) {
  const whole = /^#[0-9a-f]{6}$/i.test(accent);
  if (from !== text) text.value = accent;
  if (whole && from !== picker) picker.value = accent;
  for (const preset of presets) {
    preset.setAttribute("aria-pressed", String(preset.dataset.accent === accent.toLowerCase()));
  }
  clearTimeout(timer);
  if (whole && from) timer = setTimeout(() => (preview.src = `${saved}?accent=${encodeURIComponent(accent)}`), 300);
}

text.addEventListener("input", () => choose(text.value.trim(), text));
picker.addEventListener("input", () => choose(picker.value, picker));
for (const preset of presets) preset.addEventListener("click", () => choose(preset.dataset.accent, preset));
choose(text.value, null);
