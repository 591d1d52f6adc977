// The organiser's board: fetches itself anew while somebody looks, and keeps their place on the page.
"use strict";
const EVERY = 5000;
let tag = null;

function keeping(change) {
  const [x, y, focused] = [scrollX, scrollY, document.activeElement?.getAttribute("href")];
  change();
  if (focused) [...document.links].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
  scrollTo({ left: x, top: y, behavior: "instant" });
}

async function look() {
  const board = document.getElementById("board");
  const answer = await fetch(location.pathname + location.search, {
    cache: "no-store", headers: tag ? { "If-None-Match": tag } : {},
  }).catch(() => null);
  const away = document.getElementById("away");
  away.hidden = answer !== null && (answer.ok || answer.status === 304);
  if (!answer || !answer.ok) return answer?.status !== 404;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
  if (fresh && tag !== answer.headers.get("ETag")) keeping(() => board.replaceChildren(...fresh.childNodes));
  tag = answer.headers.get("ETag");
  return true;
}

async function follow() {
  do {
    await new Promise((done) => setTimeout(done, EVERY));
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
  } while (await look());
}

follow();
addEventListener("pageshow", (event) => { if (event.persisted) look(); });
