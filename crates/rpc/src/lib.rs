//! Every command of the user interface, declared once with its types.
//!
//! [`schema`] holds the declarations: a command is a name, the type of its arguments and the type of its answer. A host
//! implements a trait with one method for each, so that a host that misses one does not compile; the TypeScript in
//! `ui/src/generated/rpc.ts` is generated from the same declarations by a test. There are two hosts: the field client
//! (desktop window and `tsela app`), which lives here in [`client`], and the server, which lives in `tsela-server`.

pub mod client;
pub mod handover;
pub mod schema;
pub mod typescript;
pub mod views;
pub mod web;
