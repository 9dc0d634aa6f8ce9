// A picture that is dropped on the chat, or pasted into its box, is a photo to search with.

import type { PhotoTray } from "./photo";

export function takeDropped(panel: HTMLElement, photo: PhotoTray): void {
  panel.addEventListener("dragover", (event) => {
    if (!photo.possible || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // else the browser opens the file in place of the page
    panel.classList.add("dropping");
  });
  panel.addEventListener("dragleave", (event) => {
    if (!panel.contains(event.relatedTarget as Node | null)) panel.classList.remove("dropping");
  });
  panel.addEventListener("drop", (event) => {
    panel.classList.remove("dropping");
    const [file] = event.dataTransfer?.files ?? [];
    if (!photo.possible || !file) return;
    event.preventDefault();
    void photo.take(file);
  });
}

export function takePasted(box: HTMLElement, photo: PhotoTray): void {
  box.addEventListener("paste", (event) => {
    const picture = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!photo.possible || !picture) return;
    event.preventDefault();
    void photo.take(picture);
  });
}
