// The visit form: what is asked follows from what was answered, and nothing typed gets lost.

const form = document.querySelector("[data-visit]");
const outbox = globalThis.circleOutbox;
const fields = (name) => [...form.querySelectorAll(`[name="${name}"]`)];
const query = new URLSearchParams(location.search);

const chosen = (options) => options.find((option) => option.checked)?.value || "";
const isTicked = ([box]) => box.checked;
// field, the field it follows from, when it is asked
const FOLLOWING = [
  ["status_since", "work_status", (options) => chosen(options) !== ""],
  ["next_on", "next_step", (options) => chosen(options) !== "none"],
  ["refusal_reasonable", "refusal_reason", ([list]) => list.value !== ""],
  ...["job_kind", "job_employer", "job_occupation", "job_started_on", "job_pay"].map((name) => [
    name,
    "job_begun",
    isTicked,
  ]),
];

function follow() {
  const reached = chosen(fields("reached")) !== "no";
  form.querySelector("[data-reached]").disabled = !reached;
  for (const [asked, first, answered] of FOLLOWING) {
    for (const field of fields(asked)) {
      field.closest(".field").hidden = !answered(fields(first));
    }
  }
}

// A number made here, so that a second try of the same form is the same visit.
function fillShell() {
  if (!form.hasAttribute("data-shell")) {
    return;
  }
  fields("task")[0].value = query.get("task") || "";
  fields("resident")[0].value = query.get("resident") || "";
  fields("visited_on")[0].value = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
  fields("uuid")[0].value = newNumber();
}

function newNumber() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function answers() {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token");
}

// An entry of the outbox opened again: what it held stands in the form, under its own number.
async function fillDraft() {
  const draft = query.get("draft") && (await outbox?.find(query.get("draft")));
  if (!draft || draft.account !== outbox.account) {
    return;
  }
  const held = new Map();
  for (const [name, value] of draft.fields) {
    held.set(name, [...(held.get(name) || []), value]);
  }
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf_token") {
      continue;
    }
    const values = held.get(field.name) || [];
    if (["radio", "checkbox"].includes(field.type)) {
      field.checked = values.includes(field.value);
    } else {
      field.value = values[0] ?? "";
    }
  }
}

function showKept() {
  const kept = document.querySelector("[data-kept]");
  for (const part of document.querySelectorAll("[data-until-kept]")) {
    part.hidden = true;
  }
  kept.hidden = false;
  kept.focus();
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  const entry = {
    uuid: fields("uuid")[0].value,
    account: fields("account")[0].value,
    address: new URL(form.action).pathname,
    fields: answers(),
  };
  try {
    await outbox.keep(entry);
  } catch {
    form.submit(); // no database in this browser: send it as any form
    return;
  }
  const { state, why, location: next } = await outbox.send(entry.uuid, { later: false });
  if (state === "received") {
    form.dataset.received = "yes";
    location.assign(next);
  } else if (why === "sign_in") {
    location.assign("/visits/outbox"); // by way of signing in
  } else if (state === "refused" && !form.hasAttribute("data-shell")) {
    form.submit(); // the page that comes back shows every problem beside its field
  } else {
    showKept();
  }
}

// Coming back to a form whose visit was received needs a new number, or a second visit would be
// taken for the first.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted && form?.dataset.received) {
    location.reload();
  }
});

if (form) {
  fillShell();
  await fillDraft();
  follow();
  form.addEventListener("change", follow);
  if (outbox) {
    form.addEventListener("submit", submit);
  }
}
