//! The running server: the core, the queues of the hot verbs, what is kept in memory, and `serve`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use governor::{DefaultKeyedRateLimiter, Quota};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::actions::Actor;
use crate::actions::issue_tokens::{self, Issuing};
use crate::actions::log_in;
use crate::actions::record_doses::{self, Dosing};
use crate::actions::record_scans::{self, Scanning};
use crate::authority::Authority;
use crate::core::Core;
use crate::demo::Demo;
use crate::error::{Error, Result};
use crate::hall::Halls;
use crate::practice::Practice;
use crate::tally::Tallies;
use crate::workers::gateway::Gateway;

/// How long a process believes what it last heard of an API key. A revoked key stops working within this time.
const KEY_BELIEVED: Duration = Duration::from_secs(2);

/// Look-ups and log-ins that one address may try in a minute. A whole clinic shares an address, so it is generous.
const TRIES_A_MINUTE: NonZeroU32 = NonZeroU32::new(120).expect("not zero");

/// How many gates are answered at the same time, and how many may wait for that.
const SYNCS: usize = 8;
const SYNCS_WAITING: usize = 120;

/// When the others may come again, in seconds.
const SYNC_AGAIN: u64 = 2;

/// Where requests' times are counted, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 5.0];

/// Counts and times of the whole process, for `/metrics`.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).expect("there are buckets");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Whoever was first stays: there is only this one.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

/// The running server.
pub struct App {
    /// What every action needs.
    pub core: Arc<Core>,
    /// The queue before issuing.
    pub issuing: Issuing,
    /// The queue before scanning.
    pub scanning: Scanning,
    /// What displays and waiting people see.
    pub halls: Arc<Halls>,
    /// The counts of days.
    pub tallies: Arc<Tallies>,
    /// The queue before recording doses.
    pub dosing: Dosing,
    /// The demo's switches, when this is the demo.
    pub demo: Option<Demo>,
    /// Where messages go; until it is set they are kept.
    pub gateway: OnceLock<Arc<Gateway>>,
    /// The practice centre behind this installation.
    pub practice: Practice,
    /// Gates that are being answered, and those with the ones who wait for it.
    syncing: Semaphore,
    syncs: Semaphore,
    /// The local certificate authority, when phones are to install it.
    pub authority: Option<Arc<Authority>>,
    tries: DefaultKeyedRateLimiter<IpAddr>,
    callers: Mutex<HashMap<String, (Instant, Option<Actor>)>>,
}

impl App {
    /// Starts the workers.
    pub fn start(core: Arc<Core>, demo: Option<Demo>, authority: Option<Arc<Authority>>) -> Arc<Self> {
        Arc::new(Self {
            issuing: issue_tokens::queue(&core),
            scanning: record_scans::queue(&core),
            halls: Halls::start(Arc::clone(&core)),
            dosing: record_doses::queue(&core),
            core,
            tallies: Arc::default(),
            demo,
            gateway: OnceLock::new(),
            practice: Practice::default(),
            syncing: Semaphore::new(SYNCS),
            syncs: Semaphore::new(SYNCS + SYNCS_WAITING),
            authority,
            tries: DefaultKeyedRateLimiter::keyed(Quota::per_minute(TRIES_A_MINUTE)),
            callers: Mutex::default(),
        })
    }

    /// Whether whoever sends messages reports what became of them.
    pub fn gateway_reports(&self) -> bool {
        self.gateway.get().is_some_and(|gateway| gateway.reports())
    }

    /// Whether messages leave this house. Where they are only kept, whoever has a mobile number must be called, too.
    pub fn has_gateway(&self) -> bool {
        self.gateway.get().is_some_and(|gateway| !matches!(**gateway, Gateway::Outbox))
    }

    /// A gate's turn to be answered. When a whole district comes back at once, most are asked to come again in a moment:
    /// a call that nobody waits for any more would still cost its work.
    pub async fn sync_turn(&self) -> Result<[SemaphorePermit<'_>; 2]> {
        let place = self.syncs.try_acquire().map_err(|_| Error::Busy(SYNC_AGAIN))?;
        let turn = self.syncing.acquire().await.map_err(|_| Error::Unavailable("the server is stopping".into()))?;
        Ok([place, turn])
    }

    /// Counts a try from an address; an error when there were too many.
    pub fn limit(&self, address: IpAddr) -> Result<()> {
        // An IPv6 customer has a whole /64.
        let key = match address {
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
            v4 @ IpAddr::V4(_) => v4,
        };
        self.tries.check_key(&key).map_err(|_| Error::Busy(60))
    }

    /// Who calls with an API key.
    pub async fn caller(&self, secret: &str) -> Result<Actor> {
        let heard = self.callers.lock().unwrap_or_else(PoisonError::into_inner).get(secret).cloned();
        if let Some((at, actor)) = heard
            && at.elapsed() < KEY_BELIEVED
        {
            return actor.ok_or(Error::LoggedOut);
        }
        let actor = log_in::api_caller(&self.core, secret).await?;
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() > 1000 {
            callers.clear();
        }
        callers.insert(secret.to_owned(), (Instant::now(), actor.clone()));
        actor.ok_or(Error::LoggedOut)
    }
}

/// Serves until `stop` resolves, over TLS if there is a certificate; requests under way are finished, for at most ten seconds.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let halls = Arc::clone(&app.halls);
    let routes = crate::routes::routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let server = axum_server::from_tcp(listener.into_std()?)?.handle(handle.clone()).http1_only();
    tokio::spawn(async move {
        stop.await;
        // A display would listen for ever.
        halls.close();
        handle.graceful_shutdown(Some(Duration::from_secs(10)));
    });
    match tls {
        Some(config) => server.acceptor(RustlsAcceptor::new(config)).serve(routes).await,
        None => server.serve(routes).await,
    }
}
