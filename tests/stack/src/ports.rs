//! Ports: the edge's is the viewer's and fixed; the others are whatever is free.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Result, anyhow, bail};

/// Fails with what to do when somebody else holds `address`. Port 0 is replaced by a free one.
pub(crate) fn claim(address: SocketAddr) -> Result<SocketAddr> {
    match TcpListener::bind(address) {
        Ok(listener) => Ok(listener.local_addr()?),
        Err(taken) if taken.kind() == ErrorKind::AddrInUse => {
            bail!(
                "{address} is taken by another program; stop that program, or choose another port with EDGE_LISTEN=127.0.0.1:8080 make up"
            )
        }
        Err(denied) if denied.kind() == ErrorKind::PermissionDenied => {
            bail!(
                "this user may not listen on {address}; choose a port above 1023 with EDGE_LISTEN=127.0.0.1:8080 make up"
            )
        }
        Err(other) => Err(anyhow!(other).context(format!(
            "{address} can't be listened on; choose another with EDGE_LISTEN"
        ))),
    }
}

/// A loopback port that nobody listens on now.
pub fn free() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
