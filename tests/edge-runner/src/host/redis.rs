//! `spin:redis`: a new multiplexed connection for each `open`, as on Spin, with timeouts that Spin lacks.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionInfo, FromRedisValue, IntoConnectionInfo as _,
    RedisResult as Reply, Value,
};
use wasmtime::component::{Accessor, Resource};

use super::HostData;
use super::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, Payload, RedisParameter, RedisResult,
};

/// What Spin allows one instance to hold open.
const MAX_OPEN_CONNECTIONS: usize = 1024;
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that a component opened.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct OpenConnection(MultiplexedConnection);

/// Several requests share one connection: Nagle's algorithm would hold the second back until the first is answered.
pub(super) fn without_nagle(address: &str) -> Reply<ConnectionInfo> {
    Ok(address
        .into_connection_info()?
        .set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

async fn connect(address: &str) -> Result<MultiplexedConnection, Error> {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT));
    let client = without_nagle(address)
        .and_then(redis::Client::open)
        .map_err(|_| Error::InvalidAddress)?;
    client
        .get_multiplexed_async_connection_with_config(&settings)
        .await
        .map_err(other)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of `map_err`")]
fn other(error: redis::RedisError) -> Error {
    Error::Other(error.to_string())
}

/// Nested arrays become one flat list; a double comes as text.
fn flatten(value: Value, results: &mut Vec<RedisResult>) -> Result<(), Error> {
    let unsupported = |kind: &str| {
        Err(Error::Other(format!(
            "Could not convert Redis response: {kind} is not supported"
        )))
    };
    match value {
        Value::Nil => results.push(RedisResult::Nil),
        Value::Int(number) => results.push(RedisResult::Int64(number)),
        Value::Boolean(truth) => results.push(RedisResult::Int64(truth.into())),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => {
            results.push(RedisResult::Binary(bytes));
        }
        Value::Double(number) => results.push(RedisResult::Binary(number.to_string().into_bytes())),
        Value::SimpleString(text) => results.push(RedisResult::Status(text)),
        Value::Okay => results.push(RedisResult::Status("OK".to_owned())),
        Value::Array(values) | Value::Set(values) => values
            .into_iter()
            .try_for_each(|value| flatten(value, results))?,
        Value::ServerError(error) => return Err(Error::Other(format!("Server error: {error:?}"))),
        Value::Map(_) => return unsupported("Redis Map type"),
        Value::Attribute { .. } => return unsupported("Redis Attribute type"),
        Value::VerbatimString { .. } => return unsupported("Redis string with format attribute"),
        Value::Push { .. } => return unsupported("Redis Pub/Sub types"),
        _ => return unsupported("this Redis type"),
    }
    Ok(())
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl HostData {
    async fn query<T, R: FromRedisValue>(
        accessor: &Accessor<T, Self>,
        connection: &Resource<OpenConnection>,
        command: &Cmd,
    ) -> Answer<R> {
        let mut connection = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(connection)?.0.clone())
        })?;
        Ok(command.query_async(&mut connection).await.map_err(other))
    }
}

impl Host for super::Host {}

impl HostConnection for super::Host {
    fn drop(&mut self, connection: Resource<OpenConnection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.open_connections -= 1;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HostData {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Answer<Resource<OpenConnection>> {
        let grants = accessor.with(|mut access| Arc::clone(&access.get().grants));
        if !grants.allow_list.allows(&address, "redis") {
            tracing::warn!(component = %grants.component, "a Redis address is not in allowed_outbound_hosts");
            return Ok(Err(Error::InvalidAddress));
        }
        let connection = match connect(&address).await {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let host = access.get();
            if host.open_connections >= MAX_OPEN_CONNECTIONS {
                return Ok(Err(Error::TooManyConnections));
            }
            host.open_connections += 1;
            Ok(Ok(host.table.push(OpenConnection(connection))?))
        })
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        channel: String,
        payload: Payload,
    ) -> Answer<()> {
        Self::query(accessor, &connection, &Cmd::publish(channel, payload)).await
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
    ) -> Answer<Option<Payload>> {
        Self::query(accessor, &connection, &Cmd::get(key)).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
        value: Payload,
    ) -> Answer<()> {
        Self::query(accessor, &connection, &Cmd::set(key, value)).await
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
    ) -> Answer<i64> {
        Self::query(accessor, &connection, &Cmd::incr(key, 1)).await
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        keys: Vec<String>,
    ) -> Answer<u32> {
        Self::query(accessor, &connection, &Cmd::del(keys)).await
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
        values: Vec<String>,
    ) -> Answer<u32> {
        Self::query(accessor, &connection, &Cmd::sadd(key, values)).await
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
    ) -> Answer<Vec<String>> {
        Self::query(accessor, &connection, &Cmd::smembers(key)).await
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        key: String,
        values: Vec<String>,
    ) -> Answer<u32> {
        Self::query(accessor, &connection, &Cmd::srem(key, values)).await
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        connection: Resource<OpenConnection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Answer<Vec<RedisResult>> {
        let mut full = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => full.arg(number),
                RedisParameter::Binary(bytes) => full.arg(bytes),
            };
        }
        let reply: Result<Value, Error> = Self::query(accessor, &connection, &full).await?;
        Ok(reply.and_then(|value| {
            let mut results = Vec::new();
            flatten(value, &mut results).map(|()| results)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_replies_become_one_flat_list() {
        let reply = Value::Array(vec![
            Value::Okay,
            Value::Array(vec![Value::Int(7), Value::Nil]),
            Value::Double(1.5),
            Value::BulkString(b"x".to_vec()),
        ]);
        let mut results = Vec::new();
        flatten(reply, &mut results).expect("supported");
        let shown: Vec<_> = results.iter().map(|result| format!("{result:?}")).collect();
        assert_eq!(shown.len(), 5, "{shown:?}");
        assert!(matches!(&results[0], RedisResult::Status(text) if text == "OK"));
        assert!(matches!(&results[1], RedisResult::Int64(7)));
        assert!(matches!(&results[2], RedisResult::Nil));
        assert!(matches!(&results[3], RedisResult::Binary(text) if text == b"1.5"));
    }

    #[test]
    fn maps_are_an_error_as_on_spin() {
        assert!(matches!(
            flatten(Value::Map(Vec::new()), &mut Vec::new()),
            Err(Error::Other(_))
        ));
    }
}
