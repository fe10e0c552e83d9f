// A slider in place of the choice of hours: each stop says what was reckoned for it, and asks the server for nothing.

const choice = document.getElementById("chosen");
const slider = document.getElementById("slider");
const told = document.getElementById("expected");
const rows = document.getElementById("by-hours").rows;

function show() {
  const option = choice.options[Number(slider.value)];
  choice.selectedIndex = option.index;
  told.textContent = option.dataset.said;
  slider.setAttribute("aria-valuetext", option.text);
  for (const row of rows) row.classList.toggle("chosen", row.rowIndex - 1 === option.index);
}

slider.value = String(choice.selectedIndex);
slider.addEventListener("input", show);
show();
document.getElementById("choose").hidden = true;
document.getElementById("slides").hidden = false;
