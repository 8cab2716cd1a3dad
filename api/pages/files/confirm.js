// Asks before something that cannot be taken back, and for a word.

import { field, fill, make } from "./dom.js";

let dialog = null;

/** Whether the person says yes. Escape and the other button say no. */
export function confirmed(title, words, yes, no = "Go back") {
  return asked(title, make("p", {}, words), make("button", { value: "yes", class: "danger" }, yes), no);
}

/** The word that the person gives, "" if none. */
export async function word(title, label, yes) {
  const input = make("input", { required: true, maxlength: 64, pattern: "[\\p{L}\\p{N}_ .\\-]+", autofocus: true, title: "Letters, digits, spaces, dots and hyphens" });
  const given = await asked(title, field(label, input), make("button", { value: "yes", class: "primary" }, yes), "Go back");
  return given ? input.value.trim() : "";
}

function asked(title, content, yes, no) {
  dialog ??= document.body.appendChild(make("dialog", { class: "card", "aria-labelledby": "dialog-title" }));
  const other = make("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, no);
  fill(dialog, make("form", { method: "dialog" }, make("h2", { id: "dialog-title" }, title), content, make("div", { class: "actions" }, other, yes)));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}
