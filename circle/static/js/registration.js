// The mini-form one question at a time. Without this script it is one page with the same questions.
//
// What is typed is kept in sessionStorage alone: it lives through a lost connection or a reload and
// is gone with the page, since the phone may be somebody else's.

{
  const DRAFT_MILLISECONDS = 2 * 60 * 60 * 1000;
  const SEND_MILLISECONDS = 30000;
  const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const NUMBER_LENGTH = 18;
  const OLD_LENGTH = 15;

  const start = () => {
    const form = document.querySelector("form[data-mini]");
    if (!form) {
      return;
    }
    const find = (selector) => form.querySelector(selector);
    const screens = [...form.querySelectorAll(".screen")];
    const draft = `circle-registration:${form.dataset.mini}`;
    let at = 0;

    // Whether the answers so far call for this screen or field.
    const isWanted = (element) => {
      const [name, value] = (element.dataset.when ?? "").split("=");
      return !name || form.querySelector(`[name="${name}"]:checked`)?.value === value;
    };
    const wanted = () => screens.filter(isWanted);

    const show = (index, { remembers = true, focuses = true } = {}) => {
      at = index;
      const screen = screens[at];
      for (const each of screens) {
        each.hidden = each !== screen;
      }
      revealFields();
      const step = screen.dataset.step;
      find("[data-steps]").hidden = step === "0";
      find("[data-step-count]").textContent = `${step} / 3`;
      find("[data-step-name]").textContent = find(`[data-step-title="${step}"]`)?.textContent ?? "";
      const path = wanted();
      find("progress").value = (path.indexOf(screen) / (path.length - 1)) * 100;
      find("[data-moves]").classList.toggle("moves-first", step === "0");
      find("[data-back]").hidden = step === "0";
      find("[data-forth]").hidden = at === screens.length - 1;
      find(".already").hidden = step !== "0";
      nameForth();
      if (remembers) {
        history.pushState({ screen: at }, "");
      }
      window.scrollTo(0, 0);
      if (focuses) {
        const target = screen.querySelector("input:not([type=radio], [type=checkbox]), select, textarea");
        (target ?? screen.querySelector("legend, h1"))?.focus({ preventScroll: true });
      }
    };

    const revealFields = () => {
      for (const part of form.querySelectorAll("div[data-when]")) {
        part.hidden = !isWanted(part);
      }
    };

    const nameForth = () => {
      const button = find("[data-forth]");
      const screen = screens[at];
      const isNeeded = screen.querySelector("[data-missing]");
      const canSkip = !isNeeded && !isAnswered(screen) && screen.dataset.step !== "0";
      button.textContent = screen.dataset.next ?? (canSkip ? button.dataset.skip : button.dataset.next);
    };

    const isAnswered = (part) =>
      [...part.querySelectorAll("input, select, textarea")].some((input) =>
        ["radio", "checkbox"].includes(input.type) ? input.checked : input.value.trim(),
      );

    const say = (question, sentence) => {
      const line = question.querySelector("[data-says]");
      line.textContent = sentence;
      line.hidden = !sentence;
      question.classList.toggle("question-wrong", Boolean(sentence));
    };

    const faultOf = (question) => {
      if (question.closest("[hidden]:not(.screen)")) {
        return "";
      }
      if (question.dataset.missing && !isAnswered(question)) {
        return question.dataset.missing;
      }
      const input = question.querySelector("input, select, textarea");
      if (input?.name === "number") {
        return faultOfNumber(input.value);
      }
      if (input?.name === "phone" && !/^(\+?86)?1[3-9]\d{9}$/.test(input.value.replace(/[\s-]/g, ""))) {
        return form.dataset.phone;
      }
      return "";
    };

    // The server checks it all again, and more; this spares a way back through the questions.
    const faultOfNumber = (typed) => {
      const number = typed.normalize("NFKC").replace(/[\s-]/g, "").replace(/[x×]/g, "X").toUpperCase();
      if (number.length === OLD_LENGTH) {
        return "";
      }
      if (number.length !== NUMBER_LENGTH) {
        return form.dataset.length.replace("{count}", number.length);
      }
      const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0);
      return "10X98765432"[sum % 11] === number[17] ? "" : form.dataset.check;
    };

    const forth = () => {
      const questions = [...screens[at].querySelectorAll("[data-question]")];
      const faults = questions.map((question) => {
        const sentence = question.querySelector("[data-says]") ? faultOf(question) : "";
        if (question.querySelector("[data-says]")) {
          say(question, sentence);
        }
        return sentence;
      });
      const first = questions[faults.findIndex(Boolean)];
      if (first) {
        first.querySelector("input, select, textarea").focus();
        return;
      }
      const next = screens.findIndex((screen, index) => index > at && isWanted(screen));
      if (next > 0) {
        show(next);
      }
    };

    const save = () => {
      const said = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
      sessionStorage.setItem(draft, JSON.stringify({ at: Date.now(), said }));
    };

    const restore = () => {
      const kept = JSON.parse(sessionStorage.getItem(draft) ?? "null");
      if (!kept || Date.now() - kept.at > DRAFT_MILLISECONDS) {
        sessionStorage.removeItem(draft);
        return;
      }
      for (const [name, value] of kept.said) {
        for (const input of form.querySelectorAll(`[name="${name}"]`)) {
          if (["radio", "checkbox"].includes(input.type)) {
            input.checked ||= input.value === value;
          } else {
            input.value = value;
          }
        }
      }
      find("[data-restored-line]").hidden = false;
    };

    const fail = (sentence) => {
      const line = find("[data-send-error]");
      line.textContent = sentence;
      line.hidden = false;
      line.scrollIntoView({ block: "center" });
    };

    const post = () =>
      fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout?.(SEND_MILLISECONDS),
      });

    // A page left open for long has lost its token; a fresh one comes with a fresh page.
    const renewToken = async () => {
      const page = parse(await (await fetch(form.action)).text());
      find("[name=csrf_token]").value = page.querySelector("[name=csrf_token]").value;
    };

    const send = async () => {
      const button = find(".send");
      if (button.disabled) {
        return;
      }
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
      find("[data-send-error]").hidden = true;
      try {
        let response = await post();
        if (response.status === 400) {
          await renewToken();
          response = await post();
        }
        const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
        if (isPage) {
          take(await response.text(), response.ok);
          return;
        }
        fail((await response.json()).message);
      } catch {
        fail(form.dataset.offline);
      }
      button.disabled = false;
      button.removeAttribute("aria-busy");
    };

    const take = (text, isReceived) => {
      const page = parse(text);
      if (isReceived) {
        sessionStorage.removeItem(draft);
      }
      document.title = page.title;
      document.querySelector("main").replaceWith(page.querySelector("main"));
      window.scrollTo(0, 0);
      start();
      document.querySelector("main h1, [data-problems]")?.focus();
    };

    find("[data-moves]").hidden = false;
    form.classList.add("one-by-one");
    for (const title of form.querySelectorAll("legend, h1")) {
      title.tabIndex = -1;
    }
    find("[data-back]").addEventListener("click", () => history.back());
    find("[data-forth]").addEventListener("click", forth);
    find("[data-forget]").addEventListener("click", () => {
      sessionStorage.removeItem(draft);
      location.reload();
    });
    form.addEventListener("input", () => {
      revealFields();
      nameForth();
      save();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input") && at < screens.length - 1) {
        event.preventDefault();
        forth();
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    for (const link of form.querySelectorAll("[data-problems] a")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        show(screenOf(form.querySelector(link.hash)));
      });
    }
    const screenOf = (element) => screens.indexOf(element.closest(".screen"));

    window.onpopstate = (event) => show(event.state?.screen ?? 0, { remembers: false });
    if ("wrong" in form.dataset) {
      save();
      const wrong = find(".question-wrong");
      show(wrong ? screenOf(wrong) : 0);
    } else {
      restore();
      history.replaceState({ screen: 0 }, "");
      show(0, { remembers: false, focuses: false });
    }
  };

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  start();
}
