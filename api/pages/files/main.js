// Which view is shown: by who is signed in and by the address behind #.

import { ask, onSessionEnded, outage, setCsrfToken, told } from "./api.js";
import { byId, fill, note } from "./dom.js";
import { showJob } from "./job.js";
import { showJobs } from "./jobs.js";
import { watchQueues } from "./queues.js";
import { prepareNewImport } from "./new-import.js";
import { prepareSignIn, showSignIn } from "./session.js";

const VIEWS = ["view-sign-in", "view-home", "view-job"];
const RETRY = 3000;

let session = null;
let leaving = new AbortController();
let arrived = false;

function show(id) {
  leaving.abort();
  leaving = new AbortController();
  for (const view of VIEWS) byId(view).hidden = view !== id;
  byId("top-end").hidden = id === "view-sign-in";
  return leaving.signal;
}

function follow() {
  if (!session) return;
  const job = /^#(\/(?:imports|requests)\/\w+)$/.exec(location.hash);
  if (job) {
    watchQueues(show("view-job"));
    showJob(byId("view-job"), `/v1${job[1]}`, leaving.signal);
  } else {
    document.title = "Leadmill";
    watchQueues(show("view-home"));
    showJobs(session, leaving.signal);
  }
  // A reader begins at the new view, but not when the page has just been opened.
  if (arrived) byId("main").focus({ preventScroll: true });
  if (arrived) scrollTo(0, 0);
  arrived = true;
}

function begin(found) {
  // What stands on the page was another user's.
  if (session && session.user !== found.user) return location.reload();
  session = found;
  setCsrfToken(found.csrf_token);
  byId("who").textContent = found.user;
  byId("banner-place").replaceChildren();
  prepareNewImport(found);
  follow();
}

function signInAgain(words = "") {
  document.title = "Sign in – Leadmill";
  show("view-sign-in");
  showSignIn(words);
}

async function open() {
  try {
    const answer = await ask("GET", "/v1/session");
    if (answer.status === 204) signInAgain();
    else begin(await answer.json());
  } catch (error) {
    show("");
    fill(byId("banner-place"), note("bad", `${outage(error) || told(error)}. Trying again…`));
    setTimeout(open, RETRY);
  }
}

onSessionEnded(() => {
  if (!session || !byId("view-sign-in").hidden) return;
  signInAgain("Your session has ended. Sign in to go on where you were.");
});
prepareSignIn(begin, () => {
  session = null;
  location.hash = "#/";
  location.reload();
});
addEventListener("hashchange", follow);
open();
