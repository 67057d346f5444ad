// A search field above a long list of boxes: what does not hold the typed text is hidden. What lies deeper is part of the
// item above it, so that a hit keeps the way to it in sight. What is ticked stays in sight, too.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ł", "l");

class NarrowList extends HTMLElement {
  connectedCallback() {
    this.search = this.querySelector("input[type=search]");
    if (!this.search) return;
    this.search.parentElement.hidden = false;
    this.items = [...this.querySelectorAll(".ticks-all li")].map((item) => [item, plain(item.textContent)]);
    this.search.addEventListener("input", () => this.narrow());
    // Enter would send the whole form, and with it whatever button stands first.
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }

  narrow() {
    const typed = plain(this.search.value.trim());
    let found = 0;
    for (const [item, text] of this.items) {
      item.hidden = !text.includes(typed) && !item.querySelector(":checked");
      found += !item.hidden;
    }
    this.querySelector("[role=status]").hidden = found > 0;
  }
}

customElements.define("narrow-list", NarrowList);
