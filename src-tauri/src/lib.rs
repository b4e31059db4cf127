//! The desktop shell: one window, one command, nothing else.
//!
//! Everything a page can ask for goes through [`rpc`] to the [`host`]; what it may ask, and what the answer is,
//! is decided there and is the same in a browser. A start that fails is told in the window, never by its absence.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::Parser;
use host::{Client, StartFailure};
use serde_json::Value;
use tauri::{App, Manager, State};
use tauri_plugin_window_state::StateFlags;

pub mod host;
mod notice;
mod window;

/// What can be said to the program when it is started.
#[derive(Debug, Parser)]
#[command(name = "tsela-desktop", version, about = "Tsela in a window.")]
struct Args {
    /// Folder that holds this laptop's store; by default a folder of the signed-in user of the computer.
    #[arg(long, value_name = "DIR", env = "TSELA_DIR")]
    dir: Option<PathBuf>,
}

/// Why this run could not start, if so; read once more at the end for the exit code.
#[derive(Default)]
struct Failed(OnceLock<StartFailure>);

/// Opens the window, stays until it is closed, and returns the exit code.
#[must_use]
pub fn run() -> i32 {
    let args = Args::parse();
    let kept = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_window_state::Builder::default().with_state_flags(kept).build())
        .register_uri_scheme_protocol(notice::SCHEME, |context, _request| {
            let failed = context.app_handle().state::<Failed>();
            notice::response(failed.0.get())
        })
        .invoke_handler(tauri::generate_handler![rpc])
        .manage(Failed::default())
        .setup(move |app| start(app, args.dir.as_deref()).map_err(Into::into))
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("tsela-desktop: the window could not be opened: {error}");
            return 1;
        }
    };
    let handle = app.handle().clone();
    let code = app.run_return(|_app, _event| {});
    if let Some(client) = handle.try_state::<Client>() {
        client.close();
    }
    handle.state::<Failed>().0.get().map_or(code, |failure| failure.exit_code)
}

/// The one command: hands a request to the host and its answer back, off the thread that draws the window.
///
/// # Errors
/// Only if the host panicked; a refusal is an answer like any other.
#[tauri::command]
async fn rpc(request: Value, client: State<'_, Client>) -> Result<Value, String> {
    tauri::async_runtime::spawn((client.rpc)(request)).await.map_err(|_| {
        "Tsela stopped in the middle of answering. What was saved is kept. Close the window and open it again.".into()
    })
}

fn start(app: &mut App, dir: Option<&Path>) -> tauri::Result<()> {
    match open_host(app, dir) {
        Ok(host) => {
            app.manage::<Client>(host);
            window::open(app)
        }
        Err(failure) => {
            eprintln!("tsela-desktop: {failure}");
            let failed = app.state::<Failed>();
            failed.0.get_or_init(|| failure);
            notice::open(app)
        }
    }
}

fn open_host(app: &App, dir: Option<&Path>) -> Result<Client, StartFailure> {
    let dir = match dir {
        Some(dir) => std::path::absolute(dir).map_err(|error| StartFailure::folder(dir, &error))?,
        // The local folder, not the roaming one: a store must not be copied between computers behind its back.
        None => app.path().app_local_data_dir().map_err(|_| StartFailure::no_folder())?,
    };
    std::fs::create_dir_all(&dir).map_err(|error| StartFailure::folder(&dir, &error))?;
    tauri::async_runtime::block_on(host::open(dir))
}
