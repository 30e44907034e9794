// The queue: tick every post of the page that has nothing to look at.

const button = document.querySelector("[data-ticks-all]");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const ticks = [...button.form.querySelectorAll("input[name=posts]")];
    const all = ticks.every((tick) => tick.checked);
    for (const tick of ticks) {
      tick.checked = !all;
    }
  });
}
