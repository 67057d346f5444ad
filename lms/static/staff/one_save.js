// The CMS saves a form by itself half a second after the last key. A button that is pressed in that moment would send
// the form a second time beside it: two pages of one address, or a draft beside what was just published. It waits.
// What was typed in that moment the CMS would take for saved, until the next key. It is saved next.
const UNTIL_SAVED = 10_000; // milliseconds, after which the button is obeyed all the same
const OF_A_BUTTON = /^(workflow-)?action-/;
const OF_THE_CMS = /^(csrfmiddlewaretoken|next|(loaded|overwrite)_revision_.*|comments-.*)$/;
let saving = false;
let waiting = null;
let sent = null; // what the save that travels took along
let owed = false; // whether something was typed since that no save has brought over yet

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

function written(data, name) {
  return JSON.stringify(data.getAll(name).map((value) => (value instanceof File ? [value.name, value.size] : value)));
}

// Whether a field differs from what was sent, but for those the server has set meanwhile and those of the CMS itself.
function isTypedSince(form, updates) {
  const now = new FormData(form);
  const isTyped = (name) => !(name in updates) && !OF_THE_CMS.test(name) && !OF_A_BUTTON.test(name);
  const names = new Set([...now.keys(), ...sent.keys()].filter(isTyped));
  return [...names].some((name) => written(now, name) !== written(sent, name));
}

document.addEventListener("w-autosave:save", (event) => {
  saving = !event.defaultPrevented;
  sent = event.detail.formData;
  // A button of a review has put its act into the form already, and waits: a page that saves itself acts not.
  for (const name of [...sent.keys()].filter((name) => OF_A_BUTTON.test(name))) sent.delete(name);
});
document.addEventListener("w-autosave:success", ({ target, detail }) => {
  owed = !waiting && isTypedSince(target, detail.data.field_updates ?? {});
  if (!owed) return;
  target.dispatchEvent(new CustomEvent("w-unsaved:add", { bubbles: true, cancelable: true, detail: { type: "edits" } }));
});
for (const end of ["success", "error", "deactivated"]) document.addEventListener(`w-autosave:${end}`, settled);

addEventListener("beforeunload", (event) => owed && event.preventDefault());
document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("[data-edit-form]")) return;
    owed = false; // the form takes everything along
    if (!saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!waiting) setTimeout(settled, UNTIL_SAVED);
    waiting = { form: event.target, button: event.submitter };
  },
  true,
);
