// Every word that the widget shows. One place, so that a translation is one more object of this shape.

export const WORDS = {
  openChat: "Open chat",
  closeChat: "Close chat",
  unread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
  chatWith: (store: string) => `Chat with ${store}`,
  chat: "Chat",
  conversation: "Conversation",
  assistant: "Assistant",
  assistantHere: "AI assistant",
  connecting: "Connecting…",
  agentHere: (agent: string) => `${agent} is answering`,
  agentUnnamed: "A person",
  waiting: "Waiting for a person",
  options: "More options",
  newConversation: "New conversation",
  startedNew: "New conversation started.",
  undo: "Undo",
  talkToPerson: "Talk to a person",
  answersFrom: "Answers from",
  modeLlm: "AI model",
  modeIntent: "Quick answers",
  cart: "Cart",
  openCart: (count: number) => (count === 1 ? "Cart, 1 item" : `Cart, ${count} items`),
  yourCart: "Your cart",
  back: "Back to the chat",
  cartEmpty: "Your cart is empty",
  cartEmptyHint: "Ask for a product, or add one from the chat.",
  keepShopping: "Keep shopping",
  total: "Total",
  checkout: "Go to checkout",
  viewCart: "View cart",
  removeOf: (title: string) => `Remove ${title}`,
  more: (title: string) => `One more: ${title}`,
  fewer: (title: string) => `One fewer: ${title}`,
  quantityOf: (count: number, title: string) => `${count} of ${title} in the cart`,
  items: (count: number) => (count === 1 ? "1 item" : `${count} items`),
  products: "Products",
  productCount: (count: number) => (count === 1 ? "1 product" : `${count} products`),
  previous: "Previous products",
  next: "More products",
  addToCart: "Add to cart",
  addOf: (title: string) => `Add to cart: ${title}`,
  outOfStock: "Out of stock",
  inStock: "In stock",
  noPrice: "Price on request",
  rated: (rating: string, count: number | null) =>
    count === null ? `Rated ${rating} of 5` : `Rated ${rating} of 5 by ${count}`,
  searchedFor: "Searched for",
  takeOff: (limit: string) => `Search without ${limit}`,
  /** What taking it off says in the conversation; intent mode knows it by this form (apps/chat/intents/cues.py). */
  without: (limit: string) => `Without “${limit}”`,
  order: (number: string) => `Order ${number}`,
  placed: (date: string) => `Placed ${date}`,
  tracking: "Tracking",
  message: "Message",
  placeholder: "Ask about a product…",
  placeholderPerson: "Write a message…",
  send: "Send",
  addPhoto: "Search with a photo",
  yourPhoto: "Your photo",
  photoUse: "Find products that look like this. The photo is only used for this search and not kept.",
  photoSearching: "Looking for products like this…",
  photoPlaceholder: "Add a price or a colour…",
  photoNotKept: "Photo, not kept",
  removePhoto: "Remove the photo",
  photoUnreadable: "This file is no picture that can be read. Try a JPEG or PNG.",
  photoTooBig: "This picture is too big. Try a smaller one.",
  photoFailed: "The photo could not be searched. Try again.",
  photoOffline: "The photo could not be sent. Check your connection and try again.",
  photoWithPerson: "Photos are only searched while the assistant answers.",
  stop: "Stop answering",
  lettersLeft: (count: number) => (count >= 0 ? `${count} characters left` : `${-count} characters too many`),
  sending: "Sending…",
  unsent: "Waits for the connection",
  sentLater: "Will be sent when the connection is back",
  notSent: "Not sent.",
  tryAgain: "Try again",
  unfinished: "This answer was not finished.",
  typing: (name: string) => `${name} is typing`,
  working: {
    search_products: "Searching the products",
    add_to_cart: "Adding to the cart",
    update_cart: "Changing the cart",
    view_cart: "Looking at the cart",
    get_order_status: "Looking up the order",
    escalate_to_human: "Asking for a person",
  } as Record<string, string>,
  workingOther: "Working on it",
  nextInLine: "You are next. Somebody will be with you shortly.",
  place: (position: number) => `You are number ${position} in the queue.`,
  queued: "You are in the queue.",
  nobodyOnline: "Nobody is online right now. Write what you need: the answer will appear here.",
  leaveQueue: "Leave the queue",
  offline: "No connection. Your messages are kept.",
  retryIn: (seconds: number) => `Trying again in ${seconds} s.`,
  retryNow: "Try now",
  unreachable: "The chat cannot be reached right now.",
  latest: "Jump to the latest",
  dismiss: "Dismiss",
  expired: "Your earlier conversation is no longer available. This is a new one.",
  cartFailed: "The cart could not be changed. Try again.",
  disclosure: "You are chatting with an AI assistant. Prices and stock come from the store.",
  suggestions: "Suggestions",
  now: "just now",
};

/** "5 min ago", "3 h ago", or the date; the exact time goes into the title. */
export function ago(at: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 1) return WORDS.now;
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return at.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

export function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(undefined, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`; // a currency code that the browser refuses
  }
}
