//! The link's thread: takes inputs to the machine and carries out what it says.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use openssl::error::ErrorStack;
use pingfeng_release::BlobHash;
use pingfeng_release::store::{Store, Trust};
use pingfeng_wire::topic::{self, DeviceTopic};
use pingfeng_wire::{Presence, VERSION};
use tokio::sync::{mpsc, oneshot};

use crate::api::{COMMANDS_MAX, EVENTS_HELD_MAX, EVENTS_MAX, Ignored, LinkCommand, LinkConfig, LinkEvent};
use crate::backoff::Backoff;
use crate::clock::{Clock, Now};
use crate::disk_worker::{DiskWorker, JOBS_MAX, Worker};
use crate::machine::{DiskDone, DiskJob, Input, Machine, Neighbour, OutboxJob, Output, Publish, RenewalJob, Share, Start};
use crate::neighbour::{Announcement, Server, SiteKey};
use crate::mqtt::{Connection, FromBroker, ToBroker, validity_of};
use crate::outbox::{Outbox, Seq};
use crate::transfer::Transfers;
use crate::stick::{EXPORT_RECORDS_MAX, Scanner, Stick};
use crate::renew::Credentials;
use crate::watch::Watch;

/// How long a clean end may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Sticks that came or went and were not looked at yet.
const STICKS_SAID_MAX: usize = 16;
/// Where the log says, at level debug, which records the hub has acknowledged: whoever measures how long they take
/// listens there.
pub const ACKNOWLEDGED_TARGET: &str = "pingfeng_link::acknowledged";
/// The longest sleep of the link's thread.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Starts links.
#[derive(Debug)]
pub struct Link;

/// The screen's end of a link. Dropping it ends the link like [`LinkHandle::shutdown`].
#[derive(Debug)]
pub struct LinkHandle {
    commands: mpsc::Sender<LinkCommand>,
    events: Mutex<Receiver<LinkEvent>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a link could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gave no thread or no reactor.
    #[error("the link's thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A command that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// [`COMMANDS_MAX`] wait already. Try in the next frame.
    #[error("the link has not caught up with its commands")]
    Full(LinkCommand),
    /// The link has ended.
    #[error("the link has ended")]
    Ended(LinkCommand),
}

impl Link {
    /// Starts the link on a thread of its own. A store or outbox that could not be opened is `None`: the link then
    /// reports it, and answers `Save` with `SaveFailed`.
    pub fn start(
        config: LinkConfig,
        clock: Arc<dyn Clock>,
        store: Option<Store>,
        outbox: Option<Outbox>,
    ) -> Result<LinkHandle, StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, command_queue) = mpsc::channel(COMMANDS_MAX);
        let (event_queue, events) = sync_channel(EVENTS_MAX);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("pingfeng-link".into()).spawn(move || {
            runtime.block_on(async {
                match Driver::new(config, clock, store, outbox, event_queue) {
                    Ok(driver) => driver.run(command_queue, stopped).await,
                    Err(error) => tracing::error!(error, "the link could not be started"),
                }
            });
        })?;
        Ok(LinkHandle { commands, events: Mutex::new(events), stop: Some(stop), thread: Some(thread) })
    }
}

impl LinkHandle {
    /// Gives the link a command. Never waits.
    pub fn send(&self, command: LinkCommand) -> Result<(), SendError> {
        self.commands.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(command) => SendError::Full(command),
            mpsc::error::TrySendError::Closed(command) => SendError::Ended(command),
        })
    }

    /// The next event, if there is one. Never waits.
    pub fn try_event(&self) -> Option<LinkEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok()
    }

    /// Waits for the next event; `None` when `timeout` has passed or the link has ended. For programs without frames.
    pub fn wait_event(&self, timeout: Duration) -> Option<LinkEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(timeout).ok()
    }

    /// Ends the link: says goodbye to the hub, finishes what the disk has begun, closes store and outbox. Takes at
    /// most about a second longer than the disk does.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the link's thread panicked");
        }
    }
}

impl Drop for LinkHandle {
    fn drop(&mut self) {
        self.end();
    }
}

struct Driver {
    config: LinkConfig,
    /// Who the device is at this moment; `None`: nobody.
    credentials: Option<Credentials>,
    clock: Arc<dyn Clock>,
    machine: Machine,
    outbox: Option<Outbox>,
    disk: Option<DiskWorker>,
    /// What the scanner says.
    sticks: mpsc::Receiver<Stick>,
    _scanner: Option<Scanner>,
    disk_done: mpsc::Receiver<DiskDone>,
    events: SyncSender<LinkEvent>,
    held_events: VecDeque<LinkEvent>,
    connection: Option<Connection>,
    transfers: Transfers,
    /// Gives pieces to other devices of the site, to those that have this key of it.
    server: Option<(String, Server)>,
    connected_at_ms: Option<u64>,
    connect_at_ms: u64,
    backoff: Backoff,
}

impl Driver {
    fn new(
        config: LinkConfig,
        clock: Arc<dyn Clock>,
        store: Option<Store>,
        mut outbox: Option<Outbox>,
        events: SyncSender<LinkEvent>,
    ) -> Result<Self, String> {
        let now = Now::read(&*clock);
        let mut start = Start { program: config.program.clone(), ..Start::default() };
        if let Some(identity) = &config.identity {
            start.device.clone_from(&identity.device);
            start.site.clone_from(&identity.site);
            start.certificate = validity_of(identity);
        }
        match &store {
            Some(store) => {
                start.active = store.active().cloned();
                start.rejected.clone_from(&store.pointer().rejected);
                start.confirming = match store.pointer().trust {
                    Trust::Confirming { revision, .. } => Some(revision),
                    Trust::Confirmed => None,
                };
            }
            None => start.store_error = Some("the store could not be opened".to_owned()),
        }
        if let Some(outbox) = &mut outbox {
            let said = |error: rusqlite::Error| error.to_string();
            start.newest_seq = outbox.newest().map_err(said)?;
            start.waiting = outbox.waiting();
            start.orders = outbox.orders().map_err(said)?;
            start.starts = outbox.count_start().map_err(said)?;
            start.over = outbox.over().map_err(said)?;
        } else {
            // Revisions must rise all the same; without a disk the clock has to do.
            start.starts = now.wall_ms / 1000 / 60;
        }
        let (done, disk_done) = mpsc::channel(JOBS_MAX);
        let disk = match store {
            Some(store) => {
                let group = config.identity.as_ref().map_or("", |identity| &identity.group);
                let watch = Watch::new(store.trust(), config.accept, group);
                start.trust = watch.report(&store, &*clock);
                let identity = config.identity.clone();
                let worker = Worker { store, watch, clock: clock.clone(), identity, importing: None };
                Some(DiskWorker::start(worker, done).map_err(|error| error.to_string())?)
            }
            None => None,
        };
        let credentials = config.identity.clone().map(|identity| Credentials::new(identity, config.identity_file.clone()));
        start.renewable = credentials.as_ref().is_some_and(Credentials::can_be_renewed);
        let (stick_said, sticks) = mpsc::channel(STICKS_SAID_MAX);
        let scanner = match (config.import.as_slice(), &disk) {
            ([], _) | (_, None) => None,
            // What does not fit is found again when the stick is put in again.
            (folders, Some(_)) => Scanner::start(folders.to_vec(), move |stick| drop(stick_said.try_send(stick)))
                .inspect_err(|error| tracing::error!(%error, "nobody looks for sticks"))
                .ok(),
        };
        Ok(Self {
            machine: Machine::new(start, now),
            sticks,
            _scanner: scanner,
            backoff: Backoff::new(config.seed),
            credentials,
            config,
            clock,
            outbox,
            disk,
            disk_done,
            events,
            held_events: VecDeque::new(),
            connection: None,
            transfers: Transfers::default(),
            server: None,
            connected_at_ms: None,
            connect_at_ms: now.mono_ms,
        })
    }

    async fn run(mut self, mut commands: mpsc::Receiver<LinkCommand>, mut stop: oneshot::Receiver<()>) {
        loop {
            self.connect_when_due();
            self.deliver_events();
            let sleep = self.sleep();
            let input = tokio::select! {
                _ = &mut stop => break,
                Some(command) = commands.recv() => self.command(command),
                Some(done) = self.disk_done.recv(), if self.disk.is_some() => Input::Disk(done),
                Some(stick) = self.sticks.recv() => Input::Stick(stick),
                Some(said) = said(&mut self.connection) => self.hear_broker(said),
                (id, said) = self.transfers.said(), if self.machine.has_room() => Input::Transfer { id, said },
                () = tokio::time::sleep(sleep) => Input::Tick,
            };
            self.take(input);
        }
        self.say_goodbye().await;
    }

    /// Takes an input to the machine, and what comes of it back, until nothing is left to do at once.
    fn take(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = Now::read(&*self.clock);
            for output in self.machine.handle(input, now) {
                inputs.extend(self.carry_out(output));
            }
        }
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Subscribe(topics) => self.tell_broker(ToBroker::Subscribe(topics)),
            Output::Unsubscribe(topic) => self.tell_broker(ToBroker::Unsubscribe(topic)),
            Output::Publish(publish) => self.tell_broker(ToBroker::Publish(publish)),
            Output::Disk(job) => {
                let taken = self.disk.as_ref().is_some_and(|disk| disk.give(job));
                // The machine has no more at work than the queue holds: only a thread that died refuses.
                (!taken).then_some(Input::StoreLost)
            }
            Output::Outbox(job) => self.outbox_job(job),
            Output::Renewal(job) => self.renewal_job(job),
            Output::Transfer(transfer) => {
                let identity = self.credentials.as_ref().map(Credentials::present);
                self.transfers.begin(transfer, identity.map_or("", |identity| &identity.authority_pem));
                None
            }
            Output::EndTransfer(id) => {
                self.transfers.end(id);
                None
            }
            Output::LookAround { key, release } => Some(Input::Neighbours(self.look_around(&key, release))),
            Output::Share(share) => {
                self.share(share);
                None
            }
            Output::Event(event) => {
                self.event(event);
                None
            }
        }
    }

    /// The devices of the site that have a release, as far as they are known.
    fn look_around(&self, key: &str, release: String) -> Vec<Neighbour> {
        let Some((config, key)) = self.config.neighbours.as_ref().zip(SiteKey::read(key)) else { return Vec::new() };
        let (Ok(site), Ok(release)) = (key.site_tag(), key.release_tag(&BlobHash(release))) else { return Vec::new() };
        let seen = config.neighbourhood.look().into_iter();
        let have = seen.filter(|seen| seen.site == site && seen.has.contains(&release));
        have.map(|seen| Neighbour { id: seen.id, address: seen.address }).collect()
    }

    /// Gives devices of the site what they ask for, and says so on the network; or ends that.
    fn share(&mut self, share: Option<Share>) {
        let Some(config) = &self.config.neighbours else { return };
        let before = self.server.take();
        let Some((Share { larder, key: base64 }, key)) =
            share.and_then(|share| SiteKey::read(&share.key).map(|key| (share, key)))
        else {
            return config.neighbourhood.withdraw();
        };
        // Only another key takes another server: whoever is being served goes on.
        let before = before.and_then(|(of, server)| (of == base64).then_some(server));
        let tags = || -> Result<_, ErrorStack> {
            let has = larder.releases().iter().map(|release| key.release_tag(release)).collect::<Result<_, _>>()?;
            Ok((key.site_tag()?, has))
        };
        let started = tags().map_err(std::io::Error::other).and_then(|(site, has)| {
            let server = match before {
                Some(server) => {
                    server.restock(larder.clone());
                    server
                }
                None => Server::start(config.listen, &key, larder.clone())?,
            };
            config.neighbourhood.announce(&Announcement { port: server.address().port(), site, has });
            Ok(server)
        });
        match started {
            Ok(server) => self.server = Some((base64, server)),
            Err(error) => {
                tracing::warn!(%error, "this device gives nothing to others of its site");
                config.neighbourhood.withdraw();
            }
        }
    }

    fn tell_broker(&mut self, request: ToBroker) -> Option<Input> {
        let sent = self.connection.as_ref().is_some_and(|connection| connection.send(request));
        // Whatever it was is said again later: reports every minute, records and wants after a while.
        (!sent).then_some(Input::Ignored(Ignored::OutgoingFull))
    }

    fn outbox_job(&mut self, job: OutboxJob) -> Option<Input> {
        let outbox = self.outbox.as_mut()?;
        let failed = |error: &rusqlite::Error| tracing::error!(%error, "outbox");
        match job {
            OutboxJob::Load { lane, after, up_to } => {
                let records = outbox.load(after, up_to).inspect_err(failed).unwrap_or_default();
                Some(Input::Loaded { lane, records, waiting: outbox.waiting() })
            }
            OutboxJob::Settle { stored, refused } => {
                for id in &stored {
                    tracing::debug!(target: ACKNOWLEDGED_TARGET, record = %id, "the hub has it");
                }
                // When this fails the records are sent again, and acknowledged again.
                let _ = outbox.forget(&stored).inspect_err(failed);
                let refused = outbox.refuse(&refused).inspect_err(failed).unwrap_or_default();
                Some(Input::Settled { refused, waiting: outbox.waiting() })
            }
            OutboxJob::Export { folder } => {
                let (mut records, mut after) = (Vec::new(), 0);
                while records.len() < EXPORT_RECORDS_MAX {
                    let batch = outbox.load(after, Seq::MAX).inspect_err(failed).unwrap_or_default();
                    let Some((last, _)) = batch.last() else { break };
                    after = *last;
                    records.extend(batch.into_iter().map(|(_, record)| record));
                }
                let given = self.disk.as_ref().is_some_and(|disk| disk.give(DiskJob::Carry { folder, records }));
                (!given).then_some(Input::StoreLost)
            }
            OutboxJob::RememberOrder { id } => {
                let _ = outbox.remember_order(&id).inspect_err(failed);
                None
            }
            OutboxJob::KeepOver(over) => {
                // It is shown all the same, and stated again after a start with a network.
                let _ = outbox.keep_over(&over).inspect_err(failed);
                None
            }
        }
    }

    /// A few milliseconds, some times in the life of a certificate.
    fn renewal_job(&mut self, job: RenewalJob) -> Option<Input> {
        let credentials = self.credentials.as_mut()?;
        let now = Now::read(&*self.clock);
        let done = match job {
            RenewalJob::MakeKey => credentials.make_key().map(|csr_pem| Input::KeyMade { csr_pem }),
            RenewalJob::Take { certificate_pem } => credentials.take(certificate_pem, now.wall_ms).map(|()| {
                tracing::info!("a new certificate was taken");
                // It is tried at once: while the present connection stands, nobody knows whether it works.
                self.connection = None;
                self.connected_at_ms = None;
                self.connect_at_ms = now.mono_ms;
                Input::Disconnected { why: "the certificate was renewed".to_owned(), retry_in_ms: 0 }
            }),
        };
        done.inspect_err(|error| tracing::warn!(%error, "the certificate was not renewed")).ok()
    }

    fn command(&mut self, command: LinkCommand) -> Input {
        let LinkCommand::Save(record) = command else { return Input::Command(command) };
        let saved = match &mut self.outbox {
            Some(outbox) => outbox.append(&record).map_err(|error| error.to_string()),
            None => Err("the outbox could not be opened".to_owned()),
        };
        match saved {
            Ok(seq) => Input::Appended { seq, id: record.id },
            Err(reason) => {
                tracing::error!(record.id, reason, "a record could not be saved");
                self.event(LinkEvent::SaveFailed { record: record.id, reason });
                Input::Tick
            }
        }
    }

    fn hear_broker(&mut self, said: FromBroker) -> Input {
        match said {
            FromBroker::Connected => {
                tracing::info!("connected to the hub");
                self.connected_at_ms = Some(Now::read(&*self.clock).mono_ms);
                if let Some(credentials) = &mut self.credentials
                    && credentials.connected()
                {
                    let identity = credentials.present().clone();
                    if let Some(validity) = validity_of(&identity) {
                        self.take(Input::Renewed { validity });
                    }
                    // What is carried on a stick is signed with the present key.
                    if let Some(disk) = &self.disk {
                        disk.give(DiskJob::Identify { identity: Box::new(identity) });
                    }
                }
                Input::Connected
            }
            FromBroker::Message { topic, payload } => match String::from_utf8(topic.to_vec()) {
                Ok(topic) => Input::Message { topic, payload },
                Err(_) => Input::Ignored(Ignored::Topic),
            },
            FromBroker::Lost { why } => self.lost(why),
        }
    }

    fn lost(&mut self, why: String) -> Input {
        let now = Now::read(&*self.clock);
        self.connection = None;
        let held_ms = self.connected_at_ms.take().map_or(0, |at| now.mono_ms.saturating_sub(at));
        let retry_in_ms = self.backoff.next_pause_ms(held_ms);
        self.connect_at_ms = now.mono_ms + retry_in_ms;
        tracing::info!(why, retry_in_ms, "not connected to the hub");
        Input::Disconnected { why, retry_in_ms }
    }

    fn connect_when_due(&mut self) {
        let now = Now::read(&*self.clock);
        let Some(credentials) = &mut self.credentials else { return };
        if self.connection.is_some() || now.mono_ms < self.connect_at_ms {
            return;
        }
        match Connection::start(credentials.next(), now.wall_ms) {
            Ok(connection) => self.connection = Some(connection),
            Err(why) => {
                let input = self.lost(why);
                self.take(input);
            }
        }
    }

    fn sleep(&self) -> Duration {
        let now = Now::read(&*self.clock);
        let connect = (self.connection.is_none() && self.credentials.is_some()).then_some(self.connect_at_ms);
        // Events that wait for room are tried again soon.
        let held = (!self.held_events.is_empty()).then_some(now.mono_ms + 50);
        let at_ms = [self.machine.next_tick_ms(now), connect, held].into_iter().flatten().min();
        at_ms.map_or(LONGEST_SLEEP, |at| Duration::from_millis(at.saturating_sub(now.mono_ms)).min(LONGEST_SLEEP))
    }

    fn event(&mut self, event: LinkEvent) {
        if self.held_events.len() >= EVENTS_HELD_MAX {
            // Welcomes go first: the strip shows the latest few anyway.
            let oldest = self.held_events.iter().position(|held| matches!(held, LinkEvent::Welcome(_))).unwrap_or(0);
            self.held_events.remove(oldest);
            tracing::warn!("the screen does not fetch its events: one was dropped");
        }
        self.held_events.push_back(event);
        self.deliver_events();
    }

    fn deliver_events(&mut self) {
        let mut delivered = false;
        while let Some(event) = self.held_events.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => delivered = true,
                Err(TrySendError::Full(event)) => {
                    self.held_events.push_front(event);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => self.held_events.clear(),
            }
        }
        if delivered && let Some(wake) = &self.config.wake {
            wake();
        }
    }

    /// Says that the device is going, so that the hub need not wait for the will, and closes everything.
    async fn say_goodbye(mut self) {
        self.share(None);
        if self.connected_at_ms.is_some()
            && let (Some(credentials), Some(mut connection)) = (&self.credentials, self.connection.take())
            && let Ok(payload) = serde_json::to_vec(&Presence { v: VERSION, online: false })
        {
            let topic = topic::device(&credentials.present().device, DeviceTopic::Presence);
            connection.send(ToBroker::Publish(Publish { topic, payload, acknowledged: true, retain: true }));
            connection.send(ToBroker::Disconnect);
            let gone =
                async { while !matches!(connection.incoming.recv().await, None | Some(FromBroker::Lost { .. })) {} };
            // A broker that does not answer sends the will instead.
            let _ = tokio::time::timeout(GOODBYE, gone).await;
        }
        // The disk's thread may wait for room in `disk_done`: closing it lets it go.
        self.disk_done.close();
        if let Some(disk) = self.disk.take() {
            disk.finish();
        }
    }
}

/// The next thing that the connection says; waits for ever without one.
async fn said(connection: &mut Option<Connection>) -> Option<FromBroker> {
    match connection {
        Some(connection) => {
            let ended = || FromBroker::Lost { why: "the client ended without a word".to_owned() };
            Some(connection.incoming.recv().await.unwrap_or_else(ended))
        }
        None => std::future::pending().await,
    }
}
