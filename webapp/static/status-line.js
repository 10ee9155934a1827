/* The status line: one polite sentence, at most one every five seconds, never over a button. */

const EVERY = 5_000;
const STAYS = 8_000;

const line = document.getElementById("status-line");
let next = "";
let timer = 0;
let saidAt = -EVERY;

export function say(sentence) {
  next = sentence;
  clearTimeout(timer);
  timer = setTimeout(() => {
    line.textContent = next;
    saidAt = performance.now();
    timer = setTimeout(() => { line.textContent = ""; }, STAYS);
  }, Math.max(0, saidAt + EVERY - performance.now()));
}
