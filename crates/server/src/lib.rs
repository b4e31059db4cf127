//! The community server: device API, web pages, roles.
