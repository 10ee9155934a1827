/* Asks the browser for a passkey, and sends its answer. Pages without a passkey never do anything here.
   - a form with data-passkey ("create" or "get") gets the answer in the field that data-passkey-field names;
   - a button in .passkey-start is replaced by a sentence where no passkey can be used. */

const LATER = "Nothing happened. Press the button to try again.";

/** Why no passkey can be used here, or "". */
function obstacle(origin) {
  if (location.origin !== origin) return `Passkeys work at ${origin}. Open that address to use one.`;
  const known = window.PublicKeyCredential;
  if (!known) return "This browser cannot use passkeys.";
  return known.parseRequestOptionsFromJSON ? "" : "This browser is too old for passkeys. Update it, or use another.";
}

async function answer(form) {
  const options = JSON.parse(form.dataset.passkeyOptions);
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(credential);
}

function prepare(form) {
  const words = form.querySelector(".passkey-words");
  const field = form.elements.namedItem(form.dataset.passkeyField);
  const button = form.querySelector("button");
  const problem = obstacle(form.dataset.passkeyOrigin);
  if (problem) {
    words.textContent = problem;
    button.disabled = true;
    return;
  }
  async function ask() {
    button.disabled = true;
    words.textContent = "";
    try {
      field.value = await answer(form);
      form.submit();
    } catch (error) {
      words.textContent = error.name === "InvalidStateError" ? "This device has a passkey for your account already." : LATER;
      button.disabled = false;
    }
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  if ("passkeyAtOnce" in form.dataset) ask();
}

document.querySelectorAll("form[data-passkey]").forEach(prepare);
document.querySelectorAll(".passkey-start").forEach((start) => {
  const problem = obstacle(start.dataset.passkeyOrigin);
  if (!problem) return;
  const sentence = document.createElement("p");
  sentence.className = "soft";
  sentence.textContent = problem;
  start.replaceChildren(sentence);
});
