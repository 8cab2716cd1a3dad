// Asks again and again until the signal says that nobody looks any more, and says so when there is no answer.

import { Away, outage, told } from "./api.js";
import { byId, fill, note } from "./dom.js";

const AGAIN = 2000;

/** Call `look` until the signal is given. It returns the milliseconds to wait before the next time, or null to end.
 *  Throws what is neither an outage nor the end of the looking. */
export async function poll(look, signal) {
  let away = false;
  while (!signal.aborted) {
    let pause;
    try {
      pause = await look();
      if (away) fill(byId("banner-place"));
      away = false;
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      if (!(error instanceof Away) && !(error.status >= 500)) throw error;
      if (!away) fill(byId("banner-place"), note("bad", `${outage(error) || told(error)}. Trying again…`));
      away = true;
      pause = AGAIN;
    }
    if (pause === null) return;
    await rest(pause, signal);
  }
}

function rest(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
