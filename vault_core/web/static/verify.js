// A certificate that is chosen, or dropped anywhere on the page, is verified at once.
const form = document.querySelector(".drop form");
const input = document.querySelector("#file");
const place = document.querySelector(".drop");
for (const hint of document.querySelectorAll(".with-script")) hint.hidden = false;

input.addEventListener("change", () => form.requestSubmit());
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("dragleave", () => place.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  if (event.dataTransfer.files.length === 0) return;
  input.files = event.dataTransfer.files;
  form.requestSubmit();
});
