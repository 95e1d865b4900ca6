// How the pages ask the process. No library: who debugs may have no network.

export const facts = document.documentElement.dataset;
export const byId = (id) => document.getElementById(id);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const say = (text) => { byId("said").textContent = text; };

export async function call(name, body = {}) {
  let answer;
  try {
    answer = await fetch(`${facts.base}/${name}`, {
      method: "POST", cache: "no-store", credentials: "same-origin",
      headers: { "content-type": "application/json", "x-piped-debugger": facts.token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The process does not answer.");
  }
  const text = await answer.text();
  if (answer.ok) { say(""); return JSON.parse(text); }
  let why = text;
  try { why = JSON.parse(text).why; } catch { /* it is plain text */ }
  throw new Error(why);
}
export const told = (promise) => promise.catch((error) => { say(error.message); });
