//! `baari serve`

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::portal::start_uploader;
use super::{Failure, ServeArgs};
use crate::app::{App, serve};
use crate::clock::Clock;
use crate::demo::is_demo;
use crate::tls::Tls;
use crate::workers::gateway::Gateway;
use crate::workers::{Workers, messages};

/// How often it is looked whether there is a newer certificate.
const LOOK_EVERY: Duration = Duration::from_mins(1);

pub(super) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let listener = listen(&args).await?;
    let public_url = public_url(&args, &listener)?;
    let core = args.data.open(Clock::system(), public_url).await?;
    if is_demo(&core).await? {
        return Err(
            "this database is a demonstration's, whose passwords everybody knows; give serve a folder of its own with --data".into()
        );
    }
    let tls = args.tls.start(&args, &listener, &core.public_url)?;
    let gateway = Arc::new(gateway(&args, &core.public_url)?);
    let mut workers = Workers::new(Arc::clone(&core));
    if let Some(settings) = args.portal.settings()? {
        start_uploader(&mut workers, &settings)?;
    }
    let app = App::start(core, None, tls.as_ref().and_then(Tls::authority));
    messages::start(&mut workers, &app, gateway);
    serve_until_stopped(&args, app, listener, tls, workers).await
}

/// The SMS gateway of the file that was named.
fn gateway(args: &ServeArgs, public_url: &str) -> Result<Gateway, Failure> {
    let Some(file) = &args.sms else { return Ok(Gateway::Outbox) };
    let json = std::fs::read_to_string(file).map_err(|error| format!("the gateway file {} cannot be read: {error}", file.display()))?;
    Ok(Gateway::read(&json, public_url).map_err(|error| format!("the gateway file {} is wrong: {error}", file.display()))?)
}

pub(super) async fn listen(args: &ServeArgs) -> Result<TcpListener, Failure> {
    let failed = |error| format!("cannot listen on {}: {error}; choose another with --listen (port 0 picks a free one)", args.listen);
    Ok(TcpListener::bind(args.listen).await.map_err(failed)?)
}

pub(super) fn public_url(args: &ServeArgs, listener: &TcpListener) -> Result<String, Failure> {
    let scheme = if args.tls.is_on() { "https" } else { "http" };
    match &args.public_url {
        Some(url) if args.tls.is_on() && url.starts_with("http://") => {
            Err(format!("this server speaks TLS, so --public-url must begin with https://, not {url}").into())
        }
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(url.clone()),
        Some(url) => Err(format!("--public-url must begin with http:// or https://, not {url}").into()),
        None => Ok(format!("{scheme}://{}", listener.local_addr()?)),
    }
}

pub(super) async fn serve_until_stopped(
    args: &ServeArgs,
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<Tls>,
    mut workers: Workers,
) -> Result<(), Failure> {
    crate::workers::moves::start(&mut workers);
    crate::workers::waiting::start(&mut workers);
    crate::workers::minutely::start(&mut workers);
    if app.demo.is_none() {
        crate::workers::minutely::start_sign_of_life(&mut workers);
    }
    let metrics = crate::app::metrics();
    tokio::spawn(async move {
        // What was measured is gathered regularly, whether anybody asks for it or not.
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            metrics.run_upkeep();
        }
    });
    if let Some(address) = args.metrics {
        let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address} for metrics: {error}"))?;
        tokio::spawn(async move { axum::serve(listener, crate::routes::metrics_routes()).await });
    }
    args.tls.help(&app).await?;
    let config = tls.as_ref().map(Tls::config);
    println!("listening on {}://{}", if config.is_some() { "https" } else { "http" }, listener.local_addr()?);
    if let Some(tls) = tls {
        tokio::spawn(tls.keep_fresh(LOOK_EVERY));
    }
    serve(app, listener, config, stop_signal()).await?;
    workers.stop().await;
    Ok(())
}

async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
