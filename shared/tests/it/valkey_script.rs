//! The merge script on a real server does what `merge` does.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use redis::{Client, Commands, Connection, Script};
use shared::{
    ids::{ContentId, ProfileId},
    progress::{LUA, Position, ProgressEvent, Record, arguments, keys, merge},
    valkey::PROFILE_EVENTS,
};
use uuid::Uuid;

use crate::properties::positions;

const NOW_MS: i64 = 1_800_000_000_000;
const PROFILE: ProfileId =
    ProfileId::from_uuid(Uuid::from_u128(0x0190_a2b4_0000_7000_8000_0000_0000_0001));

/// A server of our own on a socket of our own.
struct Server {
    process: Child,
    socket: PathBuf,
}

impl Server {
    fn start(name: &str) -> Self {
        let socket = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}.sock", std::process::id()));
        let mut process = Command::new("redis-server")
            .args([
                "--port",
                "0",
                "--save",
                "",
                "--appendonly",
                "no",
                "--unixsocket",
            ])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        // Valkey and Redis 7 say it in two ways: "Ready to" and "now ready to".
        let log = BufReader::new(process.stdout.take().expect("its output is piped"));
        let ready = log
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("eady to accept connections"));
        assert!(ready, "redis-server ended before it was ready");
        Self { process, socket }
    }

    fn connect(&self) -> Connection {
        let client =
            Client::open(format!("redis+unix://{}", self.socket.display())).expect("a socket path");
        client.get_connection().expect("the server is ready")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already is what we want.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn write(connection: &mut Connection, content: ContentId, position: &Position) -> (bool, u64) {
    let script = Script::new(LUA);
    let mut call = script.prepare_invoke();
    for key in keys(PROFILE) {
        call.key(key);
    }
    for argument in arguments(PROFILE, content, position, NOW_MS) {
        call.arg(argument);
    }
    call.invoke(connection).expect("the script runs")
}

#[test]
fn the_script_merges_as_the_function_does() {
    let server = Server::start("merge");
    let mut connection = server.connect();
    let [hash, stream, _] = keys(PROFILE);
    let mut runner = TestRunner::deterministic();
    let histories = proptest::collection::vec(positions(), 1..10);
    let (mut wins, mut rev) = (0, 0);
    for n in 0..200 {
        let content = ContentId::from_uuid(Uuid::from_u128(n));
        let history = histories
            .new_tree(&mut runner)
            .expect("a history")
            .current();
        let mut winner: Option<Position> = None;
        for position in history {
            let expected = winner.is_none_or(|stored| position.beats(&stored));
            winner = Some(winner.map_or(position, |stored| *merge(&stored, &position)));
            let (won, now_rev) = write(&mut connection, content, &position);
            assert_eq!(won, expected, "{position:?} against {winner:?}");
            wins += u64::from(won);
            rev += u64::from(won);
            assert_eq!(now_rev, rev);
        }
        let stored: String = connection
            .hget(&hash, content.to_string())
            .expect("it is stored");
        let stored: Record = serde_json::from_str(&stored).expect("a record");
        assert_eq!(Some(stored.position()), winner);
        assert_eq!(stored.u, NOW_MS);
    }
    let length: u64 = redis::cmd("XLEN")
        .arg(&stream)
        .query(&mut connection)
        .expect("a stream");
    assert_eq!(length, wins);
    let ttl: i64 = connection.ttl(&hash).expect("it expires");
    assert!((1..=2_592_000).contains(&ttl), "{ttl}");
}

#[test]
fn a_winning_write_is_announced_and_a_losing_one_is_not() {
    let server = Server::start("events");
    let (mut connection, mut listener) = (server.connect(), server.connect());
    let mut events = listener.as_pubsub();
    events.subscribe(PROFILE_EVENTS).expect("subscribed");
    let mut runner = TestRunner::deterministic();
    let position = positions()
        .new_tree(&mut runner)
        .expect("a position")
        .current();
    let content = ContentId::from_uuid(Uuid::from_u128(1));
    let later = Position {
        client_timestamp: position.client_timestamp + 1,
        position: 0.3,
        completed: true,
        ..position
    };
    assert_eq!(write(&mut connection, content, &position), (true, 1));
    assert_eq!(write(&mut connection, content, &position), (false, 1));
    assert_eq!(write(&mut connection, content, &later), (true, 2));
    for (expected, rev) in [(position, 1), (later, 2)] {
        let message: String = events
            .get_message()
            .expect("a message")
            .get_payload()
            .expect("a text");
        let event: ProgressEvent = serde_json::from_str(&message).expect("an event");
        let heard = Position {
            position: event.position,
            duration: event.duration,
            client_timestamp: event.client_timestamp,
            device: event.device,
            completed: event.completed,
        };
        assert_eq!((heard, event.rev), (expected, rev));
        assert_eq!((event.profile, event.content_id), (PROFILE, content));
    }
}
