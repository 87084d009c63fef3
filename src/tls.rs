//! TLS in the program itself: where its certificate comes from, and how a newer one is taken without a restart.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::authority::{Authority, AuthorityError};
use crate::clock::Clock;

/// How often the own certificate is made anew, in seconds: every thirty days.
const OWN_SECONDS: i64 = 30 * 24 * 3600;

/// What is wrong with the certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0} cannot be read: {1}; --tls-cert takes the file of the certificate chain and --tls-key that of its key, both in PEM")]
    File(String, std::io::Error),
    /// Something else in the certificate's place.
    #[error("{0} is no certificate chain in PEM; name a file with -----BEGIN CERTIFICATE----- in --tls-cert")]
    Certificate(String),
    /// Something else in the key's place.
    #[error("{0} is no private key in PEM; name a file with -----BEGIN PRIVATE KEY-----, without a password, in --tls-key")]
    Key(String),
    /// The two cannot be used.
    #[error("the certificate and its key cannot be used: {0}; give the two that were made together")]
    Pair(#[from] rustls::Error),
    /// The authority could make none.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// Where the certificate comes from.
pub enum Source {
    /// Files that somebody else renews.
    Files {
        /// The chain, in PEM.
        cert: PathBuf,
        /// The key, in PEM.
        key: PathBuf,
    },
    /// Made here. It is never stored, so it always has the present names.
    Own {
        /// Who signs it.
        authority: Arc<Authority>,
        /// What it stands for, besides the machine's own addresses.
        names: Vec<String>,
    },
}

/// What a certificate is made from. When this changes, there is a newer one.
#[derive(PartialEq)]
enum Origin {
    Files(Vec<u8>, Vec<u8>),
    Own(Vec<String>, i64),
}

impl Source {
    fn origin(&self) -> Result<Origin, TlsError> {
        let read = |file: &Path| std::fs::read(file).map_err(|error| TlsError::File(file.display().to_string(), error));
        match self {
            Self::Files { cert, key } => Ok(Origin::Files(read(cert)?, read(key)?)),
            Self::Own { names, .. } => {
                let mut names = names.clone();
                names.extend(own_addresses().iter().map(IpAddr::to_string));
                names.sort_unstable();
                names.dedup();
                Ok(Origin::Own(names, Clock::system().now().0 / OWN_SECONDS))
            }
        }
    }

    fn config(&self, origin: &Origin) -> Result<Arc<ServerConfig>, TlsError> {
        let (chain, key) = match (self, origin) {
            (Self::Files { cert, key }, Origin::Files(chain, secret)) => read_pem((cert, chain), (key, secret))?,
            (Self::Own { authority, .. }, Origin::Own(names, _)) => {
                let (cert, key) = authority.issue(names, Clock::system().now())?;
                (vec![cert], key)
            }
            _ => unreachable!("an origin belongs to its source"),
        };
        Ok(Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?))
    }
}

fn read_pem(cert: (&Path, &[u8]), key: (&Path, &[u8])) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let wrong = |file: &Path| file.display().to_string();
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(cert.1).collect::<Result<_, _>>().map_err(|_| TlsError::Certificate(wrong(cert.0)))?;
    if chain.is_empty() {
        return Err(TlsError::Certificate(wrong(cert.0)));
    }
    let key = PrivateKeyDer::from_pem_slice(key.1).map_err(|_| TlsError::Key(wrong(key.0)))?;
    Ok((chain, key))
}

/// The certificate in use.
pub struct Tls {
    source: Source,
    origin: Origin,
    config: RustlsConfig,
}

impl Tls {
    /// Reads or makes the certificate.
    pub fn start(source: Source) -> Result<Self, TlsError> {
        // Whoever was first stays: there is only this one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let origin = source.origin()?;
        let config = RustlsConfig::from_config(source.config(&origin)?);
        Ok(Self { source, origin, config })
    }

    /// The authority that phones are to install, if it is a local one.
    pub fn authority(&self) -> Option<Arc<Authority>> {
        match &self.source {
            Source::Files { .. } => None,
            Source::Own { authority, .. } => Some(Arc::clone(authority)),
        }
    }

    /// What a listener needs; it follows every change.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Takes newer certificates for good. A wrong one changes nothing and is told in the log.
    pub async fn keep_fresh(mut self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            match self.renew() {
                Ok(false) => {}
                Ok(true) => tracing::info!("a newer certificate is in use"),
                Err(error) => tracing::error!(%error, "the certificate stays the old one"),
            }
        }
    }

    fn renew(&mut self) -> Result<bool, TlsError> {
        let origin = self.source.origin()?;
        if origin == self.origin {
            return Ok(false);
        }
        self.config.reload_from_config(self.source.config(&origin)?);
        self.origin = origin;
        Ok(true)
    }
}

/// The addresses under which other machines may find this one.
pub fn own_addresses() -> Vec<IpAddr> {
    let is_reachable = |address: &IpAddr| match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    let mut all: Vec<_> = if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip).filter(is_reachable).collect();
    all.sort_unstable();
    all
}
