/** Puts the focus into a field of the form on the page. */
export function focusField(field: string, within: ParentNode = document): void {
  const holder = within.querySelector(`[data-field="${CSS.escape(field)}"]`);
  const input = holder?.querySelector<HTMLElement>(
    "input:checked, input:not([type=hidden]), textarea, button",
  );
  input?.focus();
  holder?.scrollIntoView({ block: "center" });
}
