// Saves a note that was typed and not saved when its reader leaves by another way: another form of the page (its language,
// the next step), a link, a tab that is closed. The form's own button works as without this.
class KeepNote extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.text = this.form.elements.namedItem("text");
    this.saved = this.text.defaultValue;
    document.addEventListener("submit", (event) => this.before(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.isUnsaved() && this.save());
  }

  isUnsaved() {
    return this.text.value !== this.saved;
  }

  async save() {
    const { value } = this.text;
    const body = new URLSearchParams(new FormData(this.form));
    try {
      const headers = { Accept: "application/json" };
      const signal = AbortSignal.timeout(3000);
      const response = await fetch(this.form.action, { method: "POST", body, headers, signal, keepalive: true });
      if (response.status === 204) this.saved = value;
    } catch {} // out of reach: the next way out tries once more
  }

  // The other form waits for the note, since its answer may be this page again. Each note of the page does so in turn.
  async before(event) {
    const { target, submitter } = event;
    if (target === this.form) this.saved = this.text.value;
    if (event.defaultPrevented || !this.isUnsaved()) return;
    event.preventDefault();
    if (this.isLeaving) return; // pressed once more meanwhile
    this.isLeaving = true;
    await this.save();
    this.isLeaving = false;
    this.saved = this.text.value; // what could not be saved within three seconds holds nobody up
    target.requestSubmit(submitter);
  }
}

customElements.define("keep-note", KeepNote);
