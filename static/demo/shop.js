// The storefront's side of the chat: it knows the cart only through window.eaichat.

const chat = () => (window.eaichat && "cart" in window.eaichat ? window.eaichat : null);
const money = (amount) => new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" }).format(amount);
const COUNT_KEY = "demo:cart-count";
const PATIENCE_MS = 6000;

// --- a short word to the shopper ---------------------------------------------------------------------------
const toast = document.querySelector("[data-toast]");
let toastTimer;

function say(text, link) {
  toast.replaceChildren(document.createTextNode(text));
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    toast.append(" ", anchor);
  }
  toast.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("shown"), 4000);
}

// --- the cart, as last heard -------------------------------------------------------------------------------
const heard = new Set();
let cart = null;

function hear(next) {
  cart = next;
  try {
    sessionStorage.setItem(COUNT_KEY, String(next.count));
  } catch {
    // storage is forbidden: the number appears a moment later on the next page
  }
  for (const listener of heard) listener(next);
}

function onCart(listener) {
  heard.add(listener);
  if (cart) listener(cart);
}

const inCart = (id) => cart?.lines.find((line) => line.product.product_id === id)?.quantity ?? 0;

async function setQuantity(id, quantity) {
  const api = chat();
  if (!api) throw new Error("The cart is not there yet. Try again in a moment.");
  hear(await api.updateCart(id, Math.min(Math.max(quantity, 0), 999)));
}

function showCount(count) {
  const link = document.querySelector("[data-cart-link]");
  const badge = document.querySelector("[data-cart-count]");
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.hidden = count === 0;
  link.setAttribute("aria-label", count === 0 ? "Cart, empty" : `Cart, ${count} ${count === 1 ? "piece" : "pieces"}`);
}

// --- buttons everywhere ------------------------------------------------------------------------------------
async function add(button) {
  const { add: id, title } = button.dataset;
  const pieces = Number(button.closest(".buy")?.querySelector("[data-quantity]")?.textContent ?? 1);
  button.setAttribute("aria-busy", "true");
  try {
    await setQuantity(id, inCart(id) + pieces);
    say(`${pieces > 1 ? `${pieces} × ` : ""}${title} is in your cart.`, { href: "/demo/cart/", text: "See the cart" });
  } catch (error) {
    say(error.message || "That did not work. Try again.");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.add) void add(button);
  if (button.dataset.ask) chat() ? chat().send(button.dataset.ask) : say("The assistant is not there yet.");
  if ("openChat" in button.dataset) chat() ? chat().open() : say("The assistant is not there yet.");
  if (button.dataset.step) {
    const output = button.parentElement.querySelector("[data-quantity]");
    output.textContent = String(Math.min(Math.max(Number(output.textContent) + Number(button.dataset.step), 1), 20));
  }
});

document.addEventListener("change", (event) => {
  if ("filter" in event.target.dataset) event.target.form.requestSubmit();
});
// A filter that was touched before this script was there (autocomplete="off": the browser itself touches none).
const touched = document.querySelector(
  "[data-filter]:checked:not([checked]), [data-filter][checked]:not(:checked), [data-filter] option:checked:not([selected])",
);
touched?.closest("form").requestSubmit();

for (const note of document.querySelectorAll("[data-in-cart]")) {
  onCart(() => {
    const pieces = inCart(note.dataset.inCart);
    note.hidden = pieces === 0;
    note.textContent = `${pieces} in your cart`;
  });
}

// --- cart page and checkout --------------------------------------------------------------------------------
const page = document.querySelector("[data-cart-page]");

function setState(state) {
  for (const part of page.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  page.dataset.state = state;
}

function newLine(product) {
  const line = page.querySelector("template[data-line]").content.firstElementChild.cloneNode(true);
  line.dataset.product = product.product_id;
  for (const link of line.querySelectorAll("a")) link.href = product.url;
  line.querySelector("img").src = product.image_url;
  for (const button of line.querySelectorAll("[data-by]")) {
    const by = Number(button.dataset.by);
    button.setAttribute("aria-label", `${by < 0 ? "One less" : "One more"}: ${product.title}`);
    button.addEventListener("click", () => change(line, inCart(product.product_id) + by));
  }
  const remove = line.querySelector(".remove");
  if (remove) {
    remove.setAttribute("aria-label", `Remove ${product.title}`);
    remove.addEventListener("click", () => change(line, 0));
  }
  return line;
}

async function change(line, quantity) {
  line.setAttribute("aria-busy", "true");
  try {
    await setQuantity(line.dataset.product, quantity);
  } catch (error) {
    say(error.message || "That did not work. Try again.");
  } finally {
    line.removeAttribute("aria-busy");
  }
}

function showLine(line, { product, quantity, total }) {
  const brief = !line.querySelector("output");
  line.querySelector(".title").textContent = brief && quantity > 1 ? `${quantity} × ${product.title}` : product.title;
  line.querySelector(".sum").textContent = total === null ? "" : money(total);
  if (brief) return;
  line.querySelector(".brand").textContent = product.brand;
  line.querySelector(".each").textContent = product.in_stock ? `${money(product.price)} each` : "Sold out";
  line.querySelector("output").textContent = String(quantity);
}

function showCart({ lines, total }) {
  if (lines.length === 0) return setState("empty");
  const list = page.querySelector("[data-lines]");
  const shown = new Map([...list.children].map((line) => [line.dataset.product, line]));
  const wanted = lines.map((entry) => {
    const line = shown.get(entry.product.product_id) ?? newLine(entry.product);
    showLine(line, entry);
    return line;
  });
  // Lines stay where they are unless they come or go, so that the keyboard's focus stays too.
  for (const [id, line] of shown) if (!lines.some((entry) => entry.product.product_id === id)) line.remove();
  wanted.forEach((line, at) => list.children[at] === line || list.insertBefore(line, list.children[at] ?? null));
  const fee = total >= Number(page.dataset.freeFrom) ? 0 : Number(page.dataset.fee);
  page.querySelector("[data-subtotal]").textContent = money(total);
  page.querySelector("[data-delivery]").textContent = fee ? money(fee) : "Free";
  page.querySelector("[data-total]").textContent = money(total + fee);
  return setState("full");
}

const form = document.querySelector("[data-checkout-form]");
if (form) {
  const button = form.querySelector("[data-place-order]");
  onCart(({ count }) => (button.disabled = count === 0));
  form.addEventListener("submit", () => {
    form.elements.token.value = chat()?.token() ?? "";
    setTimeout(() => (button.disabled = true));
  });
}

if (page) {
  setState("loading");
  onCart(showCart);
}

// --- the beginning: a number at once from the last page, then what the chat says -----------------------------
try {
  showCount(Number(sessionStorage.getItem(COUNT_KEY) ?? 0));
} catch {
  showCount(0);
}
onCart(({ count }) => showCount(count));

const api = chat();
if (api) {
  api.on("cart", hear);
  if (api.token() === null) hear(api.cart());
  setTimeout(() => cart || (page && setState("failed")), PATIENCE_MS);
} else if (page) {
  setState("failed");
}
