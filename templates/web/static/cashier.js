// The member's page: says that it was looked at, and follows an attempt that runs until something changes.
"use strict";
const page = document.getElementById("cashier");
const here = page.dataset.here;
const EVERY = 700;
const PATIENT = 5000;

let leaving = false; // a form is on its way: nothing may load this page again before it has arrived

const opened = fetch(`${here}/opened`, { method: "POST" }).catch(() => {});

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    leaving = true;
    for (const button of form.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });
}

async function ask() {
  const answer = await fetch(`${here}/state`, { cache: "no-store" });
  return answer.ok ? answer.json() : null;
}

async function follow() {
  await opened;
  const first = await ask();
  if (!first) return;
  let wentTo = sessionStorage.getItem("went");
  for (let round = 0; ; round += 1) {
    const now = await ask().catch(() => null);
    if (leaving) return;
    if (now) {
      if (now.version !== first.version) return location.reload();
      if (page.dataset.waiting && now.go && wentTo !== now.go) {
        sessionStorage.setItem("went", wentTo = now.go);
        location.assign(now.go);
        return;
      }
    }
    await new Promise((done) => setTimeout(done, page.dataset.waiting && round < 60 ? EVERY : PATIENT));
  }
}

follow();
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
