// A button that copies what stands in the element it names. Where the browser keeps the clipboard
// to itself, as without https, the text is marked instead, ready for the hand.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) {
    return;
  }
  const source = document.getElementById(button.dataset.copies);
  getSelection().selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = button.dataset.copied;
  } catch {
    source.focus?.();
  }
});
