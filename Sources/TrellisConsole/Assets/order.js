// Lets rows of rules be dragged to another place; the buttons "Up" and "Down" do the same without scripts.
for (const form of document.querySelectorAll("form[data-order]")) {
  const rows = [...form.querySelectorAll("tbody tr")];
  const idOf = (row) => row.querySelector("button[name=do]").value.split(":")[0];
  let dragged = null;
  rows.forEach((row, place) => {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", idOf(row));
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged || dragged === row) return;
      event.preventDefault();
      row.classList.add("over");
    });
    row.addEventListener("dragleave", () => row.classList.remove("over"));
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!dragged || dragged === row) return;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "do";
      field.value = `${idOf(dragged)}:${place}`;
      form.append(field);
      form.submit();
    });
    row.addEventListener("dragend", () => { dragged = null; });
  });
}
