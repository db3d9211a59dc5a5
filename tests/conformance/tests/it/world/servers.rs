//! Servers that can go away: a real Valkey (or Redis), which can also come back, and HTTP ones.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::JoinHandle,
    time::Duration,
};

use axum::Router;
use tokio::sync::oneshot;

use super::process::Process;

const FIRST_PORT: u16 = 20_000;
const PORTS: u32 = 12_000;

/// An HTTP server on a runtime of its own: when it goes away, so do the connections that clients keep open.
pub(crate) struct HttpServer {
    pub(crate) port: u16,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl HttpServer {
    /// Returns once it listens.
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        listener
            .set_nonblocking(true)
            .expect("a socket can be told not to block");
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener of this runtime");
                ready.send(()).expect("somebody waits");
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.expect("serves"),
                    _ = stopped => {}
                }
            });
        });
        listening.await.expect("it listens");
        Self {
            port,
            running: Some((stop, thread)),
        }
    }

    /// Goes away: connections are closed, new ones refused.
    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            // Dropping the sender says the same.
            drop(stop);
            let _ended = thread.join();
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) struct Valkey {
    port: u16,
    process: Option<Process>,
}

/// A port for a program that binds it itself. Below the range that the system gives to others, and to nobody twice: a
/// port of that range can be taken between asking and binding.
pub(crate) fn free_port() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(101);
    (0..PORTS)
        .map(|_| begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % PORTS)
        .map(|place| FIRST_PORT + u16::try_from(place).expect("there are fewer ports"))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

impl Valkey {
    pub(crate) async fn start() -> Self {
        let mut valkey = Self {
            port: free_port(),
            process: None,
        };
        valkey.resume().await;
        valkey
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Goes away, with everything it held.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts, empty, on the same port.
    pub(crate) async fn resume(&mut self) {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
            ])
            .stdout(Stdio::null());
        self.process = Some(Process::start(&mut command));
        for _ in 0..500 {
            if self.connect().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("redis-server doesn't listen on {port}");
    }

    async fn connect(&self) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        redis::Client::open(self.url())?
            .get_multiplexed_async_connection()
            .await
    }

    /// Overwrites the first bytes of a value.
    pub(crate) async fn write_at_start(&self, key: &str, bytes: &[u8]) {
        let mut connection = self.connect().await.expect("Valkey is up");
        let mut command = redis::cmd("SETRANGE");
        command.arg(key).arg(0).arg(bytes);
        let () = command
            .query_async(&mut connection)
            .await
            .expect("the command works");
    }

    /// Runs a command.
    pub(crate) async fn run<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut connection = self.connect().await.expect("Valkey is up");
        let mut all = redis::cmd(command[0]);
        all.arg(&command[1..]);
        all.query_async(&mut connection)
            .await
            .expect("the command works")
    }
}
