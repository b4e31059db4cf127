//! Writes the declarations as one TypeScript file.

use std::{any::TypeId, collections::BTreeMap};

use ts_rs::{Config, TS, TypeVisitor};

/// Gathers commands and all types they mention.
#[derive(Default)]
pub struct Collector {
    config: Config,
    declarations: BTreeMap<String, String>,
    visited: std::collections::BTreeSet<TypeId>,
    hosts: BTreeMap<String, Vec<String>>,
}

impl Collector {
    /// Adds one command of a host.
    pub fn command<A: TS + 'static, R: TS + 'static>(&mut self, host: &str, name: &str) {
        self.add::<A>();
        self.add::<R>();
        let line = format!("  {name}: {{ args: {}; answer: {} }};", A::name(&self.config), R::name(&self.config));
        self.hosts.entry(host.to_owned()).or_default().push(line);
    }

    /// Adds a type and all it mentions.
    pub fn add<T: TS + ?Sized + 'static>(&mut self) {
        self.visit::<T>();
    }

    /// Returns the file's text.
    pub fn finish(self) -> String {
        let mut text =
            String::from("// Generated from crates/rpc/src/schema by `cargo test -p tsela-rpc`. Do not edit.\n");
        for declaration in self.declarations.values() {
            text.push_str(&format!("\nexport {declaration}\n"));
        }
        for (host, lines) in &self.hosts {
            text.push_str(&format!("\nexport type {host}Commands = {{\n{}\n}};\n", lines.join("\n")));
        }
        text
    }
}

impl TypeVisitor for Collector {
    fn visit<T: TS + ?Sized + 'static>(&mut self) {
        if !self.visited.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            self.declarations.insert(T::ident(&self.config), T::decl(&self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
