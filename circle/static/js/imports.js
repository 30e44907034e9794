// The list folds its figures away on a phone; the upload form says at once what the server would
// refuse after minutes of sending.

const MEGABYTE = 1024 * 1024;
const fresh = document.querySelector(".import-fresh");
const form = document.getElementById("import-form");

if (fresh && matchMedia("(max-width: 767px)").matches) {
  fresh.open = false;
}

if (form) {
  const { source, file } = form.elements;

  const showWhatFits = () => {
    for (const part of form.querySelectorAll("[data-only-for]")) {
      part.hidden = part.dataset.onlyFor !== source.value;
    }
  };
  const weigh = () => {
    const tooLarge = [...file.files].some((one) => one.size > file.dataset.largestMb * MEGABYTE);
    file.setCustomValidity(tooLarge ? file.dataset.tooLarge : "");
    file.reportValidity();
  };

  source.addEventListener("change", showWhatFits);
  file.addEventListener("change", weigh);
  showWhatFits();
}
