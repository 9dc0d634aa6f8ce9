// "Test connection": asks the model that is typed in, without saving and without a reload.

const form = document.querySelector("#assistant");
const button = form.querySelector("#test");
const result = form.querySelector("#test-result");
button.hidden = false;

const show = (state, text) => {
  result.dataset.state = state;
  result.textContent = text;
};

function mark(fields) {
  for (const input of form.querySelectorAll("input[name]")) {
    if (fields[input.name]) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const first = Object.keys(fields)[0];
  if (first) form.elements[first].focus();
}

button.addEventListener("click", async () => {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  show("busy", "Asking the model for one word…");
  mark({});
  try {
    const response = await fetch(form.dataset.test, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const answer = await response.json();
    const problems = Object.values(answer.fields ?? {});
    show(answer.ok ? "ok" : "failed", `${answer.ok ? "✓" : "✕"} ${problems[0] ?? answer.text}`);
    mark(answer.fields ?? {});
  } catch {
    show("failed", "✕ The test itself did not get through. Reload the page and try again.");
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

// What was tested is no longer what is typed.
form.addEventListener("input", () => show("", ""));
