// The CMS saves a form by itself half a second after the last key. A button that is pressed in that moment would send
// the form a second time beside it: two pages of one address, or a draft beside what was just published. It waits.
const UNTIL_SAVED = 10_000; // milliseconds, after which the button is obeyed all the same
let saving = false;
let waiting = null;

function send() {
  if (saving || !waiting) return;
  const { form, button } = waiting;
  waiting = null;
  if (button?.name) {
    // The CMS disables a button that was pressed, and a disabled one is not sent.
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: button.name, value: button.value });
    form.append(chosen);
  }
  form.requestSubmit();
}

function settled() {
  saving = false;
  setTimeout(send); // what was typed meanwhile is saved first: that save begins before this
}

document.addEventListener("w-autosave:save", (event) => {
  saving = !event.defaultPrevented;
});
for (const end of ["success", "error", "deactivated"]) document.addEventListener(`w-autosave:${end}`, settled);

document.addEventListener(
  "submit",
  (event) => {
    if (!saving || !event.target.matches("[data-edit-form]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!waiting) setTimeout(settled, UNTIL_SAVED);
    waiting = { form: event.target, button: event.submitter };
  },
  true,
);
