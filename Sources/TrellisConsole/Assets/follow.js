// Reads the page again every few seconds and puts the part `data-follow` in the place of the one that is shown.
for (const part of document.querySelectorAll("[data-follow]")) {
  const atEnd = () => {
    const text = part.querySelector("pre");
    if (text) text.scrollTop = text.scrollHeight;
  };
  const read = async () => {
    if (!document.hidden) {
      const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
      if (answer && answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        const hasFocus = part.contains(document.activeElement);
        if (fresh && fresh.innerHTML !== part.innerHTML) {
          part.replaceChildren(...fresh.childNodes);
          if (hasFocus) part.querySelector("[tabindex]")?.focus();
          atEnd();
        }
      }
    }
    setTimeout(read, Number(part.dataset.follow));
  };
  atEnd();
  setTimeout(read, Number(part.dataset.follow));
}
