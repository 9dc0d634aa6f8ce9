// Times as people say them: "4 min" for a wait, the clock for a line; the exact one on hover.
const UPDATE_MS = 15_000;
const STEPS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const SHORT = { day: "d", hour: "h", minute: "min" };

export function startTimes() {
  showTimes(document);
  setInterval(() => showTimes(document), UPDATE_MS);
}

export function showTimes(within) {
  for (const time of within.querySelectorAll("time[data-relative]")) {
    time.textContent = ago(new Date(time.dateTime));
    time.title = new Date(time.dateTime).toLocaleString();
  }
  for (const time of within.querySelectorAll("time[data-clock]")) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === new Date().toDateString();
    const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    time.textContent = today ? clock : `${at.toLocaleDateString([], { day: "numeric", month: "short" })} ${clock}`;
    time.title = at.toLocaleString();
  }
}

function ago(date) {
  const seconds = Math.max(0, (Date.now() - date.getTime()) / 1000);
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return `${Math.floor(seconds / length)} ${SHORT[unit]}`;
  }
  return "now";
}
