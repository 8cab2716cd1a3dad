// Makes and fills elements. Text always goes in as text: nothing here, or anywhere on the page, reads markup.

export function byId(id) {
  return document.getElementById(id);
}

/** An element: `properties` are attributes, but for `on` (listeners by event) and true or false (attribute there or not). */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export function fill(place, ...children) {
  place.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
}

/** Fill only when what is to be shown differs, so that focus and selection of a reader stay. */
export function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/** Say something to screen readers, without interrupting them. */
export function announce(text) {
  setText(byId("announcer"), text);
}

/** A note in a box: kind is "bad", "warn" or "info". */
export function note(kind, title, ...more) {
  return make("div", { class: `note ${kind}` }, make("p", { class: "note-title" }, title), ...more);
}

export function choice(value, words, selected = false) {
  return make("option", { value, selected }, words);
}

/** A list to choose from: [value, words] each. */
export function select(name, options, chosen = "", properties = {}) {
  return make("select", { name, ...properties }, options.map(([value, words]) => choice(value, words, value === chosen)));
}

let fields = 0;

/** A control under its label. */
export function field(words, control) {
  control.id ||= `field-${(fields += 1)}`;
  return make("div", { class: "field" }, make("label", { for: control.id }, words), control);
}

export function checkbox(name, words, hint = "", properties = {}) {
  const text = make("span", {}, words, hint ? make("span", { class: "hint" }, hint) : null);
  return make("label", { class: "check" }, make("input", { type: "checkbox", name, ...properties }), text);
}
