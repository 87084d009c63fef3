//! `baari demo`

use std::sync::Arc;

use super::serve::{listen, public_url, serve_until_stopped};
use super::{Failure, ServeArgs};
use crate::app::App;
use crate::clock::Clock;
use crate::demo::{Demo, LOGINS, PASSWORD, fill, start_of_clock};
use crate::tls::Tls;
use crate::workers::gateway::Gateway;
use crate::workers::{Workers, messages};

pub(super) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let listener = listen(&args).await?;
    let address = public_url(&args, &listener)?;
    let core = args.data.open(Clock::starting_at(start_of_clock()), address.clone()).await?;
    let tls = args.tls.start(&args, &listener, &core.public_url)?;
    let mut workers = Workers::new(Arc::clone(&core));
    let app = App::start(core, Some(Demo::default()), tls.as_ref().and_then(Tls::authority));
    fill(&app).await?;
    // A demonstration never sends anything to anybody.
    messages::start(&mut workers, &app, Arc::new(Gateway::Outbox));
    println!("Demonstration data, on a clock of its own. Open {address}/demo");
    for (username, role) in LOGINS {
        println!("  {role:<17} {username:<12} password {PASSWORD}");
    }
    serve_until_stopped(&args, app, listener, tls, workers).await
}
