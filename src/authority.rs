//! A certificate authority of the server's own: phones in a centre's Wi-Fi that trust it trust the server.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXUPPER;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::chance::fingerprint;
use crate::domain::moment::Moment;
use crate::keyring::new_secret_file;

const DAY: u64 = 24 * 3600;

/// How long phones may trust the authority: ten years.
const AUTHORITY_DAYS: u64 = 3652;

/// How long a server certificate holds. Browsers take at most 398 days.
const SERVER_DAYS: u64 = 397;

/// What is wrong with the authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file cannot be read or made.
    #[error("the local certificate authority's file {0} cannot be read or made: {1}")]
    File(String, std::io::Error),
    /// A certificate without its key, or with another's, or something else altogether.
    #[error(
        "{0} and ca-key.pem beside it are not a certificate and its key: put back the two that belong together, or move both away, \
         and the next start makes new ones, which every phone has to install again"
    )]
    Pair(String),
    /// A name that no certificate can hold, above all.
    #[error("a certificate for {0} could not be made: {1}; give another host in --public-url")]
    Make(String, rcgen::Error),
}

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    name: String,
    der: CertificateDer<'static>,
}

impl Authority {
    /// Opens the authority of a folder (`ca.pem`, `ca-key.pem`); the first time it is made.
    pub fn open(folder: &Path, now: Moment) -> Result<Self, AuthorityError> {
        let (cert, key) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
        let pair = || AuthorityError::Pair(cert.display().to_string());
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let known = read(&cert)?;
        let key = match (read(&key)?, &known) {
            (Some(pem), _) => KeyPair::from_pem(&pem).map_err(|_| pair())?,
            (None, Some(_)) => return Err(pair()),
            (None, None) => new_key(&key)?,
        };
        let (name, params) = describe(&key, now);
        let pem = if let Some(pem) = known {
            pem
        } else {
            let pem = params.self_signed(&key).map_err(|error| AuthorityError::Make(name.clone(), error))?.pem();
            std::fs::write(&cert, &pem).map_err(failed(&cert))?;
            pem
        };
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| pair())?;
        let public = key.der_bytes();
        if !der.windows(public.len()).any(|part| part == public) {
            return Err(pair());
        }
        Ok(Self { issuer: Issuer::new(params, key), name, der })
    }

    /// What a phone calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its certificate, as phones install it.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 of its certificate as phones show it, in four lines.
    pub fn fingerprint(&self) -> Vec<String> {
        let pairs: Vec<_> = fingerprint(&self.der).iter().map(|byte| HEXUPPER.encode(&[*byte])).collect();
        pairs.chunks(8).map(|line| line.join(":")).collect()
    }

    /// A server certificate for these names and addresses, with a key of its own.
    pub fn issue(&self, names: &[String], now: Moment) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), AuthorityError> {
        let issue = || {
            let key = KeyPair::generate()?;
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name.push(DnType::CommonName, "Baari");
            set_days(&mut params, SERVER_DAYS, now);
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.use_authority_key_identifier_extension = true;
            Ok((params.signed_by(&key, &self.issuer)?.der().clone(), key.into()))
        };
        issue().map_err(|error| AuthorityError::Make(names.join(", "), error))
    }
}

/// The authority's name and certificate follow from its key, so that nothing has to be read back out of the certificate.
fn describe(key: &KeyPair, now: Moment) -> (String, CertificateParams) {
    let digits = HEXUPPER.encode(&fingerprint(key.der_bytes())[..4]);
    let name = format!("Baari {} {}", &digits[..4], &digits[4..]);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name.as_str());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_days(&mut params, AUTHORITY_DAYS, now);
    (name, params)
}

/// From yesterday, for phones whose clock is behind, for so many days altogether.
fn set_days(params: &mut CertificateParams, days: u64, now: Moment) {
    let yesterday = Duration::from_secs(now.0.unsigned_abs() - DAY);
    params.not_before = date_time_ymd(1970, 1, 1) + yesterday;
    params.not_after = params.not_before + Duration::from_secs(days * DAY);
}

fn new_key(file: &Path) -> Result<KeyPair, AuthorityError> {
    let key = KeyPair::generate().map_err(|error| AuthorityError::Make("the local authority".into(), error))?;
    let mut made = new_secret_file(file).map_err(failed(file))?;
    made.write_all(key.serialize_pem().as_bytes()).and_then(|()| made.sync_all()).map_err(failed(file))?;
    Ok(key)
}

/// The text of a file, if there is one.
fn read(file: &Path) -> Result<Option<String>, AuthorityError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(file)(error)),
    }
}

fn failed(file: &Path) -> impl Fn(std::io::Error) -> AuthorityError {
    let file: PathBuf = file.into();
    move |error| AuthorityError::File(file.display().to_string(), error)
}
