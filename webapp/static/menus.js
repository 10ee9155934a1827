/* Menus (details.menu) close on Esc and on a press outside them, one is open at a time, and "/"
   goes to the search box. Without this file menus open and close by their own button. */

const open = () => [...document.querySelectorAll("details.menu[open]")];

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
    const box = document.getElementById("top-search");
    if (box && box.offsetParent) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

function isTyping(element) {
  return element.closest("input, textarea, select, [contenteditable]") !== null;
}
