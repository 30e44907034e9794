// At most so many posts are compared: the others wait until a tick is taken away.

for (const form of document.querySelectorAll("form[data-most]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const settle = () => {
    const isFull = boxes.filter((box) => box.checked).length >= Number(form.dataset.most);
    for (const box of boxes) {
      box.disabled = isFull && !box.checked;
    }
  };
  form.addEventListener("change", settle);
  window.addEventListener("pageshow", settle);
  settle();
}
