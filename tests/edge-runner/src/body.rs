//! Bodies between the socket and the components.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::format_err;

/// What a component answers with.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, wasmtime::Error>;

/// A body whose bytes are known.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> AnswerBody {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Passes a body on while counting it, and keeps the request's turn until the last byte.
pub(crate) struct CountedBody<B, E> {
    inner: B,
    remaining: u64,
    too_long: fn() -> E,
    _turn: Option<OwnedSemaphorePermit>,
}

impl<B, E> CountedBody<B, E> {
    pub(crate) fn new(
        inner: B,
        limit: u64,
        too_long: fn() -> E,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            inner,
            remaining: limit,
            too_long,
            _turn: turn,
        }
    }
}

impl<B: Body<Data = Bytes, Error = E> + Unpin, E> Body for CountedBody<B, E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            match this.remaining.checked_sub(data.len() as u64) {
                Some(remaining) => this.remaining = remaining,
                None => return Poll::Ready(Some(Err((this.too_long)()))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

pub(crate) fn answer_too_long() -> wasmtime::Error {
    format_err!("the answer exceeds the body limit")
}
