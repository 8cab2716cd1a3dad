// Signing in and out.

import { ask, post, told } from "./api.js";
import { byId, fill, note } from "./dom.js";

/** `begun` is called with the new session, `ended` after signing out. */
export function prepareSignIn(begun, ended) {
  const form = byId("sign-in-form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const session = await signIn(form.elements.user.value.trim(), form.elements.password.value);
      form.reset();
      fill(byId("sign-in-problem"));
      begun(session);
    } catch (error) {
      fill(byId("sign-in-problem"), note("bad", told(error)));
      form.elements.password.select();
    } finally {
      button.disabled = false;
    }
  });
  byId("sign-out").addEventListener("click", async () => {
    try {
      await ask("DELETE", "/v1/session");
    } catch (error) {
      if (error.status !== 401) return fill(byId("banner-place"), note("bad", `You are still signed in. ${told(error)}`));
    }
    ended();
  });
}

export function showSignIn(words) {
  fill(byId("sign-in-problem"), words ? note("info", words) : null);
  const { user, password } = byId("sign-in-form").elements;
  (user.value ? password : user).focus();
}

function signIn(user, password) {
  return post("/v1/session", { body: JSON.stringify({ user, password }), headers: { "Content-Type": "application/json" } });
}
