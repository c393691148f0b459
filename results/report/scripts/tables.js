// Sorting by any column, and filters over all tables.
"use strict";
{
  const value = (row, column) => {
    const entry = row.cells[column];
    return entry.classList.contains("number") ? Number(entry.dataset.key ?? NaN) : entry.textContent.trim();
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));

  const sort = (table, header) => {
    const column = header.cellIndex;
    const descending = header.ariaSort === "ascending";
    for (const other of header.parentNode.cells) other.ariaSort = "none";
    header.ariaSort = descending ? "descending" : "ascending";
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => {
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b); // no value: last
      return descending ? compare(b, a) : compare(a, b);
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const header of table.tHead.rows[0].cells) {
      header.firstElementChild.addEventListener("click", () => sort(table, header));
    }
  }

  const chosen = (name) => document.getElementById(`filter-${name}`)?.value ?? "";
  const fits = (choice, value) => ["", value].includes(choice);
  const filter = () => {
    const text = chosen("text").trim().toLowerCase();
    const [scenario, information, track] = ["scenario", "information", "track"].map(chosen);
    let shown = 0;
    let total = 0;
    for (const section of document.querySelectorAll("details.scenario")) {
      let here = 0;
      for (const sheet of section.querySelectorAll(".sheet")) {
        let left = 0;
        for (const row of sheet.querySelectorAll("tbody tr")) {
          const method = row.cells[0].textContent.toLowerCase();
          row.hidden = !(method.includes(text) && fits(information, row.dataset.information));
          left += !row.hidden;
          total += 1;
        }
        sheet.hidden = !left || !fits(track, sheet.dataset.track);
        here += sheet.hidden ? 0 : left;
      }
      section.hidden = !here || !fits(scenario, section.dataset.scenario);
      if (!section.hidden) shown += here;
      if (scenario && !section.hidden) section.open = true;
    }
    document.getElementById("filter-count").textContent = shown === total ? "" : `${shown} of ${total} rows`;
  };

  const form = document.getElementById("filters");
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
}
