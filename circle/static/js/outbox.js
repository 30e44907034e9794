// Visits that could not be sent wait here, in this phone's own database, until they are received.
// An entry holds the answers of one form, the number of its task or resident and the account that
// filled it in; no names. It leaves when the server has acknowledged it, or its author deletes it.

const DATABASE = "circle-outbox";
const STORE = "visits";
const WAITING = "waiting";
const REFUSED = "refused";
const RETRY_MILLISECONDS = 30000;
const TOO_BUSY = 429;
const badge = document.getElementById("outbox");
const account = badge?.dataset.account || "";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "uuid" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const all = () => inStore("readonly", (store) => store.getAll());
const find = (uuid) => inStore("readonly", (store) => store.get(uuid));
const forget = (uuid) => inStore("readwrite", (store) => store.delete(uuid));
const put = (entry) => inStore("readwrite", (store) => store.put(entry));

// What the badge says, by what the page knows of the person in front of it.
async function showBadge() {
  if (!badge) {
    return;
  }
  // The one that stands in the form to be mended is not named a second time.
  const shown = document.querySelector("[data-visit]:not([hidden], [data-shell]) [name=uuid]")?.value;
  const entries = (await all()).filter((entry) => entry.uuid !== shown || entry.state === WAITING);
  const refused = entries.filter((entry) => entry.state === REFUSED && entry.account === account);
  const words = account ? (refused.length ? "refused" : "waiting") : "away";
  badge.hidden = entries.length === 0;
  badge.textContent = badge.dataset[words].replace("{n}", words === "refused" ? refused.length : entries.length);
  badge.classList.toggle("outbox-refused", words === "refused");
  document.dispatchEvent(new CustomEvent("outbox:changed", { detail: entries }));
}

async function keep(entry) {
  await put({ ...entry, state: WAITING, problems: [], saved_at: Date.now() });
  await showBadge();
}

async function drop(uuid) {
  await forget(uuid);
  await showBadge();
}

// A token of the session that is open now: the one the form was filled in with may be long gone.
async function freshToken() {
  const answer = await fetch("/visits/token", { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    return null;
  }
  const { token, account: mine } = await answer.json();
  return { token, account: String(mine) };
}

async function post(entry, pass, later) {
  const body = new URLSearchParams(entry.fields);
  body.set("csrf_token", pass.token);
  const headers = { Accept: "application/json", "X-CSRFToken": pass.token };
  if (later) {
    headers["X-Sent-Later"] = "yes";
  }
  return fetch(entry.address, { method: "POST", headers, body });
}

// What became of it: received, refused, or waiting (with the reason it waits).
async function send(uuid, { later = true } = {}) {
  const entry = await find(uuid);
  let answer;
  try {
    const pass = await freshToken();
    if (!pass) {
      return { state: WAITING, why: "sign_in" };
    }
    if (pass.account !== entry.account) {
      return { state: WAITING, why: "another" };
    }
    answer = await post(entry, pass, later);
  } catch {
    return { state: WAITING, why: "offline" };
  }
  const content = await answer.json().catch(() => null);
  if (answer.ok && content?.visit) {
    await drop(entry.uuid);
    document.querySelector("[data-outbox-sent]")?.removeAttribute("hidden");
    return { state: "received", location: content.location };
  }
  if (answer.status >= 500 || [401, TOO_BUSY].includes(answer.status) || !content) {
    return { state: WAITING, why: answer.status === 401 ? "sign_in" : "busy" };
  }
  await put({ ...entry, state: REFUSED, problems: content.problems || [content.message] });
  await showBadge();
  return { state: REFUSED, status: answer.status };
}

// One page at a time: two tabs must not send the same entry side by side.
function alone(act) {
  return navigator.locks ? navigator.locks.request(DATABASE, act) : act();
}

async function sendAll() {
  const mine = (await all()).filter((entry) => entry.state === WAITING && entry.account === account);
  if (!account || mine.length === 0) {
    return;
  }
  await alone(async () => {
    for (const { uuid } of mine) {
      const entry = await find(uuid);
      if (entry?.state === WAITING) {
        const { state } = await send(uuid);
        if (state === WAITING) {
          return;
        }
      }
    }
  });
}

globalThis.circleOutbox = { account, drop, find, keep, send: (uuid, how) => alone(() => send(uuid, how)) };

// The list of /visits/outbox.
const list = document.querySelector("[data-outbox-list]");

function subject(entry) {
  const named = Object.fromEntries(entry.fields);
  const correction = entry.address.match(/visits\/(\d+)\/edit/);
  if (correction) {
    return list.dataset.correction.replace("{number}", correction[1]);
  }
  return named.task
    ? list.dataset.ofTask.replace("{number}", named.task)
    : list.dataset.ofResident.replace("{number}", named.resident);
}

function button(text, look, act) {
  const made = Object.assign(document.createElement("button"), {
    type: "button",
    className: `btn ${look}`,
    textContent: text,
  });
  made.addEventListener("click", act);
  return made;
}

function formAddress(entry) {
  const named = Object.fromEntries(entry.fields);
  const page = entry.address.endsWith("/edit") ? entry.address : list.dataset.new;
  const query = new URLSearchParams({ draft: entry.uuid });
  if (named.task) {
    query.set("task", named.task);
  } else if (named.resident) {
    query.set("resident", named.resident);
  }
  return `${page}?${query}`;
}

function line(entry) {
  const item = Object.assign(document.createElement("li"), { className: "line" });
  const words = list.dataset;
  const state = entry.account !== account ? words.another : words[entry.state];
  const head = document.createElement("p");
  head.append(
    Object.assign(document.createElement("strong"), { textContent: subject(entry) }),
    ` · ${new Date(entry.saved_at).toLocaleString(document.documentElement.lang)} · ${state}`,
  );
  item.append(head);
  for (const problem of entry.problems) {
    item.append(Object.assign(document.createElement("p"), { className: "error", textContent: problem }));
  }
  if (entry.account === account) {
    const acts = Object.assign(document.createElement("div"), { className: "kept-acts" });
    acts.append(
      button(words.mend, "btn-primary", () => location.assign(formAddress(entry))),
      button(words.send, "btn-quiet", () => globalThis.circleOutbox.send(entry.uuid)),
      button(words.delete, "btn-quiet", () => confirm(words.sure) && drop(entry.uuid)),
    );
    item.append(acts);
  }
  return item;
}

if (list) {
  document.addEventListener("outbox:changed", ({ detail: entries }) => {
    list.replaceChildren(...entries.map(line));
    document.querySelector("[data-outbox-empty]").hidden = entries.length > 0;
  });
}

// The empty form for a stairwell without signal, with what it needs to look and work as it should;
// renewed once a day and when another person signs in.
async function keepShell() {
  const edition = `${account} ${new Date().toDateString()} ${document.documentElement.lang} ${badge.dataset.edition}`;
  if (!("serviceWorker" in navigator) || !account) {
    return;
  }
  await navigator.serviceWorker.register("/sw.js", { scope: "/visits/" });
  if (localStorage.getItem("shell") === edition) {
    return;
  }
  const answer = await fetch("/visits/shell", { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const parts = page.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src]");
  const addresses = [...parts].map((part) => part.getAttribute("href") || part.getAttribute("src"));
  const kept = await caches.open("circle-visits");
  await kept.put("/visits/shell", answer);
  await kept.addAll(new Set(addresses)); // it refuses an address named twice
  localStorage.setItem("shell", edition);
}

if (badge && "indexedDB" in globalThis) {
  const tryNow = () => sendAll().catch(() => {});
  showBadge().then(tryNow);
  keepShell().catch(() => {});
  window.addEventListener("online", tryNow);
  document.addEventListener("visibilitychange", () => document.hidden || tryNow());
  setInterval(tryNow, RETRY_MILLISECONDS);
}
