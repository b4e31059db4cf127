//! The engine that pushes and pulls, and its roads.
