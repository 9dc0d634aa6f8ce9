// Searching with a photo: it is made small here, which also takes off whatever was written in it (place, telephone),
// and uploaded. What the server found comes back as a note, which the next message brings along.

import type { Client } from "./client";
import { WORDS } from "./words";

const LONGEST = 1024; // px
const MOST_BYTES = 40_000_000; // of the file that is chosen: browsers unfold it in memory
const QUALITY = 0.85;

const FOR_GOOD = new Set([400, 404, 409, 413]); // no picture, no model for pictures, a person answers, too big

/** A photo cannot be searched; the message is for the shopper. `forGood`: another try with it would not help. */
export class PhotoError extends Error {
  constructor(
    message: string,
    readonly forGood = false,
  ) {
    super(message);
  }
}

/** The picture in a file, upright and small. Throws PhotoError. */
export async function shrunk(file: Blob): Promise<HTMLCanvasElement> {
  if (file.size > MOST_BYTES) throw new PhotoError(WORDS.photoTooBig);
  const picture = await createImageBitmap(file).catch(() => {
    throw new PhotoError(WORDS.photoUnreadable);
  });
  const canvas = drawn(picture, picture, LONGEST);
  picture.close();
  return canvas;
}

/** A copy whose longer side is at most `longest` px, on white. */
export function drawn(
  source: CanvasImageSource,
  { width, height }: { width: number; height: number },
  longest: number,
): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new PhotoError(WORDS.photoUnreadable);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A JPEG of pixels alone. Throws PhotoError. */
export async function toJpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!made) throw new PhotoError(WORDS.photoUnreadable);
  return made;
}

/** What the server finds with `photo` within the limits that `words` name. Throws PhotoError. */
export async function search(client: Client, base: string, photo: Blob, words: string, signal: AbortSignal): Promise<string> {
  await connected(client);
  const { session } = client.conversation;
  const response = await fetch(`${base}/api/v1/chat/sessions/${session}/photo?q=${encodeURIComponent(words.slice(0, 600))}`, {
    method: "POST",
    body: photo,
    headers: { authorization: `Session ${client.token}`, "content-type": "image/jpeg" },
    credentials: "omit",
    signal,
  }).catch(() => {
    throw new PhotoError(WORDS.photoOffline);
  });
  const answer = (await response.json().catch(() => ({}))) as { photo?: unknown; text?: unknown };
  if (response.ok && typeof answer.photo === "string") return answer.photo;
  const forGood = FOR_GOOD.has(response.status);
  if (typeof answer.text === "string") throw new PhotoError(answer.text, forGood);
  throw new PhotoError(response.status === 413 ? WORDS.photoTooBig : WORDS.photoFailed, forGood);
}

/** A photo may be the first thing that a shopper sends: then the conversation begins with it. */
function connected(client: Client): Promise<void> {
  client.connect();
  return new Promise((done, failed) => {
    const check = (): void => {
      if (client.status === "connecting") return;
      unlisten();
      if (client.status === "ready") done();
      else failed(new PhotoError(WORDS.photoOffline));
    };
    const unlisten = client.changes.add(check);
    check();
  });
}
