// What the storefront may know of the chat, and nothing more: window.eaichat with a cart in the tab's storage.
const PRODUCTS = {
  1: { title: "Harbour Rain Jacket", price: 54.9 },
  47: { title: "Dune Stoneware Mug", price: 14 },
};
const quantities = new Map(JSON.parse(sessionStorage.getItem("stand-in") ?? "[]"));
const listeners = new Set();

const cartNow = () => {
  const lines = [...quantities].map(([id, quantity]) => ({
    product: {
      product_id: id,
      brand: "Brand",
      currency: "USD",
      in_stock: true,
      url: `/demo/products/${id}/`,
      image_url: `/demo/images/${id}.svg`,
      ...PRODUCTS[id],
    },
    quantity,
    total: PRODUCTS[id].price * quantity,
  }));
  const total = lines.reduce((sum, line) => sum + line.total, 0);
  return { lines, total, count: lines.reduce((sum, line) => sum + line.quantity, 0), currency: "USD" };
};

window.eaichat = {
  version: "1",
  sent: [],
  opened: 0,
  open: () => (window.eaichat.opened += 1),
  send: (text) => window.eaichat.sent.push(text),
  token: () => "token-of-the-tab",
  cart: cartNow,
  on(name, listener) {
    if (name === "cart") {
      listeners.add(listener);
      setTimeout(() => listener(cartNow()), 20);
    }
    return () => listeners.delete(listener);
  },
  async updateCart(id, quantity) {
    if (!PRODUCTS[id]) throw new Error("This product is not in the catalogue any more.");
    if (quantity > 0) quantities.set(id, quantity);
    else quantities.delete(id);
    sessionStorage.setItem("stand-in", JSON.stringify([...quantities]));
    for (const listener of listeners) listener(cartNow());
    return cartNow();
  },
};
