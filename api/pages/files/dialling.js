// What else an import can do with its leads: the hopper, a callback for each, and a call to a webhook when it has ended.

import { checkbox, field, make, select } from "./dom.js";

const HOLDERS = [["ANYONE", "Any agent"], ["USERONLY", "One agent"]];
const SECRET = "webhook-secret";

/** `changed()` when an import might be refused otherwise. */
export function diallingOptions(changed) {
  return [hopper(), callback(changed), webhook(changed)];
}

/** The secret of the webhook. It is no option: options are told and saved, and it is neither. */
export function secretOf(form) {
  const control = form.querySelector(`[data-is="${SECRET}"]`);
  return control.closest("[hidden]") ? "" : control.value;
}

/** Show what belongs to the options that are chosen, after they were set from elsewhere. */
export function revealAgain(form) {
  for (const control of form.elements) control.dispatchEvent(new Event("reveal"));
}

function hopper() {
  const priority = make("input", { name: "hopper_priority", type: "number", min: -99, max: 99, placeholder: "0" });
  const local = checkbox("hopper_local_call_time_check", "Only leads whose local call time it is");
  return revealed(
    checkbox("add_to_hopper", "Put the leads in the hopper, to be dialled at once"),
    make("div", { class: "fields" }, field("Priority, -99 to 99", priority)),
    local,
  );
}

function callback(changed) {
  const on = { change: changed };
  const user = field("Agent", make("input", { name: "callback_user", maxlength: 20, placeholder: "User of the agent", on }));
  const holder = select("callback_type", HOLDERS, "ANYONE", { on });
  const show = () => (user.hidden = holder.value !== "USERONLY");
  for (const event of ["change", "reveal"]) holder.addEventListener(event, show);
  show();
  return revealed(
    checkbox("callback", "Schedule a callback for each lead", "A column of the same name says otherwise for a row", { on }),
    make(
      "div",
      { class: "fields" },
      field("When (the dialer's time)", make("input", { name: "callback_datetime", type: "datetime-local", on })),
      field("Who calls back", holder),
      user,
      field("Campaign", make("input", { name: "campaign_id", maxlength: 8, placeholder: "That of the list", on })),
      field("Status", make("input", { name: "callback_status", maxlength: 6, placeholder: "CALLBK" })),
      field("Comments", make("input", { name: "callback_comments", maxlength: 255 })),
    ),
    make("p", { class: "hint" }, "Without a time it is due at once."),
  );
}

function webhook(changed) {
  const url = make("input", { name: "webhook", type: "url", maxlength: 2000, placeholder: "https://crm.example/leadmill", on: { change: changed } });
  const secret = make("input", { "data-is": SECRET, type: "password", maxlength: 255, pattern: "[ -~]*", autocomplete: "off", placeholder: "The server's own", on: { change: changed } });
  const check = make("label", { class: "check" }, make("input", { type: "checkbox" }), make("span", {}, "Tell another system when the import has ended"));
  const control = check.querySelector("input");
  // Settings that were saved name the webhook: then it is wanted.
  url.addEventListener("reveal", () => {
    control.checked = Boolean(url.value);
    control.dispatchEvent(new Event("change"));
  });
  return revealed(check, make("div", { class: "fields" }, field("URL that is posted to", url), field("Secret that signs it", secret)));
}

/** A checkbox, and what is shown only while it is checked. */
function revealed(check, ...more) {
  const control = check.querySelector("input");
  const rest = make("div", { class: "revealed" }, more);
  const show = () => (rest.hidden = !control.checked);
  for (const event of ["change", "reveal"]) control.addEventListener(event, show);
  show();
  return make("div", { class: "choice" }, check, rest);
}
