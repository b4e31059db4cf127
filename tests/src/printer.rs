//! A label printer at a real socket, with the moods that printers have.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How a printer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything and says how it is.
    Ready,
    /// Takes everything and never says a word.
    Silent,
    /// Says that it has no labels left.
    PaperOut,
    /// Takes a few bytes at a time.
    Slow,
    /// Says that it is ready, takes the first bytes of a label and goes away.
    GoesAway,
}

/// What a printer answers to `~HS`, with the flag for paper.
fn status(paper_out: u8) -> String {
    format!(
        "\u{2}030,{paper_out},0,0203,000,0,0,0,000,0,0,0\u{3}\r\n\u{2}000,0,0,0,0,2,6,0,00000000,1,000\u{3}\r\n\u{2}1234,0\u{3}\r\n"
    )
}

/// A printer that is switched on.
#[derive(Debug)]
pub struct Printer {
    /// Where it is, as `tsela print --printer` takes it.
    pub address: String,
    taken: Arc<Mutex<Vec<u8>>>,
}

impl Printer {
    /// Switches one on.
    ///
    /// # Panics
    /// If no port is free.
    pub fn on(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("tcp://{}", listener.local_addr().expect("it has an address"));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let memory = Arc::clone(&memory);
                thread::spawn(move || serve(stream, mood, &memory));
            }
        });
        Self { address, taken }
    }

    /// Returns an address where a printer was, and is no more.
    ///
    /// # Panics
    /// If no port is free.
    pub fn off() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("tcp://{}", listener.local_addr().expect("it has an address"))
    }

    /// Returns the labels it has got, without the questions how it is.
    ///
    /// # Panics
    /// If it was sent something that is not text.
    pub fn labels(&self) -> String {
        let taken = self.taken.lock().expect("no printer panics").clone();
        String::from_utf8(taken).expect("ZPL is text").replace("~HS\r\n", "")
    }
}

fn serve(mut stream: TcpStream, mood: Mood, memory: &Mutex<Vec<u8>>) {
    let mut part = [0; 4096];
    let mut asked = 0;
    let room = if mood == Mood::Slow { 16 } else { part.len() };
    loop {
        let Ok(read @ 1..) = stream.read(&mut part[..room]) else { return };
        let mut taken = memory.lock().expect("no printer panics");
        taken.extend(&part[..read]);
        let questions = taken.windows(3).filter(|bytes| bytes == b"~HS").count();
        drop(taken);
        if mood == Mood::Slow {
            thread::sleep(Duration::from_millis(5));
        }
        if questions > asked && mood != Mood::Silent {
            asked = questions;
            let answer = status(u8::from(mood == Mood::PaperOut));
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        } else if mood == Mood::GoesAway && asked > 0 {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}
