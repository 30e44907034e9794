// The to-do list: the dialog of acts, the keyboard.

const dialog = document.getElementById("acts");
const body = document.getElementById("acts-body");

// One dialog serves every line: the list stays light.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-acts]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  body.replaceChildren();
  htmx.ajax("GET", opener.getAttribute("href"), { target: body, swap: "innerHTML" });
});

body.addEventListener("htmx:afterSwap", () => {
  if (!dialog.open) {
    dialog.showModal();
  }
});

// What could not be accepted goes back into the dialog, never over the line.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422 && dialog.open && !event.detail.xhr.getResponseHeader("HX-Retarget")) {
    event.detail.target = body;
    event.detail.swapOverride = "innerHTML";
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const line = event.detail.elt;
  if (line.matches?.(".todo-line, .todo-gone")) {
    line.focus();
  }
});

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  v: () => currentLine()?.querySelector("[data-visit]")?.click(),
  "/": () => document.getElementById("text")?.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "Enter" && event.target.matches(".todo-line")) {
    event.target.querySelector("[data-open]").click();
  } else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

function currentLine() {
  return document.activeElement.closest(".todo-line");
}

function step(by) {
  const lines = [...document.querySelectorAll(".todo-line")];
  const at = lines.indexOf(currentLine());
  const next = lines[at < 0 ? 0 : Math.min(Math.max(at + by, 0), lines.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
