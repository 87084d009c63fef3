//! A real Kannel, as Debian packages it. Its own driver for tests stands where a mobile network would be: to it a network is whoever
//! connects and reads lines.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use baari::workers::gateway::Gateway;
use baari::workers::{Workers, messages};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::TestApp;

const PASSWORD: &str = "only-a-test";

/// A text message, or a part of one, as the network was given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub from: String,
    pub to: String,
    pub text: String,
    /// It is one of several parts.
    pub is_part: bool,
}

/// Kannel and its network.
pub struct Kannel {
    folder: TempDir,
    bearerbox: Child,
    /// Takes messages from us.
    smsbox: Child,
    sending: u16,
    heard: Arc<Mutex<Vec<Message>>>,
}

impl Kannel {
    /// Starts it with a network.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let [admin, boxes, network, sending] = free_ports().await;
        let conf = format!(
            "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\nadmin-password = {PASSWORD}\n\
             smsbox-port = {boxes}\nsmsbox-interface = 127.0.0.1\nbox-allow-ip = 127.0.0.1\n\n\
             group = smsc\nsmsc = fake\nsmsc-id = network\nport = {network}\nconnect-allow-ip = 127.0.0.1\n\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {sending}\nsendsms-interface = 127.0.0.1\n\n\
             group = sendsms-user\nusername = baari\npassword = {PASSWORD}\nmax-messages = 9\nconcatenation = true\n"
        );
        std::fs::write(folder.path().join("kannel.conf"), conf).expect("its settings");
        let bearerbox = run("bearerbox", &folder);
        let stream = connected(network).await;
        let smsbox = run("smsbox", &folder);
        drop(connected(sending).await);
        let heard = Arc::<Mutex<Vec<Message>>>::default();
        let of_network = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                of_network.lock().expect("texts").push(read(&line));
            }
        });
        Self { folder, bearerbox, smsbox, sending, heard }
    }

    /// Lets an app send through it, until what is returned is dropped.
    pub fn serves(&self, app: &TestApp) -> Workers {
        let url = format!("http://127.0.0.1:{}/cgi-bin/sendsms", self.sending);
        let file = json!({ "kind": "kannel", "url": url, "username": "baari", "password": PASSWORD }).to_string();
        let mut workers = Workers::new(Arc::clone(&app.core));
        messages::start(&mut workers, &app.app, Arc::new(Gateway::read(&file, &app.url).expect("a gateway")));
        workers
    }

    /// What the network has.
    pub fn texts(&self) -> Vec<Message> {
        self.heard.lock().expect("texts").clone()
    }

    /// Takes no messages any more, as after a crash.
    pub fn stop_taking(&mut self) {
        end(&mut self.smsbox);
    }

    /// Takes them again.
    pub async fn take_again(&mut self) {
        self.smsbox = run("smsbox", &self.folder);
        drop(connected(self.sending).await);
    }
}

impl Drop for Kannel {
    fn drop(&mut self) {
        end(&mut self.smsbox);
        end(&mut self.bearerbox);
    }
}

fn run(program: &str, folder: &TempDir) -> Child {
    let mut command = Command::new(format!("/usr/sbin/{program}"));
    command.args(["-v", "4", "kannel.conf"]).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the package kannel, which tests/install.sh installs")
}

fn end(process: &mut Child) {
    // It may have ended by itself.
    let _ = process.kill();
    let _ = process.wait();
}

async fn free_ports() -> [u16; 4] {
    let mut listeners = Vec::new();
    for _ in 0..4 {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
    }
    std::array::from_fn(|at| listeners[at].local_addr().expect("an address").port())
}

async fn connected(port: u16) -> TcpStream {
    for _ in 0..200 {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
            return stream;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("Kannel does not listen at {port}");
}

/// A line of the driver: from, to, `udh` and a header before a part, then `text` and words or `data` and UTF-16, percent-encoded.
fn read(line: &str) -> Message {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (from, to, mut kind) = (word(), word(), word());
    let is_part = kind == "udh";
    if is_part {
        (_, kind) = (word(), word());
    }
    let bytes: Vec<u8> = percent_decode_str(&word().replace('+', " ")).collect();
    let text = if kind == "data" {
        let units: Vec<_> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).expect("UTF-16")
    } else {
        String::from_utf8(bytes).expect("UTF-8")
    };
    Message { from: from.to_owned(), to: to.to_owned(), text, is_part }
}
