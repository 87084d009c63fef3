//! Sends messages: as many at once as the gateway bears, again after a pause where it took none, one by one while it is down.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::gateway::{Gateway, HttpGateway};
use super::{Shift, Workers};
use crate::actions::send_messages::{Outgoing, Said, Way, invite, keep, remind, settle, take};
use crate::app::App;
use crate::core::Core;
use crate::error::Result;
use crate::ids::MessageId;

/// How long a message is a worker's: longer than a gateway may take to answer.
const LEASE: i64 = 60;

/// How often it is looked whether something is to be sent.
const LOOK: Duration = Duration::from_millis(500);

/// How often reminders and invitations are looked for.
const PLAN: Duration = Duration::from_mins(1);

/// After how many messages in a row that were not taken the gateway counts as down.
const DOWN_AFTER: u32 = 5;

/// The first and the longest time after which a gateway that is down is tried, in seconds.
const PROBE: i64 = 15;
const LONGEST_PROBE: i64 = 300;

/// Under which a gateway that is down is noted.
pub const NAME: &str = "sms";

/// How many go to the outbox in one transaction.
const KEEP: i64 = 100;

/// Starts what sends, reminds and invites.
pub fn start(workers: &mut Workers, app: &App, gateway: Arc<Gateway>) {
    // Whoever was first stays: there is only this one.
    let _ = app.gateway.set(Arc::clone(&gateway));
    workers.start_turns("reminders", PLAN, plan);
    match &*gateway {
        Gateway::Outbox => workers.start_turns("outbox", LOOK, fill_outbox),
        Gateway::Http(_) => workers.start("sender", move |shift| {
            let gateway = Arc::clone(&gateway);
            async move {
                if let Gateway::Http(gateway) = &*gateway {
                    Sender { shift, gateway, failures: 0, unsettled: Vec::new() }.work().await;
                }
            }
        }),
    }
}

/// Puts reminders and invitations in line, in one process at a time.
async fn plan(shift: Shift) -> Result<bool> {
    let (core, now) = (&shift.core, shift.core.clock.now());
    let mut tx = core.write().await?;
    let is_ours = tx.take_work("reminders", shift.worker, now, now + 2 * PLAN.as_secs() as i64).await?;
    tx.commit().await?;
    Ok(is_ours && (remind(core).await? | invite(core).await?))
}

async fn fill_outbox(shift: Shift) -> Result<bool> {
    let way = Way { worker: shift.worker, most: KEEP, once: true, lease: LEASE };
    let messages = take(&shift.core, way).await?;
    keep(&shift.core, &messages).await?;
    Ok(messages.len() as i64 == KEEP)
}

struct Sender<'g> {
    shift: Shift,
    gateway: &'g HttpGateway,
    /// How many in a row were not taken.
    failures: u32,
    /// What tries came to, and is not written down yet.
    unsettled: Vec<Done>,
}

/// What came of one try: the message, the try's number, the answer.
type Done = (MessageId, i64, Said);

impl Sender<'_> {
    async fn work(&mut self) {
        while !self.shift.is_over() {
            match self.turn().await {
                Ok(true) => {}
                Ok(false) => self.shift.rest(LOOK).await,
                Err(error) => {
                    tracing::error!(%error, worker = "messages", "a turn failed");
                    self.shift.rest(LOOK).await;
                }
            }
        }
        if let Err(error) = self.write_down().await {
            tracing::error!(%error, worker = "messages", "what was sent could not be written down");
        }
    }

    /// Keeps as many on their way as the gateway bears, until none is left. True: some went out. Where the database fails nothing new is
    /// begun, and what is under way comes to its end.
    async fn turn(&mut self) -> Result<bool> {
        self.write_down().await?;
        let (most, probing) = self.may_send().await?;
        let mut under_way = JoinSet::new();
        let (mut any, mut failed) = (false, None);
        loop {
            let stops = self.shift.is_over() || self.failures >= DOWN_AFTER || failed.is_some();
            let room = if stops { 0 } else { most.saturating_sub(under_way.len()) };
            if room > 0 && !(probing && any) {
                let way = Way { worker: self.shift.worker, most: room as i64, once: self.gateway.once(), lease: LEASE };
                match take(&self.shift.core, way).await {
                    Ok(messages) => {
                        any |= !messages.is_empty();
                        for message in messages {
                            under_way.spawn(self.send(message));
                        }
                    }
                    Err(error) => failed = Some(error),
                }
            }
            let Some(first) = under_way.join_next().await else { break };
            self.unsettled.extend(first.ok());
            self.unsettled.extend(std::iter::from_fn(|| under_way.try_join_next()).filter_map(Result::ok));
            if let Err(error) = self.write_down().await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(any && !probing), Err)
    }

    /// Writes down what tries came to; what cannot be written is kept for the next time.
    async fn write_down(&mut self) -> Result<()> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        settle(&self.shift.core, self.shift.worker, &self.unsettled).await?;
        let done = std::mem::take(&mut self.unsettled);
        self.learn(&done).await
    }

    /// How many may be under way, and whether that is one that tries the gateway out: it is down, and this process's turn.
    async fn may_send(&mut self) -> Result<(usize, bool)> {
        let (core, now) = (&self.shift.core, self.shift.core.clock.now());
        let mut tx = core.read().await?;
        let down = tx.gateway_down(NAME).await?;
        tx.commit().await?;
        let Some(down) = down else {
            self.failures = 0;
            return Ok((self.gateway.at_once(), false));
        };
        if now < down.probe_at {
            return Ok((0, true));
        }
        let next = now + (PROBE << down.probes.clamp(0, 5)).min(LONGEST_PROBE);
        let mut tx = core.write().await?;
        let mine = tx.probe_gateway(NAME, now, next).await?;
        tx.commit().await?;
        self.failures = 0;
        Ok((usize::from(mine), true))
    }

    fn send(&self, message: Outgoing) -> impl Future<Output = Done> + use<> {
        let path = report_path(&self.shift.core, message.id);
        let gateway = self.gateway.clone();
        async move {
            let said = gateway.send(&message, &path).await;
            (message.id, message.tries, said)
        }
    }

    /// Notes when the gateway goes down, and when it answers again.
    async fn learn(&mut self, done: &[Done]) -> Result<()> {
        let core = &self.shift.core;
        let taken = done.iter().any(|(.., said)| matches!(said, Said::Taken(_) | Said::Refused(_)));
        let words = done.iter().rev().find_map(|(.., said)| match said {
            Said::Busy(words) | Said::Unknown(words) => Some(words),
            _ => None,
        });
        let was_down = self.failures >= DOWN_AFTER;
        if taken {
            self.failures = 0;
            let mut tx = core.write().await?;
            if tx.gateway_down(NAME).await?.is_some() {
                tx.gateway_is_up(NAME, core.clock.now()).await?;
                tracing::info!("the SMS gateway answers again");
            }
            tx.commit().await?;
        } else if let Some(words) = words {
            self.failures += done.len() as u32;
            if self.failures >= DOWN_AFTER && !was_down {
                let now = core.clock.now();
                let mut tx = core.write().await?;
                tx.gateway_is_down(NAME, words, now, now + PROBE).await?;
                tx.commit().await?;
                tracing::warn!(%words, "the SMS gateway is down");
            }
        }
        Ok(())
    }
}

/// Where the gateway reports what became of a message: only it knows the path.
pub fn report_path(core: &Core, id: MessageId) -> String {
    format!("/sms/{id}/{}", core.keys().report_code(id))
}
