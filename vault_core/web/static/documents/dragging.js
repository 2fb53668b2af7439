// Dragging rows onto a folder, or onto one above in the path: they move there.
import { go } from "../navigation.js";

const TYPE = "application/x-parchemin-items";

function begun(picking, event) {
  const row = event.target.closest?.("tr[data-kind]");
  if (!row) return;
  if (!row.querySelector("input[name=item]").checked) picking.only(row);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData(TYPE, JSON.stringify([...picking.names]));
  event.dataTransfer.setDragImage(row.querySelector(".name"), 10, 10);
}

function accepts(place) {
  const ours = (event) => event.dataTransfer.types.includes(TYPE);
  const targetOf = (event) => {
    const target = event.target.closest?.("[data-place]");
    return target && !target.querySelector("input:checked") ? target : null;
  };
  const main = document.querySelector("#main");
  main.addEventListener("dragover", (event) => {
    const target = ours(event) && targetOf(event);
    for (const one of main.querySelectorAll(".onto")) if (one !== target) one.classList.remove("onto");
    if (!target) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    target.classList.add("onto");
  });
  main.addEventListener("dragend", () => {
    for (const one of main.querySelectorAll(".onto")) one.classList.remove("onto");
  });
  main.addEventListener("drop", (event) => {
    const target = ours(event) && targetOf(event);
    if (!target) return;
    event.preventDefault();
    const item = JSON.parse(event.dataTransfer.getData(TYPE));
    const csrf = document.querySelector("meta[name=csrf]").content;
    go(`/move${place.dataset.folder}`, { csrf, item, to: target.dataset.place });
  });
}

export function dragging(place, form, picking) {
  form.addEventListener("dragstart", (event) => begun(picking, event));
  accepts(place);
}
