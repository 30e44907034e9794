// Calling somebody through one of their tasks, from the list, the file or a mini-form.

const words = document.getElementById("call-words").dataset;

// A telephone number comes only when it is called, and stays on the screen for those at a desk.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-calls]");
  if (!form) {
    return;
  }
  event.preventDefault();
  const button = form.querySelector("button");
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (answer.status === 401) {
      location.reload();
      return;
    }
    const said = await answer.json();
    if (answer.ok) {
      showNumbers(said.phones);
      location.href = `tel:${said.phones[0]}`;
    } else {
      toast("danger", [said.message]);
    }
  } catch {
    toast("danger", [document.body.dataset.offline]);
  } finally {
    button.removeAttribute("aria-busy");
  }
}, true);

function showNumbers(phones) {
  const links = phones.map((phone) => {
    const link = document.createElement("a");
    link.href = `tel:${phone}`;
    link.textContent = phone;
    link.className = "todo-number number";
    return link;
  });
  toast("info", [`${words.number} `, ...links]);
}

function toast(kind, parts) {
  const line = document.createElement("div");
  line.className = `toast-line toast-${kind}`;
  line.setAttribute("role", kind === "danger" ? "alert" : "status");
  const text = document.createElement("p");
  text.append(...parts);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.dataset.closes = "";
  close.setAttribute("aria-label", words.close);
  close.textContent = "×";
  line.append(text, close);
  document.getElementById("toasts").append(line);
}
