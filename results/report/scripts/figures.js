// Figures: plotly draws the panels; choices and legends are ordinary controls, so that a keyboard reaches them.
"use strict";
{
  const touch = matchMedia("(pointer: coarse)").matches; // a finger scrolls the page; it does not zoom a figure
  const CONFIG = {
    responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover",
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
  };
  const SYMBOLS = { circle: '<circle cx="12" cy="6" r="4"/>', diamond: '<path d="M12 1l5 5-5 5-5-5z"/>' };
  const DASHES = { dash: "5 3", dot: "2 2", dashdot: "5 2 2 2" };
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;

  // The colour that a name such as var(--online) or var(--online)/0.2 has in the present theme.
  const colour = (name) => {
    const [variable, alpha] = name.split("/");
    probe.style.color = variable;
    const found = getComputedStyle(probe).color;
    return alpha ? found.replace("rgb(", "rgba(").replace(")", `, ${alpha})`) : found;
  };
  const themed = (value) => {
    if (typeof value === "string") return value.startsWith("var(") ? colour(value) : value;
    if (Array.isArray(value)) return value.map(themed);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, themed(one)]));
    }
    return value;
  };

  const axis = { gridcolor: "var(--line)", zeroline: false, linecolor: "var(--edge)", ticks: "" };
  const layout = (own) => themed({
    ...own,
    xaxis: { ...axis, ...own.xaxis },
    yaxis: { ...axis, ...own.yaxis },
    margin: { l: 60, r: 14, t: 14, b: 48, ...own.margin },
    font: { color: "var(--ink)", family: "system-ui, sans-serif", size: 13 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: "var(--raised)", bordercolor: "var(--edge)", font: { color: "var(--ink)" } },
    showlegend: false,
    hovermode: "closest",
    dragmode: touch ? false : "zoom",
  });

  const swatch = ({ colour: stroke, dash, symbol }) => {
    const line = dash ? `<path d="M0 6h24" fill="none" stroke-width="2" stroke-dasharray="${DASHES[dash] ?? ""}"/>` : "";
    const [shape, fill] = (symbol ?? "").split("-");
    const mark = `<g ${fill === "open" ? 'fill="none" stroke-width="2"' : ""}>${SYMBOLS[shape] ?? ""}</g>`;
    return `<svg width="24" height="12" aria-hidden="true" style="stroke:${stroke};fill:${stroke}">${line}${mark}</svg>`;
  };

  class Figure {
    constructor(element, data) {
      this.data = data;
      this.hidden = new Set();
      this.panels = element.querySelector(".panels");
      this.choice = element.querySelector("select");
      this.choice?.addEventListener("change", () => this.draw());
      element.querySelector(".legend").append(...data.legend.map((entry) => this.button(entry)));
      document.addEventListener("themechange", () => this.draw());
      this.draw();
    }

    button(entry) {
      const made = document.createElement("button");
      made.type = "button";
      made.ariaPressed = "true";
      made.innerHTML = swatch(entry);
      made.append(entry.name);
      for (const event of ["mouseenter", "focus"]) made.addEventListener(event, () => this.highlight(entry.name, made));
      for (const event of ["mouseleave", "blur"]) made.addEventListener(event, () => this.highlight(null));
      made.addEventListener("click", () => {
        const gone = this.hidden.delete(entry.name) ? false : this.hidden.add(entry.name);
        made.ariaPressed = String(!gone);
        this.draw();
      });
      return made;
    }

    // What the pointer or the keyboard rests on stands out. A finger rests on nothing.
    highlight(name, button) {
      if (touch || (button && !button.matches(":hover, :focus-visible"))) return;
      this.front = name;
      this.draw();
    }

    draw() {
      const { panels } = this.data.variants[this.choice?.value ?? 0];
      this.panels.classList.toggle("many", panels.length > 1);
      while (this.panels.children.length > panels.length) this.panels.lastElementChild.remove();
      while (this.panels.children.length < panels.length) this.panels.append(this.place());
      panels.forEach((panel, number) => {
        const [title, plot] = this.panels.children[number].children;
        title.textContent = panel.title;
        title.hidden = !panel.title;
        const traces = panel.traces.map((trace) => ({
          ...trace,
          visible: !this.hidden.has(trace.name),
          opacity: this.front && trace.name !== this.front ? 0.12 : 1,
        }));
        Plotly.react(plot, themed(traces), layout(panel.layout), CONFIG);
        plot.setAttribute("role", "img");
        plot.setAttribute("aria-label", `${this.data.title}: ${panel.title || this.data.caption}`);
      });
    }

    place() {
      const made = document.createElement("div");
      made.append(document.createElement("h4"), document.createElement("div"));
      return made;
    }
  }

  for (const data of JSON.parse(document.getElementById("figures-data").textContent)) {
    new Figure(document.querySelector(`figure[data-figure="${data.id}"]`), data);
  }
}
