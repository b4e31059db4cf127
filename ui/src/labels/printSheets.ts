/**
 * Hands sheets to the system's print dialog, each page exactly A4 and nothing else.
 *
 * The sheets and their style are in the document only while they are wanted: what says "A4 without margins" would hold
 * for every page that is printed. They stay until the person says that it is done, because some windows print after
 * `print()` has returned and tell nobody.
 */

const STYLE = `
@page { size: A4; margin: 0; }
@media screen { .label-sheets { display: none; } }
@media print {
  html, body { position: static !important; inset: auto !important; width: auto !important; height: auto !important;
    margin: 0 !important; padding: 0 !important; overflow: visible !important; background: #fff !important; }
  body > *:not(.label-sheets) { display: none !important; }
  .label-sheets { display: block; }
  .label-sheets img { display: block; width: 210mm; height: 297mm; break-after: page; break-inside: avoid;
    image-rendering: pixelated; print-color-adjust: exact; }
  .label-sheets img:last-child { break-after: auto; }
}`;

export interface Sheets {
  /** Opens the print dialog. */
  print(): Promise<void>;
  /** Takes the sheets out of the document. */
  remove(): void;
}

/** Puts sheets, PNG as data URLs, where only a printer sees them; `name` says which sheet a picture is. */
export function putSheets(pages: string[], name: (n: number) => string): Sheets {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  const box = document.createElement("div");
  box.className = "label-sheets";
  const pictures = pages.map((page, index) => {
    const picture = new Image();
    picture.src = page;
    picture.alt = name(index + 1);
    return picture;
  });
  box.append(...pictures);
  document.body.append(box);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return {
    async print() {
      // A picture that is not decoded yet prints as a white sheet.
      await Promise.allSettled(pictures.map((picture) => picture.decode()));
      window.print();
    },
    remove() {
      box.remove();
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    },
  };
}
