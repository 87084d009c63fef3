//! Stories of TLS: the local authority, certificates from files, the page for phones.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::{TestApp, on_both};
use baari::app::{App, serve};
use baari::authority::Authority;
use baari::clock::Clock;
use baari::tls::{Source, Tls};
use reqwest::{Certificate, Client};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The program as one starts it, which ends with the test.
struct Server {
    process: Child,
    /// What it printed up to where it listens.
    printed: String,
    address: String,
}

impl Server {
    fn start(data: &Path, options: &[&str]) -> Self {
        let mut process = program(data, options).stderr(Stdio::null()).spawn().expect("the program");
        let mut lines = BufReader::new(process.stdout.take().expect("its output"));
        let mut printed = String::new();
        while !printed.contains("listening on ") {
            assert_ne!(lines.read_line(&mut printed).expect("a line"), 0, "it ended: {printed}");
        }
        let address = printed.lines().last().and_then(|line| line.strip_prefix("listening on ")).expect("an address").to_owned();
        Self { process, printed, address }
    }

    fn socket(&self) -> SocketAddr {
        self.address.strip_prefix("https://").expect("HTTPS").parse().expect("an address")
    }

    fn tell_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill");
        assert!(told.success());
    }

    fn stop(mut self) -> ExitStatus {
        self.tell_to_stop();
        self.process.wait().expect("an end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(data: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baari"));
    command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]).args(options).stdout(Stdio::piped());
    command
}

/// What the program says when it does not start.
fn refusal(data: &Path, options: &[&str]) -> String {
    let ended = program(data, options).output().expect("the program");
    assert!(!ended.status.success(), "{options:?} starts");
    String::from_utf8(ended.stderr).expect("text")
}

/// A client that trusts one authority and nobody else.
fn trusting(pem: &str) -> reqwest::ClientBuilder {
    Client::builder().tls_certs_only([Certificate::from_pem(pem.as_bytes()).expect("a certificate")])
}

async fn running(client: &Client, address: &str) -> bool {
    match client.get(format!("{address}/healthz")).send().await {
        Ok(answer) => answer.text().await.expect("a body") == "running\n",
        Err(_) => false,
    }
}

fn data() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn text(file: impl AsRef<Path>) -> String {
    std::fs::read_to_string(file).expect("a file")
}

#[tokio::test]
async fn who_trusts_the_authority_trusts_the_server_also_after_a_restart() {
    let data = data();
    let first = Server::start(data.path(), &["--tls-local"]);
    let pem = text(data.path().join("tls/ca.pem"));
    let client = trusting(&pem).build().expect("a client");
    assert!(running(&client, &first.address).await);
    assert!(running(&client, &first.address.replace("127.0.0.1", "localhost")).await);
    assert!(!running(&Client::new(), &first.address).await, "nobody else trusts it");
    let authority = client.get(format!("{}/tls/baari-ca.crt", first.address)).send().await.expect("an answer");
    assert_eq!(authority.headers()["content-type"], "application/x-x509-ca-cert");
    assert_eq!(*authority.bytes().await.expect("a body"), *CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("tls/ca-key.pem")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(first.stop().success());

    let second = Server::start(data.path(), &["--tls-local"]);
    assert_eq!(text(data.path().join("tls/ca.pem")), pem);
    assert!(running(&client, &second.address).await);
}

#[tokio::test]
async fn the_certificate_has_the_public_name_and_log_ins_travel_over_tls_only() {
    let data = data();
    let added = Command::new(env!("CARGO_BIN_EXE_baari"))
        .args(["user", "add", "anita", "--role", "state_officer", "--data"])
        .arg(data.path())
        .env("BAARI_NEW_PASSWORD", crate::support::PASSWORD)
        .output();
    assert!(added.expect("the program").status.success());
    let server = Server::start(data.path(), &["--tls-local", "--public-url", "https://baari.test:8443/"]);
    let socket = server.socket();
    let client = trusting(&text(data.path().join("tls/ca.pem"))).resolve("baari.test", socket);
    let client = client.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let address = format!("https://baari.test:{}", socket.port());
    assert!(running(&client, &address).await);
    let form = [("username", "anita"), ("password", crate::support::PASSWORD), ("next", "")];
    let logged_in = client.post(format!("{address}/login")).header("origin", &address).form(&form).send().await.expect("an answer");
    assert_eq!(logged_in.status(), 303);
    let cookie = logged_in.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("baari_login=") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn without_tls_a_phone_finds_the_steps_and_nothing_else() {
    let data = data();
    let server = Server::start(data.path(), &["--tls-local", "--tls-help", "127.0.0.1:0"]);
    let (_, help) = server.printed.split_once("phones install it from ").expect("an address");
    let help = help.lines().next().expect("an address");
    let client = Client::new();
    let get = |address: String| {
        let client = &client;
        async move { client.get(address).send().await.expect("an answer") }
    };
    let elsewhere = get(help.replace("/tls", "/office/register")).await;
    assert_eq!(elsewhere.url().as_str(), help);
    let page = elsewhere.text().await.expect("a body");
    let (_, printed) = server.printed.split_once("SHA-256 ").expect("a fingerprint");
    for line in printed.lines().next().expect("a line").as_bytes().chunks(24) {
        let line = std::str::from_utf8(line).expect("text").trim_end_matches(':');
        assert!(page.contains(line), "{line} in {page}");
    }
    assert!(page.contains("<html lang=\"hi\">") && page.contains(&format!("{}/gate", server.address)));
    assert!(get(format!("{help}?lang=en")).await.text().await.expect("a body").contains("Make a phone trust this server"));
    assert_eq!(get(format!("{help}/baari-ca.crt")).await.headers()["content-type"], "application/x-x509-ca-cert");
}

#[test]
fn what_is_wrong_is_said_before_it_serves() {
    let data = data();
    let other = self::data();
    let (cert, key) = write_pair(data.path(), "one");
    let (_, stranger) = write_pair(other.path(), "two");
    let says = |cert: &str, key: &str, words: &[&str]| {
        let said = refusal(data.path(), &["--tls-cert", cert, "--tls-key", key]);
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    says("/nowhere/cert.pem", &key, &["/nowhere/cert.pem cannot be read", "--tls-cert takes"]);
    says(&cert, "/nowhere/key.pem", &["/nowhere/key.pem cannot be read", "--tls-key that"]);
    says(&key, &key, &[&key, "no certificate chain in PEM"]);
    says(&cert, &cert, &[&cert, "no private key in PEM"]);
    says(&cert, &stranger, &["give the two that were made together"]);
    assert!(refusal(data.path(), &["--tls-cert", &cert]).contains("--tls-key"));
    assert!(refusal(data.path(), &["--tls-help", "127.0.0.1:0"]).contains("--tls-local"));
    let plain = refusal(data.path(), &["--tls-local", "--public-url", "http://baari.test"]);
    assert!(plain.contains("must begin with https://"), "{plain}");

    drop(Server::start(data.path(), &["--tls-local"]));
    let file = data.path().join("tls/ca-key.pem");
    for without in [Some(text(&stranger)), None] {
        match without {
            Some(others) => std::fs::write(&file, others).expect("written"),
            None => std::fs::remove_file(&file).expect("removed"),
        }
        let said = refusal(data.path(), &["--tls-local"]);
        assert!(said.contains("ca.pem and ca-key.pem beside it are not a certificate and its key"), "{said}");
    }
}

#[test]
fn what_was_begun_over_tls_is_finished_when_it_is_told_to_stop() {
    let data = data();
    let mut server = Server::start(data.path(), &["--tls-local"]);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(data.path().join("tls/ca.pem")).expect("a certificate")).expect("an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let connection = ClientConnection::new(config, ServerName::try_from("localhost").expect("a name")).expect("a connection");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server.socket()).expect("a connection"));
    let body = "username=nobody&password=wrong-password&next=";
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{}", &body[..10]).as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(200));
    server.tell_to_stop();
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(server.socket()).is_err(), "nobody new is let in");
    stream.write_all(&body.as_bytes()[10..]).expect("sent");
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    drop(stream);
    assert!(server.process.wait().expect("an end").success());
}

/// Writes a certificate for localhost and its key as files; the authority is in `ca.pem` beside them.
fn write_pair(folder: &Path, name: &str) -> (String, String) {
    let now = Clock::system().now();
    let authority = Authority::open(folder, now).expect("an authority");
    let (cert, key) = authority.issue(&["localhost".into(), "127.0.0.1".into()], now).expect("a certificate");
    let write = |end: &str, label: &str, der: &[u8]| {
        let file = folder.join(format!("{name}{end}"));
        let base64 = data_encoding::BASE64.encode(der);
        let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
        std::fs::write(&file, format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))).expect("written");
        file.display().to_string()
    };
    (write(".pem", "CERTIFICATE", &cert), write("-key.pem", "PRIVATE KEY", key.secret_der()))
}

on_both! {
    a_changed_certificate_is_taken_without_a_restart,
    without_a_local_authority_there_is_no_page,
}

async fn a_changed_certificate_is_taken_without_a_restart(app: TestApp) {
    let (used, newer) = (data(), data());
    let (cert, key) = write_pair(used.path(), "server");
    let (newer_cert, newer_key) = write_pair(newer.path(), "server");
    // A client asks anew each time: a connection that is open keeps the certificate that it began with.
    let client = |folder: &TempDir| {
        let pem = text(folder.path().join("ca.pem"));
        trusting(&pem).pool_max_idle_per_host(0).build().expect("a client")
    };
    let (old_client, new_client) = (client(&used), client(&newer));

    let tls = Tls::start(Source::Files { cert: cert.clone().into(), key: key.clone().into() }).expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    let server = serve(App::start(Arc::clone(&app.core), None, None), listener, Some(tls.config()), std::future::pending());
    let (server, keeper) = (tokio::spawn(server), tokio::spawn(tls.keep_fresh(Duration::from_millis(20))));
    assert!(running(&old_client, &address).await && !running(&new_client, &address).await);

    // Half of a change, or rubbish, changes nothing.
    for half in [text(&newer_cert), "rubbish".into()] {
        std::fs::write(&cert, half).expect("written");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(running(&old_client, &address).await);
    }
    std::fs::copy(&newer_cert, &cert).expect("copied");
    std::fs::copy(&newer_key, &key).expect("copied");
    tokio::time::timeout(Duration::from_secs(5), async {
        while !running(&new_client, &address).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("the newer certificate");
    assert!(!running(&old_client, &address).await);
    server.abort();
    keeper.abort();
}

async fn without_a_local_authority_there_is_no_page(app: TestApp) {
    for path in ["/tls", "/tls/baari-ca.crt"] {
        assert_eq!(app.browser().get(path).await.status, 404, "{path}");
    }
}
