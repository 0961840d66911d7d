// Says while a password is typed what the portal would say once it is sent; the form works without it.
"use strict";
for (const list of document.querySelectorAll("[data-check]")) {
  const field = document.getElementById(list.dataset.field);
  const form = field.form;
  let waiting = 0, asked = 0;
  const show = (sentences) => {
    list.replaceChildren(...sentences.map((sentence) => {
      const line = document.createElement("li");
      line.textContent = sentence;
      return line;
    }));
  };
  const ask = async () => {
    const turn = ++asked;
    const about = { password: field.value };
    for (const name of ["username", "given", "family", "email"]) {
      const other = form.elements.namedItem(name);
      if (other && other.value) about[name] = other.value;
    }
    try {
      const answer = await fetch(list.dataset.check, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(about),
      });
      const told = await answer.json();
      if (answer.ok && turn === asked) show(told.is_good ? ["This password is good."] : told.problems);
    } catch {
      show([]);
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!field.value) { asked++; show([]); return; }
    waiting = setTimeout(ask, 300);
  });
}
