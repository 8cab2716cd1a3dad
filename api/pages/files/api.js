// Talks to the /v1 API. The browser sends the session's cookie; the token that shows that this page asks is kept here.

let csrfToken = "";
let sessionEnded = () => {};

export function setCsrfToken(token) {
  csrfToken = token;
}

/** What is called when an answer says that nobody is signed in any more. */
export function onSessionEnded(listener) {
  sessionEnded = listener;
}

/** A problem document: what the server says was wrong. */
export class Refused extends Error {
  constructor(status, document) {
    super(document.title || `The server answered ${status}`);
    this.status = status;
    this.code = document.code || "";
    this.document = document;
  }
}

/** No answer: the server or the network is away. */
export class Away extends Error {
  constructor() {
    super("Leadmill cannot be reached");
  }
}

export function headers(more = {}) {
  return { "X-CSRF-Token": csrfToken, Accept: "application/json", ...more };
}

export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** The response of the server. Throws Refused or Away. */
export async function ask(method, path, { query, body, headers: more, signal } = {}) {
  let answer;
  try {
    answer = await fetch(address(path, query), { method, body, signal, headers: headers(more), cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away();
  }
  if (answer.ok || answer.status === 304) return answer;
  throw refusal(answer.status, await answer.text());
}

/** What a response that is none says. Tells about an ended session by itself. */
export function refusal(status, text) {
  let document = {};
  try {
    document = JSON.parse(text) || {};
  } catch {
    // a proxy's page: the status has to say it
  }
  if (status === 401 && document.code === "session-ended") sessionEnded();
  return new Refused(status, document);
}

export async function get(path, options = {}) {
  return (await ask("GET", path, options)).json();
}

export async function post(path, options = {}) {
  return (await ask("POST", path, options)).json();
}

/** What is away, "" if the error is another one. */
export function outage(error) {
  if (error instanceof Away) return "Leadmill cannot be reached";
  if (error.code === "queue-unavailable") return "The queue is away at the moment";
  return error.code === "database-unavailable" ? "The dialer's database is away at the moment" : "";
}

/** What a person should read about an error. */
export function told(error) {
  if (outage(error)) return `${outage(error)}. Try again in a little while.`;
  if (!(error instanceof Refused)) throw error;
  const errors = error.document.errors || [];
  return [error.message, error.document.detail, ...errors.map((one) => `${one.at}: ${one.says}`)].filter(Boolean).join(". ");
}
