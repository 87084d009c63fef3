//! `baari demo`

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::portal::start_uploader;
use super::serve::{listen, public_url, serve_until_stopped};
use super::{Failure, ServeArgs};
use crate::app::App;
use crate::clock::Clock;
use crate::demo::{Demo, LOGINS, PASSWORD, fill, keep_clock, start_of_clock};
use crate::portal::Settings;
use crate::portal::test_server::{Switches, TestServer};
use crate::tls::Tls;
use crate::workers::gateway::Gateway;
use crate::workers::{Shift, Workers, messages};

/// How often it is noted how late it is: a demonstration that was killed goes on there.
const KEEP_CLOCK: Duration = Duration::from_secs(5);

pub(super) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let listener = listen(&args).await?;
    let address = public_url(&args, &listener)?;
    let core = args.data.open(Clock::starting_at(start_of_clock()), address.clone()).await?;
    let tls = args.tls.start(&args, &listener, &core.public_url)?;
    let mut workers = Workers::new(Arc::clone(&core));
    let portal = start_portal(&mut workers).await?;
    let app = App::start(core, Some(Demo { portal: Some(portal), ..Demo::default() }), tls.as_ref().and_then(Tls::authority));
    fill(&app).await?;
    workers.start_turns("demo clock", KEEP_CLOCK, async |shift: Shift| keep_clock(&shift.core).await.map(|()| false));
    // A demonstration never sends anything to anybody.
    messages::start(&mut workers, &app, Arc::new(Gateway::Outbox));
    println!("Demonstration data, on a clock of its own. Open {address}/demo");
    for (username, role) in LOGINS {
        println!("  {role:<17} {username:<12} password {PASSWORD}");
    }
    serve_until_stopped(&args, app, listener, tls, workers).await
}

/// The demonstration's portal: a stand-in in this process, which takes a third of a second for each call.
async fn start_portal(workers: &mut Workers) -> Result<TestServer, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("cowin:http://{}", listener.local_addr()?);
    let settings = Settings { address, key: "demo".into(), at_once: 4, timeout: Duration::from_secs(5) };
    let portal = TestServer::new(&settings.key);
    portal.switch(Switches { slow_ms: 300, ..Switches::default() });
    tokio::spawn(portal.clone().serve(listener));
    start_uploader(workers, &settings)?;
    Ok(portal)
}
