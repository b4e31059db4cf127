//! A community server with the demonstration study, as a process.

use std::{io::Read as _, net::SocketAddr, path::PathBuf, time::Instant};

use anyhow::Result;
use clap::Args;
use serde_json::json;
use tsela_core::package::demonstration_parts;
use tsela_server::{OpenOptions, ServeOptions, Server, admin::By, is_server, serve};
use tsela_sync::road::folder::FolderRoad;

/// Serves a folder, setting it up if need be.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    dir: PathBuf,
    listen: SocketAddr,
}

impl Serve {
    /// Serves until standard input ends. Prints the address and an enrolment code.
    pub fn run(&self) -> Result<()> {
        let clock = tsela_server::system_clock();
        if !is_server(&self.dir) {
            let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
            tsela_server::init(&self.dir, demonstration_parts(), "clinic", &mut rng, clock())?;
        }
        let server = Server::open_with(&self.dir, OpenOptions::default())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let options = ServeOptions { backups: false, ..ServeOptions::new(self.listen) };
            let running = serve::start(server.clone(), &options).await?;
            let code = server.make_code("field", None, "", Some(running.url()), &By::operator())?.code;
            crate::answer(&json!({ "address": running.address(), "code": code.to_string() }))?;
            tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
            Ok(running.stop().await?)
        })
    }
}

/// Takes in what lies in a folder, as a stick is taken in.
#[derive(Debug, Args)]
pub(crate) struct Import {
    dir: PathBuf,
    from: PathBuf,
}

impl Import {
    /// Imports and says how long it took.
    pub fn run(&self) -> Result<()> {
        let server = Server::open_with(&self.dir, OpenOptions::default())?;
        let road = FolderRoad::at(&self.from)?;
        let began = Instant::now();
        let import = server.import(&road)?;
        let seconds = began.elapsed().as_secs_f64();
        anyhow::ensure!(import.left.is_empty(), "{} files were left", import.left.len());
        let peak = crate::machine::peak_mib(std::process::id());
        crate::answer(&json!({
            "bundles": import.bundles, "entries": import.new_entries, "seconds": seconds, "peak_mib": peak,
        }))
    }
}
