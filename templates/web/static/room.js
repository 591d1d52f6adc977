// The room: draws what the server says there is, sends what is typed and pressed. No state of its own but who one is.
"use strict";
const $ = (id) => document.getElementById(id);
const words = $("room").dataset;
const lang = words.lang === "zh-Hans" ? "zh-CN" : "en-GB";
const names = new Map([...document.querySelectorAll("#people input")].map((x) => [x.value, x.dataset.name]));
const order = new Map([...names.keys()].map((id, i) => [id, i + 1]));
const seen = new Map([...names.keys()].map((id) => [id, -1]));
let state = null;

const me = () => document.querySelector("#people input:checked").value;
const clock = (iso, long) => new Date(iso).toLocaleString(lang, long
  ? { weekday: "short", hour: "2-digit", minute: "2-digit", day: "numeric", month: "short", timeZone: words.zone }
  : { hour: "2-digit", minute: "2-digit", timeZone: words.zone });

async function send(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return answer.ok ? answer.json() : {};
}

function make(tag, fields = {}, ...inside) {
  const node = Object.assign(document.createElement(tag), fields);
  node.append(...inside);
  return node;
}

function keys(message, inPrivate) {
  const box = make("div", { className: "keys" });
  for (const row of message.buttons) {
    box.append(make("div", {}, ...row.map((button) => {
      const key = make("button", { type: "button", textContent: button.label });
      key.addEventListener("click", () => button.url ? openPage(button.url, button.label) : press(button.data, message.id, inPrivate, key));
      return key;
    })));
  }
  return box;
}

const KINDS = { sms: words.sms, service_notice: words.serviceNotice, call: words.call };
const ICONS = { sms: "✉️", service_notice: "💬", call: "📞" };

function draw(message, inPrivate) {
  const mine = message.author === me();
  const bot = message.author === "bot";
  const head = make("header", {},
    make("span", { className: "kind", textContent: KINDS[message.kind] ? `${ICONS[message.kind]} ${KINDS[message.kind]}` : bot ? words.bot : names.get(message.author) }),
    make("time", { dateTime: message.at, textContent: clock(message.at, inPrivate) }));
  if (message.edited) head.append(make("span", { textContent: words.edited }));
  const bubble = make("div", { className: "bubble" }, head);
  const text = make("div");
  text.innerHTML = message.html; // escaped and cut down to b, i, code, a and span by the server
  if (message.picture) {
    const picture = make("img", { src: message.picture, alt: message.alt });
    picture.addEventListener("load", () => { const list = picture.closest("ol"); if (list && list.low) list.scrollTop = list.scrollHeight; });
    bubble.append(picture);
  }
  if (message.file) {
    const file = make("a", { href: message.file, download: message.file_name });
    file.textContent = "📎 " + message.file_name;
    bubble.append(file);
  }
  bubble.append(text);
  if (message.buttons.length) bubble.append(keys(message, inPrivate));
  const face = make("span", { className: "face", ariaHidden: "true", textContent: bot ? "群" : names.get(message.author)[0] });
  const item = make("li", { className: `message ${message.kind} ${mine ? "mine" : ""} ${bot ? "bot" : ""} ${bot ? "" : `p-${order.get(message.author)}`}` }, face, bubble);
  item.dataset.id = message.id;
  item.dataset.kind = message.kind;
  item.drawn = JSON.stringify([message, mine]);
  return item;
}

function fill(list, messages, inPrivate) {
  const low = list.low = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const there = new Map([...list.children].map((item) => [item.dataset.id, item]));
  let grew = false;
  messages.forEach((message, i) => {
    const old = there.get(message.id);
    there.delete(message.id);
    if (!old || old.drawn !== JSON.stringify([message, message.author === me()])) {
      const item = draw(message, inPrivate);
      if (old) old.replaceWith(item);
      else { list.insertBefore(item, list.children[i] || null); grew = true; }
    }
  });
  for (const left of there.values()) left.remove();
  if (grew && low) requestAnimationFrame(() => { list.scrollTop = list.scrollHeight; });
}

function show() {
  if (!state) return;
  fill($("messages"), state.messages, false);
  const phone = state.phones[me()] || [];
  fill($("screen"), phone, true);
  seen.set(me(), phone.length);
  $("whose").textContent = `📱 ${words.phone.replace("{name}", names.get(me()))}`;
  if ($("now")) { $("now").textContent = clock(state.now, true); $("now").dateTime = state.now; }
  for (const label of document.querySelectorAll(".person")) {
    const id = label.querySelector("input").value;
    const count = (state.phones[id] || []).length;
    if (seen.get(id) < 0) seen.set(id, count);
    const fresh = count - seen.get(id);
    const badge = label.querySelector(".unread");
    badge.hidden = fresh <= 0;
    badge.textContent = fresh > 0 ? String(fresh) : "";
  }
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 6000);
}

function openPage(url, label) {
  $("page").textContent = label || words.pay;
  $("newtab").href = url;
  $("frame").src = url;
  if (!$("cashier").open) $("cashier").showModal();
}

async function press(data, message, inPrivate, key) {
  key.disabled = true;
  const answer = await send("/room/press", { as: me(), data, message, private: inPrivate });
  key.disabled = false;
  if (answer.url) { openPage(answer.url); return; }
  if (!answer.text) return;
  if (answer.alert) { $("alert-text").textContent = answer.text; $("alert").showModal(); } else toast(answer.text);
}

function listen() {
  const events = new EventSource("/room/events");
  events.onmessage = (event) => { state = JSON.parse(event.data); $("toast").hidden ||= $("toast").textContent === words.gone; show(); };
  events.onerror = () => toast(words.gone);
}

async function attached() {
  const [file] = $("file").files;
  if (!file) return null;
  $("file").value = "";
  $("file").parentElement.classList.remove("chosen");
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name: file.name, data: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
}
$("file").addEventListener("change", () => $("file").parentElement.classList.toggle("chosen", $("file").files.length > 0));

for (const [form, field, inPrivate] of [["say", "text", false], ["whisper", "secret", true]]) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $(field).value.trim();
    if (!text) return;
    $(field).value = "";
    const list = $(inPrivate ? "screen" : "messages");
    list.scrollTop = list.scrollHeight;
    const file = inPrivate ? null : await attached();
    await send("/room/say", { as: me(), text, private: inPrivate, ...(file && { file }) });
  });
}
for (const chip of document.querySelectorAll(".try")) {
  chip.addEventListener("click", () => { $("text").value = chip.textContent; $("text").focus(); });
}
$("messages").addEventListener("click", (event) => {
  if (event.target.tagName === "CODE") { $("text").value = event.target.textContent; $("text").focus(); }
});
for (const input of document.querySelectorAll("#people input")) {
  input.addEventListener("change", () => { $("screen").replaceChildren(); $("messages").replaceChildren(); show(); $("messages").scrollTop = $("messages").scrollHeight; });
}
for (const button of document.querySelectorAll("#clock button")) {
  button.addEventListener("click", async () => {
    const all = document.querySelectorAll("#clock button");
    all.forEach((x) => { x.disabled = true; });
    $("clock").setAttribute("aria-busy", "true");
    await send("/room/clock", { minutes: Number(button.dataset.minutes) });
    $("clock").removeAttribute("aria-busy");
    all.forEach((x) => { x.disabled = false; });
    button.focus();
  });
}
$("language").addEventListener("click", async (event) => {
  event.preventDefault();
  await send("/room/say", { as: names.keys().next().value, text: event.target.dataset.say, private: false });
  location.href = event.target.href;
});
$("close").addEventListener("click", () => $("cashier").close());
$("cashier").addEventListener("close", () => { $("frame").src = "about:blank"; });
listen();
