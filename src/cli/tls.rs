//! The options of TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::{Failure, ServeArgs};
use crate::app::App;
use crate::authority::Authority;
use crate::clock::Clock;
use crate::tls::{Source, Tls, own_addresses};

/// Whether to speak TLS, and with which certificate.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the options are called so")]
pub struct TlsArgs {
    /// The certificate chain for HTTPS, in PEM; taken anew when the file changes.
    #[arg(long, env = "BAARI_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM.
    #[arg(long, env = "BAARI_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// HTTPS with a certificate of a local authority, which phones install from the page /tls.
    #[arg(long, env = "BAARI_TLS_LOCAL", conflicts_with = "tls_cert", value_parser = clap::builder::FalseyValueParser::new())]
    tls_local: bool,
    /// Where to serve the page /tls over plain HTTP too, for phones that do not trust the server yet; absent: nowhere.
    #[arg(long, env = "BAARI_TLS_HELP", value_name = "ADDR:PORT", requires = "tls_local")]
    tls_help: Option<SocketAddr>,
}

impl TlsArgs {
    pub(super) fn is_on(&self) -> bool {
        self.tls_local || self.tls_cert.is_some()
    }

    /// The certificate; nothing: plain HTTP.
    pub(super) fn start(&self, args: &ServeArgs, listener: &TcpListener, public_url: &str) -> Result<Option<Tls>, Failure> {
        let source = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Source::Files { cert: cert.clone(), key: key.clone() },
            _ if self.tls_local => {
                let authority = Arc::new(Authority::open(&args.data.data.join("tls"), Clock::system().now())?);
                let mut names = vec!["localhost".into(), "127.0.0.1".into(), "::1".into()];
                let listens = listener.local_addr()?.ip();
                if !listens.is_unspecified() {
                    names.push(listens.to_string());
                }
                let uri: axum::http::Uri = public_url.parse().map_err(|error| format!("--public-url {public_url}: {error}"))?;
                names.extend(uri.host().map(|host| host.trim_matches(['[', ']']).to_owned()));
                Source::Own { authority, names }
            }
            _ => return Ok(None),
        };
        Ok(Some(Tls::start(source)?))
    }

    /// Serves the page /tls over plain HTTP, and says where it is and what the authority's fingerprint is.
    pub(super) async fn help(&self, app: &Arc<App>) -> Result<(), Failure> {
        let Some(authority) = &app.authority else { return Ok(()) };
        println!("certificate authority {:?}, SHA-256 {}", authority.name(), authority.fingerprint().join(":"));
        if let Some(address) = self.tls_help {
            let failed = |error| format!("cannot listen on {address} for the page /tls: {error}; choose another with --tls-help");
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let mut shown = listener.local_addr()?;
            if shown.ip().is_unspecified()
                && let Some(own) = own_addresses().first()
            {
                shown.set_ip(*own);
            }
            println!("phones install it from http://{shown}/tls");
            let routes = crate::routes::help_routes(Arc::clone(app));
            tokio::spawn(async move { axum::serve(listener, routes).await });
        }
        Ok(())
    }
}
