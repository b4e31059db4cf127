//! A bad link: a TCP proxy in this process that delays, throttles, cuts, refuses and counts.
//!
//! `tc netem` is missing from some kernels and needs rights that a test should not have.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use rand_core::Rng as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// How bad the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long each piece takes in each direction, beside the others.
    pub delay: Duration,
    /// Bytes a second in each direction, shared by all connections.
    pub bytes_per_second: Option<u64>,
    /// All connections are cut again and again, after a random time between these.
    pub cut_between: Option<(Duration, Duration)>,
    /// Whether connections are taken and nothing ever comes through.
    pub black_hole: bool,
}

impl Link {
    /// Returns a link without any fault.
    pub const GOOD: Self = Self { delay: Duration::ZERO, bytes_per_second: None, cut_between: None, black_hole: false };

    /// Returns 64 kbit/s with 100 ms each way, cut every 3 to 8 seconds.
    pub const BAD: Self = Self {
        delay: Duration::from_millis(100),
        bytes_per_second: Some(8_000),
        cut_between: Some((Duration::from_secs(3), Duration::from_secs(8))),
        black_hole: false,
    };
}

/// A proxy in front of one address. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    inner: Arc<Inner>,
    listening: Mutex<Option<AbortHandle>>,
    cutting: AbortHandle,
}

#[derive(Debug)]
struct Inner {
    link: Mutex<Link>,
    up: AtomicU64,
    down: AtomicU64,
    cuts: AtomicU64,
    /// Rises with each cut; connections end when it does.
    cut: watch::Sender<u64>,
    /// Taken while a piece is on the line, one for each direction.
    lines: [tokio::sync::Mutex<()>; 2],
}

impl Proxy {
    /// Starts a proxy on a free port of loopback. `seed` decides when connections are cut.
    pub async fn start(target: SocketAddr, link: Link, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            link: Mutex::new(link),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            cut: watch::Sender::new(0),
            lines: Default::default(),
        });
        let cutting = tokio::spawn(cut_again_and_again(Arc::clone(&inner), seed)).abort_handle();
        let listening = Mutex::new(Some(listen(listener, target, Arc::clone(&inner))));
        Ok(Self { address, target, inner, listening, cutting })
    }

    /// Returns the address to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the link for what comes from now on.
    pub fn set(&self, link: Link) {
        *self.inner.link.lock().unwrap_or_else(PoisonError::into_inner) = link;
    }

    /// Cuts all connections now.
    pub fn cut(&self) {
        self.inner.cut_all();
    }

    /// Refuses connections, as a computer on which no server runs does.
    pub fn refuse(&self) {
        if let Some(listening) = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take() {
            listening.abort();
        }
        self.cut();
    }

    /// Takes connections again.
    pub async fn accept(&self) -> std::io::Result<()> {
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                // The task that was ended has not given the port back yet.
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => tokio::task::yield_now().await,
                Err(error) => return Err(error),
            }
        };
        let listening = listen(listener, self.target, Arc::clone(&self.inner));
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(listening);
        Ok(())
    }

    /// Returns the bytes taken from clients.
    pub fn bytes_up(&self) -> u64 {
        self.inner.up.load(Ordering::Relaxed)
    }

    /// Returns the bytes taken from the server.
    pub fn bytes_down(&self) -> u64 {
        self.inner.down.load(Ordering::Relaxed)
    }

    /// Returns how often connections were cut.
    pub fn cuts(&self) -> u64 {
        self.inner.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cutting.abort();
        self.refuse();
    }
}

impl Inner {
    fn link(&self) -> Link {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut_all(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
        self.cut.send_modify(|cut| *cut += 1);
    }
}

async fn cut_again_and_again(inner: Arc<Inner>, seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    loop {
        let Some((least, most)) = inner.link().cut_between else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let spread = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(0).max(1);
        tokio::time::sleep(least + Duration::from_millis(rng.next_u64() % spread)).await;
        inner.cut_all();
    }
}

fn listen(listener: TcpListener, target: SocketAddr, inner: Arc<Inner>) -> AbortHandle {
    let listening = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            connections.spawn(carry(client, target, Arc::clone(&inner)));
            while connections.try_join_next().is_some() {}
        }
    });
    listening.abort_handle()
}

async fn carry(client: TcpStream, target: SocketAddr, inner: Arc<Inner>) {
    let mut cut = inner.cut.subscribe();
    let carried = async {
        let Ok(server) = TcpStream::connect(target).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(
            pump(from_client, to_server, &inner, &inner.up, &inner.lines[0]),
            pump(from_server, to_client, &inner, &inner.down, &inner.lines[1]),
        );
    };
    tokio::select! {
        () = carried => {}
        _ = cut.changed() => {}
    }
}

/// Carries one direction. What has been read is on its way: it arrives later and in order, unless the link is cut.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    inner: &Inner,
    count: &AtomicU64,
    line: &tokio::sync::Mutex<()>,
) {
    let (sender, mut on_the_way) = tokio::sync::mpsc::channel::<(tokio::time::Instant, Vec<u8>)>(256);
    let take = async move {
        let mut buffer = [0; 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            count.fetch_add(length as u64, Ordering::Relaxed);
            let link = inner.link();
            if let Some(rate) = link.bytes_per_second {
                let _turn = line.lock().await;
                tokio::time::sleep(Duration::from_micros(length as u64 * 1_000_000 / rate.max(1))).await;
            }
            let piece = (tokio::time::Instant::now() + link.delay, buffer[..length].to_vec());
            if !link.black_hole && sender.send(piece).await.is_err() {
                break;
            }
        }
    };
    let give = async move {
        while let Some((at, piece)) = on_the_way.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(take, give);
}
