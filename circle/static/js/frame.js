// What every page shares: dialogs, toasts, one submission per tap, a word when the network fails.

const TOAST_MILLISECONDS = 8000;
const PROVEN_MILLISECONDS = 5 * 60 * 1000;
const toasts = document.getElementById("toasts");
const { account } = document.body.dataset;
let provedAt = 0;

function showToast(sentence, link) {
  const line = document.createElement("div");
  line.className = "toast-line toast-danger";
  line.setAttribute("role", "alert");
  line.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  if (link) {
    const words = { href: link, target: "_blank", textContent: document.body.dataset.signIn };
    line.append(Object.assign(document.createElement("a"), words));
  }
  toasts.append(line);
}

// A refusal stays until it is closed; good news goes by itself.
new MutationObserver(() => {
  for (const line of toasts.querySelectorAll(".toast-success:not([data-timed])")) {
    line.dataset.timed = "";
    setTimeout(() => line.remove(), TOAST_MILLISECONDS);
  }
}).observe(toasts, { childList: true });
toasts.append("");

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    const dialog = closer.closest("dialog");
    dialog ? dialog.close() : closer.closest(".toast-line")?.remove();
  }
  if (event.target.closest("[data-prints]")) {
    window.print();
  }
});

// A double tap makes one submission; pages restored by the back button can submit again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("hx-post") || form.target === "_blank") {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && account && performance.now() - provedAt > PROVEN_MILLISECONDS) {
    event.preventDefault();
    sendIfSignedIn(form, event.submitter);
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// A form left open may outlive the session: asked before it is sent, so that nothing typed is lost
// to a page that says so too late.
async function sendIfSignedIn(form, submitter) {
  let proof;
  try {
    const answer = await fetch("/account/token", { headers: { Accept: "application/json" } });
    proof = answer.ok ? await answer.json() : {};
  } catch {
    showToast(document.body.dataset.offline);
    return;
  }
  if (proof.account !== account) {
    showToast(document.body.dataset.expired, "/login");
    return;
  }
  provedAt = performance.now();
  for (const field of document.querySelectorAll("input[name=csrf_token]")) {
    field.value = proof.token;
  }
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": proof.token }));
  form.requestSubmit(submitter);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) {
    event.target.form.requestSubmit();
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.target.matches("[data-closes-dialog]")) {
    event.target.closest("dialog")?.close();
    event.target.reset();
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => showToast(document.body.dataset.offline));
}

// The chosen filter may stand beyond the edge of a phone.
for (const chosen of document.querySelectorAll(".pills [aria-current]")) {
  const row = chosen.closest(".pills");
  row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
}

document.querySelector("[data-focus]")?.focus();
