//! What happens, while a console is open.

use std::{convert::Infallible, time::Duration};

use axum::response::{Sse, sse::{Event, KeepAlive}};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

use super::{AnyError, State, guard::Admin};

/// Server-sent events: `device`, `device_removed`, `check_in`, `job`, `release`, `release_removed`, `rollout`
/// and `fleet` with the same JSON as the REST interface gives; `reload` when this listener was too slow and has to load everything again.
#[utoipa::path(get, path = "/live", tag = "hub",
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = AnyError)))]
pub(super) async fn listen(hub: State, _: Admin) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(hub.live.listen()).map(|event| {
        Ok(match event {
            Ok(event) => Event::default().event(event.kind).data(event.json),
            Err(BroadcastStreamRecvError::Lagged(_)) => Event::default().event("reload").data("{}"),
        })
    });
    // The stream ends with the hub, so that a shutdown does not wait for open consoles.
    let stop = hub.stop.clone();
    let hello = futures_util::stream::once(async { Ok(Event::default().event("hello").data("{}")) });
    let events = hello.chain(events).take_until(async move { stop.cancelled().await });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(5)))
}
