// Connectors: "Test connection" without a reload, and the progress of a sync.

const BUSY = 500; // ms between two looks at a sync that runs
const form = document.querySelector("#connector-form");
const page = document.querySelector("#connector");
const result = document.querySelector("#test-result");
let watching = false; // whether somebody looks at the sync that runs already

function show(state, text) {
  if (!result) return;
  result.hidden = !text;
  result.dataset.state = state;
  result.textContent = text;
}

async function ask(button, url, body) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  show("busy", "Asking the platform…");
  try {
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const answer = await response.json();
    show(answer.ok ? "ok" : "failed", `${answer.ok ? "✓" : "✕"} ${answer.text}`);
    return answer;
  } catch {
    show("failed", "✕ The test itself did not get through. Reload the page and try again.");
    return {};
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

if (form) {
  const button = form.querySelector("#test");
  button.hidden = false;
  const mark = (fields) => {
    for (const input of form.querySelectorAll(":is(input, select, textarea)[name]")) {
      if (fields[input.name]) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    form.elements[Object.keys(fields)[0]]?.focus();
  };
  button.addEventListener("click", async () => {
    mark({});
    const answer = await ask(button, form.dataset.test, new FormData(form));
    mark(answer.fields ?? {});
  });
  showPreview(form.querySelector("#preview"), form.dataset.preview, () => new FormData(form));
  form.addEventListener("input", () => {
    show("", ""); // what was tested is no longer what is typed
    document.querySelector("#preview-result").replaceChildren();
  });
  const platform = form.elements.platform; // its fields are drawn by the server
  const choose = () => {
    if (platform.selectedOptions[0].defaultSelected) return;
    location.search = new URLSearchParams({ platform: platform.value });
  };
  platform?.addEventListener("change", choose);
  if (platform) choose(); // chosen before this script was here
}

if (page) {
  const check = page.querySelector("#check"); // only for who may change something
  if (check) {
    check.hidden = false;
    check.addEventListener("click", () => ask(check, check.dataset.check, signed()));
  }
  const preview = page.querySelector("#preview");
  if (preview) showPreview(preview, preview.dataset.preview, signed);
  document.querySelector("form[data-live=sync]")?.addEventListener("submit", startSync);
  page.addEventListener("submit", steer);
  if (page.querySelector("[data-run=percent]")) watch();
}

// The platform's first page under the form; the server draws it.
function showPreview(button, url, body) {
  const place = document.querySelector("#preview-result");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    place.replaceChildren(element("p", "Asking the platform for its first products…"));
    try {
      const response = await fetch(url, { method: "POST", body: body() });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
      place.replaceChildren(...drawn.body.childNodes);
    } catch {
      place.replaceChildren(element("p", "✕ The preview did not get through. Reload the page and try again."));
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
}

// Pause, resume and cancel without a reload; the parts are drawn anew, so their forms are listened to here.
async function steer(event) {
  const form = event.target.closest("form[data-steer]");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body });
    if (!response.ok) throw new Error(`status ${response.status}`);
    refresh(await response.text());
    document.querySelector("form[data-steer] button, form[data-live=sync] button")?.focus();
    watch();
  } catch {
    location.reload();
  }
}

function signed() {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", page.querySelector("[name=csrfmiddlewaretoken]").value);
  return body;
}

// "Sync now" without a reload; the form does the same where scripts are off.
async function startSync(event) {
  event.preventDefault();
  const form = event.currentTarget;
  form.querySelector("button").disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    refresh(await response.text());
    watch();
  } catch {
    form.submit();
  }
}

async function watch() {
  if (watching) return;
  watching = true;
  let state = "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 4 * BUSY : BUSY));
    let run, log;
    try {
      const response = await fetch(page.dataset.state, { headers: { Accept: "application/json" } });
      if (!response.ok) break;
      ({ run, log } = await response.json());
    } catch {
      continue; // the server is away for a moment
    }
    if (!run?.open) break;
    if (run.state === state) paint(run, log);
    else await reload();
    state = run.state;
  }
  watching = false;
  await reload();
}

async function reload() {
  const response = await fetch(location.href);
  if (response.ok) refresh(await response.text());
}

function paint(run, log) {
  const part = (name) => page.querySelector(`[data-run=${name}]`);
  const bar = part("percent");
  if (!bar) return;
  if (run.percent === null) bar.removeAttribute("value");
  else bar.value = run.percent;
  part("text").textContent = run.text;
  part("label").textContent = run.label;
  part("label").className = `badge ${run.badge}`;
  part("problem").textContent = run.problem;
  part("problem").hidden = !run.problem;
  const pairs = run.counts.map(([name, number]) => element("div", element("dt", name), element("dd", number)));
  part("counts").replaceChildren(...pairs);
  part("counts").hidden = !pairs.length;
  part("log").replaceChildren(...log.map(([at, line]) => element("li", element("time", at), ` ${line}`)));
  page.querySelector("[data-part=log]").hidden = !log.length;
}

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

// Put the parts that change into the page as the server draws them now; the rest, and the focus, stay.
function refresh(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  document.querySelector(".flashes")?.remove(); // it told of what came before
  for (const name of ["current", "set-aside", "history", "fate"]) {
    const part = fresh.querySelector(`[data-live=${name}]`);
    if (part) document.querySelector(`[data-live=${name}]`)?.replaceWith(part);
  }
  const button = fresh.querySelector("form[data-live=sync] button");
  if (button) document.querySelector("form[data-live=sync] button").disabled = button.disabled;
}
