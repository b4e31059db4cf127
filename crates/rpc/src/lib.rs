//! Every command of the UI, declared once with its types; TypeScript is generated from it.
