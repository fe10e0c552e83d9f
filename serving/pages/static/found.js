// The form for what was found: it asks only for what goes with the code that was chosen.

const empty = (field) => {
  if (field.type === "checkbox" || field.type === "radio") field.checked = false;
  else field.value = "";
};

export function guide(form) {
  const code = form.elements.code;
  const radios = [...form.querySelectorAll("[name=kind]")];
  const likely = radios.find((radio) => radio.checked)?.value;
  const part = (name) => form.querySelector(`[data-for="${name}"]`);
  const show = (name, wanted, required) => {
    const block = part(name);
    if (!block) return;
    block.hidden = !wanted;
    for (const field of block.querySelectorAll("select, input")) {
      if (!wanted && field.type !== "radio") empty(field);
      if (field.name !== "reasons" || field.id.endsWith("-0")) field.required = Boolean(wanted && required);
    }
  };
  const follow = () => {
    const chosen = code.selectedOptions[0];
    const kinds = (chosen.dataset.kinds || "").split(" ").filter(Boolean);
    const needs = new Set((chosen.dataset.needs || "").split(" "));
    show("kind", code.value && kinds.length, true);
    for (const radio of radios) {
      radio.disabled = !kinds.includes(radio.value);
      radio.closest("label").hidden = radio.disabled;
      if (radio.disabled) radio.checked = false;
    }
    const usual = radios.find((radio) => radio.value === likely && !radio.disabled);
    if (usual && !radios.some((radio) => radio.checked)) usual.checked = true;
    show("promised_on", "promises" in chosen.dataset, needs.has("promised_on"));
    show("reasons", "spoken" in chosen.dataset, needs.has("reason"));
    show("override", needs.has("override"), true);
    reasons();
  };
  const reasons = () => {
    const asked = [...form.querySelectorAll("[name=reasons]")];
    asked.forEach((field, place) => {
      const row = field.closest("p");
      row.hidden = place > 0 && !asked[place - 1].value && !field.value;
    });
    const consent = part("consent");
    if (!consent) return;
    const needed = asked.some((field) => field.value && "consent" in field.selectedOptions[0].dataset);
    consent.hidden = !needed;
    consent.querySelector("input").required = needed;
  };
  const note = () => {
    form.elements.note.required = form.elements.override.value === "other";
  };
  code.addEventListener("change", follow);
  form.elements.override.addEventListener("change", note);
  for (const field of form.querySelectorAll("[name=reasons]")) field.addEventListener("change", reasons);
  follow();
  note();
}

export function fieldsOf(form) {
  const data = new FormData(form);
  return {
    code: data.get("code"),
    kind: data.get("kind") || "",
    happened_on: data.get("happened_on"),
    reasons: data.getAll("reasons").filter(Boolean),
    promised_on: data.get("promised_on") || "",
    do_not_contact: data.has("do_not_contact"),
    wrong: data.has("wrong"),
    override: data.get("override") || "",
    note: data.get("note").trim(),
    consent: data.has("consent"),
  };
}

export function fill(form, content) {
  const { elements } = form;
  elements.code.value = content.code;
  for (const radio of form.querySelectorAll("[name=kind]")) radio.checked = radio.value === content.kind;
  elements.happened_on.value = content.happened_on;
  elements.promised_on.value = content.promised_on || "";
  [...form.querySelectorAll("[name=reasons]")].forEach((field, n) => (field.value = content.reasons[n] || ""));
  elements.override.value = content.override;
  elements.do_not_contact.checked = content.do_not_contact;
  elements.wrong.checked = content.wrong;
  elements.note.value = content.note;
}
