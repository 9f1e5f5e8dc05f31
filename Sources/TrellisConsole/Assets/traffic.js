// Keeps the numbers of a map and the list of requests up to date; without it the pages are reloaded.
const live = document.getElementById("live");

function showRates(rates) {
  for (const element of document.querySelectorAll("[data-rate], [data-edge]")) {
    const key = element.dataset.rate ?? element.dataset.edge;
    const [text, state] = rates[key] ?? ["0/s", "idle"];
    element.classList.remove("idle", "busy", "failing");
    element.classList.add(state);
    if (element.dataset.rate !== undefined && element.textContent !== text) element.textContent = text;
  }
}

function cell(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function showRows(rows) {
  const box = document.getElementById("requests");
  const body = box.querySelector("tbody");
  // A list that was empty has no table yet.
  if (!body) return location.reload();
  for (const [path, time, ...texts] of rows) {
    const number = Number(path.split("/").pop());
    if (number <= Number(box.dataset.last)) continue;
    box.dataset.last = number;
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const link = cell("a", time);
    link.href = path;
    head.append(link);
    row.append(head, ...texts.map((text) => cell("td", text)));
    const heads = box.querySelectorAll("thead th");
    row.querySelectorAll("td").forEach((data, index) => { data.className = heads[index + 1]?.className ?? ""; });
    body.prepend(row);
  }
  while (body.rows.length > Number(box.dataset.limit)) body.deleteRow(-1);
}

if (live?.dataset.events) {
  const events = new EventSource(live.dataset.events);
  events.onopen = () => { live.textContent = live.dataset.live; };
  events.onerror = () => { live.textContent = live.dataset.lost; };
  events.onmessage = (message) => {
    const data = JSON.parse(message.data);
    if (data.rates) showRates(data.rates);
    if (data.rows) showRows(data.rows);
  };
  addEventListener("pagehide", () => events.close());
}
