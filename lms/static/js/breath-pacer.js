// A circle that grows and shrinks with the breath, and says so in words. The words of the exercise stand beside it anyway.
class BreathPacer extends HTMLElement {
  connectedCallback() {
    this.pulse = this.add("div", "pulse");
    this.pulse.setAttribute("aria-live", "polite");
    this.count = this.add("p", "count");
    this.button = this.add("button", "btn ghost");
    this.button.type = "button";
    this.button.addEventListener("click", () => (this.timer ? this.stop("") : this.start()));
    this.stop("");
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  add(tag, className) {
    const element = document.createElement(tag);
    element.className = className;
    return this.appendChild(element);
  }

  start() {
    this.round = 0;
    this.button.textContent = this.dataset.stopText;
    this.next("in");
  }

  stop(text) {
    clearTimeout(this.timer);
    this.timer = null;
    this.className = "";
    this.style.setProperty("--seconds", "1s");
    this.pulse.textContent = text;
    this.count.textContent = "";
    this.button.textContent = this.dataset.startText;
  }

  next(phase) {
    if (phase === "in") {
      this.round += 1;
      if (this.round > Number(this.dataset.rounds)) return this.stop(this.dataset.doneText);
      this.count.textContent = this.dataset.roundText.replace("%d", this.round);
    }
    const seconds = Number(this.dataset[phase]);
    const following = { in: "hold", hold: "out", out: "in" }[phase];
    if (!seconds) return this.next(following);
    this.className = phase;
    this.style.setProperty("--seconds", `${seconds}s`);
    this.pulse.textContent = this.dataset[phase + "Text"];
    this.timer = setTimeout(() => this.next(following), seconds * 1000);
  }
}

customElements.define("breath-pacer", BreathPacer);
