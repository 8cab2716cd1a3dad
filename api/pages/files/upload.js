// Sends a file as the body of one request. Not by fetch, which does not tell how much has been sent.

import { address, Away, get, headers, refusal } from "./api.js";

const STORED = "leadmill.upload ";
const LOOK = 400;

/** One file on its way, under a key by which the server knows it again when it has to be sent once more. */
export class Upload extends EventTarget {
  /** `state`: sending, received, broken (may be sent again), refused, stopped. */
  state = "sending";
  sent = 0;
  job = null;
  error = null;
  #end = null;

  /** `secret` signs the call to a webhook; it is not kept. `rows`: about how many the file has, 0 if nobody knows. */
  constructor(user, file, options, secret = "", rows = 0) {
    super();
    this.secret = secret;
    this.user = user;
    this.rows = rows;
    this.file = file;
    this.options = options;
    // An upload that broke off goes on, also in a page that was opened anew.
    this.place = STORED + JSON.stringify([user, file.name, file.size, file.lastModified, options]);
    this.key = recall(this.place) || newKey();
  }

  /** How much has been sent, from 0 to 1. */
  get portion() {
    return this.state === "received" || !this.file.size ? 1 : this.sent / this.file.size;
  }

  start() {
    keep(this.place, this.key);
    this.ended = new Promise((done) => (this.#end = done));
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", address("/v1/imports", { ...this.options, filename: this.file.name }));
    const sent = headers({ "Idempotency-Key": this.key, "Content-Type": "application/octet-stream" });
    if (this.secret) sent["Webhook-Secret"] = this.secret;
    for (const [name, value] of Object.entries(sent)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => this.#become("sending", { sent: event.loaded });
    request.onload = () => this.#answered(request);
    request.onerror = () => this.#become("broken", { error: new Away() });
    request.onabort = () => this.#become("stopped");
    this.#become("sending", { sent: 0, error: null });
    request.send(this.file);
  }

  stop() {
    forget(this.place);
    this.request.abort();
  }

  #answered(request) {
    if (request.status === 202) {
      forget(this.place);
      return this.#become("received", { job: JSON.parse(request.responseText) });
    }
    const error = refusal(request.status, request.responseText);
    const again = request.status >= 500 || request.status === 401 || error.code === "idempotency-key-in-use";
    if (!again) forget(this.place);
    this.#become(again ? "broken" : "refused", { error });
  }

  #become(state, more = {}) {
    Object.assign(this, { state, ...more });
    if (state !== "sending") this.#end();
    this.dispatchEvent(new Event("change"));
  }
}

/** The uploads that this page has begun, by the id of the job that each became. */
export const uploads = new Map();

/** The job that an upload became, as soon as there is one. Throws what the server refused it with, or Away. */
export async function follow(upload) {
  let job = null;
  while (!job && upload.state === "sending") {
    // While the file is being sent nobody tells its job: it is looked for by the key.
    await Promise.race([upload.ended, new Promise((done) => setTimeout(done, LOOK))]);
    if (upload.state !== "sending") break;
    const found = await get("/v1/imports", { query: { idempotency_key: upload.key } }).catch(() => ({ imports: [] }));
    job = found.imports[0];
  }
  job ||= upload.job;
  if (!job) throw upload.error || new Away();
  uploads.set(job.id, upload);
  return job;
}

addEventListener("beforeunload", (event) => {
  if ([...uploads.values()].some((upload) => upload.state === "sending")) event.preventDefault();
});

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A browser may forbid storage; then only a page that stays open can go on.
function keep(place, key) {
  try {
    localStorage.setItem(place, key);
  } catch {
    return;
  }
}

function recall(place) {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

function forget(place) {
  try {
    localStorage.removeItem(place);
  } catch {
    return;
  }
}
