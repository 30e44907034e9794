// Without signal the visit form still opens: its empty shell, and the sheets and scripts it needs.
// Nothing about anybody is kept here; pages always come from the network where there is one.

const CACHE = "circle-visits";
const SHELL = "/visits/shell";
// A correction starts from what was recorded, so it has no empty form.
const FORM = "/visits/new";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function shell(request) {
  try {
    return await fetch(request);
  } catch (failure) {
    const kept = await caches.match(SHELL);
    if (kept) {
      return kept;
    }
    throw failure;
  }
}

async function part(request) {
  try {
    return await fetch(request);
  } catch (failure) {
    const kept = await (await caches.open(CACHE)).match(request, { ignoreSearch: true });
    if (kept) {
      return kept;
    }
    throw failure;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) {
    return;
  }
  if (request.mode === "navigate" && address.pathname === FORM) {
    event.respondWith(shell(request));
  } else if (address.pathname.startsWith("/static/")) {
    event.respondWith(part(request));
  }
});
