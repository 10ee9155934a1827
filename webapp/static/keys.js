/* The keys of every page, and the dialog that lists them ("?"). Letters act only while nobody types, and can be
   switched off in the dialog (WCAG 2.1.4): the browser remembers it, as it is about this keyboard.

     <dialog id="keys"> … <input type="checkbox" data-keys-switch>   <a data-keys-open href="…">

   A key that needs something of the page (data-keys-need, a selector) is listed where that is seen. The scripts
   list-keys.js and conversations.js ask mayUseKeys() for the keys of their own. */

const OFF = "keys-off";
const GO_SECONDS = 1.5;
const TYPING = 'input:not([type="checkbox"]), textarea, select, [contenteditable]';
const PLACES = { c: "campaigns", v: "conversations", a: "audit" };

const dialog = document.getElementById("keys");
let goesUntil = 0;

function isOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function switchTo(isOn) {
  try { if (isOn) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); } catch { /* for this page only */ }
  document.documentElement.classList.toggle("keys-off", !isOn);
}

/** Whether a single key may act: switched on, no modifier, nobody types, and no dialog is open. */
export function mayUseKeys(event) {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
  return isPlain && !isOff() && !event.target.closest?.(TYPING) && !dialog?.open;
}

const isSeen = (selector) => [...document.querySelectorAll(selector)].some((each) => each.getClientRects().length > 0);

/** List the keys that act on this page, and no others. */
function fitToPage() {
  dialog.querySelectorAll("[data-keys-need]").forEach((key) => { key.hidden = !isSeen(key.dataset.keysNeed); });
  dialog.querySelectorAll("section").forEach((group) => { group.hidden = !group.querySelector("dl > div:not([hidden])"); });
}

export function openKeys() {
  if (!dialog || dialog.open) return;
  fitToPage();
  dialog.showModal();
}

function follow(link) {
  if (link) link.click();
  return Boolean(link);
}

function focusSearch() {
  const box = document.getElementById("top-search");
  if (!box?.offsetParent) return false;
  box.focus();
  box.select();
  return true;
}

const step = (name) => document.querySelector(`.time-bar [data-step="${name}"]`);

const ACTS = {
  "/": focusSearch,
  "?": () => { openKeys(); return true; },
  "[": () => follow(step("previous")),
  "]": () => follow(step("next")),
  l: () => follow(document.querySelector(".time-bar [data-live-link]")),
  g: () => { goesUntil = performance.now() + GO_SECONDS * 1000; return true; },
};

function act(key) {
  if (performance.now() < goesUntil && PLACES[key]) {
    goesUntil = 0;
    return follow(document.querySelector(`.main-menu [data-menu="${PLACES[key]}"] > a`));
  }
  return ACTS[key]?.() ?? false;
}

document.addEventListener("keydown", (event) => {
  if (!event.defaultPrevented && mayUseKeys(event) && act(event.key)) event.preventDefault();
});

document.querySelectorAll("[data-keys-open]").forEach((link) => link.addEventListener("click", (event) => {
  if (!dialog) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  openKeys();
}));

if (dialog) {
  const box = dialog.querySelector("[data-keys-switch]");
  box.checked = !isOff();
  switchTo(box.checked);
  box.addEventListener("change", () => switchTo(box.checked));
}
