// Asks before something that cannot be taken back.

import { fill, make } from "./dom.js";

let dialog = null;

/** Whether the person says yes. Escape and the other button say no. */
export function confirmed(title, words, yes, no = "Go back") {
  dialog ??= document.body.appendChild(make("dialog", { class: "card", "aria-labelledby": "dialog-title" }));
  const answer = (value) => make("button", { value, class: value ? "danger" : "quiet" }, value ? yes : no);
  const form = make("form", { method: "dialog", class: "actions" }, answer(""), answer("yes"));
  fill(dialog, make("h2", { id: "dialog-title" }, title), make("p", {}, words), form);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}
