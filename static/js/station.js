/* Improvements only: every page works without this file. */
(() => {
  "use strict";

  // A form is sent once; the server refuses the second one anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // Menus close on Escape and on a click elsewhere.
  const close = (except) =>
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  document.addEventListener("click", (event) => close(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    close();
    open?.querySelector("summary").focus();
  });

  // A chosen file says its name and size; a list that filters on change; a page that prints.
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-file]");
    if (field && event.target.files) {
      field.querySelector("[data-file-chosen]").textContent = [...event.target.files]
        .map((file) => `${file.name} · ${(file.size / 1048576).toFixed(2)} MB`)
        .join(",");
    }
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // Fragments fetched by htmx carry the same token as forms.
  document.addEventListener("htmx:config:request", (event) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    const headers = event.detail.ctx?.request?.headers;
    if (token && headers) headers["X-CSRFToken"] = token.value;
  });
})();
