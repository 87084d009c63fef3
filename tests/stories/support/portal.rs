//! A stand-in portal of a test's own, and doses that are to reach it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use baari::domain::campaign::Vaccine;
use baari::domain::care::{MobileOf, Needs};
use baari::domain::person::{Category, Gender, IdType};
use baari::i18n::Lang;
use baari::ids::{BeneficiaryId, DoseId};
use baari::portal::test_server::{Switches, TestServer};
use baari::portal::{Portal, Settings};
use baari::storage::dose::DoseRow;
use baari::storage::person::{Beneficiary, Identity};
use baari::storage::upload::NewUpload;
use baari::workers::Workers;
use baari::workers::uploader::Uploader;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{Database, TestApp};

/// The key that the stand-in knows.
pub const KEY: &str = "portal-key";

/// A stand-in portal.
pub struct TestPortal {
    server: TestServer,
    /// Where it listens, as `--portal` takes it.
    pub address: String,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for TestPortal {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl TestPortal {
    /// An empty one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("cowin:http://{}", listener.local_addr().expect("an address"));
        let server = TestServer::new(KEY);
        let serving = tokio::spawn(server.clone().serve(listener));
        Self { server, address, serving }
    }

    /// Sets its switches.
    pub fn switch(&self, switches: Switches) {
        self.server.switch(switches);
    }

    /// Lets it forget somebody.
    pub fn forget(&self, name: &str) {
        self.server.forget(name);
    }

    /// What it holds.
    pub async fn holds(&self) -> Value {
        let url = format!("{}/test/holds", self.address.trim_start_matches("cowin:"));
        reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
    }

    /// How many doses it holds, each written once and for a person who is there once; anything else is a fault.
    pub async fn doses(&self) -> usize {
        let holds = self.holds().await;
        let people = holds["beneficiaries"].as_array().expect("people");
        let mut seen = std::collections::HashSet::new();
        let mut doses = 0;
        for person in people {
            assert!(seen.insert((person["name"].to_string(), person["mobile_number"].to_string())), "registered twice: {person}");
            for (at, date) in ["dose1_date", "dose2_date"].into_iter().enumerate() {
                let writes = person["writes"][at].as_u64().expect("a count");
                assert!(writes <= 1, "written {writes} times: {person}");
                doses += usize::from(person[date].is_string());
            }
        }
        doses
    }

    /// How it is spoken to.
    pub fn settings(&self, at_once: usize, timeout_ms: u64) -> Settings {
        Settings { address: self.address.clone(), key: KEY.into(), at_once, timeout: Duration::from_millis(timeout_ms) }
    }

    /// Starts an uploader in a process, as far as one process can be several.
    pub fn uploader(&self, app: &TestApp, at_once: usize, timeout_ms: u64) -> Workers {
        let settings = self.settings(at_once, timeout_ms);
        let portal = Arc::new(Portal::new(&settings).expect("a portal"));
        let mut workers = Workers::new(Arc::clone(&app.core));
        workers.start("uploader", move |shift| Uploader::new(shift, Arc::clone(&portal), &settings).work());
        workers
    }
}

/// A process that is killed when it is dropped, in the middle of whatever it does.
pub struct Killed(Child);

impl Killed {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process"))
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("gone");
    }
}

impl TestApp {
    /// Records first doses for so many people, each under a number of their own. Which.
    pub async fn doses(&self, from: u32, count: u32) -> Vec<DoseId> {
        let now = self.core.clock.now();
        let centre = self.core.board().centre_by_code("RPR-MEKAHARA").expect("the centre").id;
        let (mut people, mut identities, mut doses, mut uploads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for n in from..from + count {
            let id = BeneficiaryId(self.core.chance.id(now));
            people.push(Beneficiary {
                id,
                mobile: Some(format!("9{n:09}").parse().expect("a mobile number")),
                mobile_of: MobileOf::Own,
                name: format!("व्यक्ति {}", letters(n)).parse().expect("a name"),
                birth_year: 1950,
                gender: Gender::Female,
                category: Category::Citizen,
                certificate: false,
                language: Lang::Hi.into(),
                needs: Needs::default(),
                locality: None,
            });
            let hash = baari::chance::fingerprint(format!("card {n}"));
            identities.push(Identity { hash, beneficiary_id: id, kind: IdType::VoterId, id_end: format!("{:04}", n % 10_000) });
            let dose = DoseId(self.core.chance.id(now));
            doses.push(DoseRow { id: dose, beneficiary_id: id, number: 1, vaccine: Vaccine::Covishield, given_on: now.day() });
            // Later ones are due earlier.
            uploads.push(NewUpload {
                dose_id: dose,
                due_at: self.core.campaign.upload_due(now) + -i64::from(n),
                is_late: false,
                permission_id: None,
            });
        }
        let mut tx = self.core.write().await.expect("a transaction");
        tx.add_people(&people, now).await.expect("people");
        tx.add_identities(&identities).await.expect("identities");
        tx.add_stated_doses(&doses).await.expect("doses");
        tx.add_uploads(&uploads).await.expect("uploads");
        tx.commit().await.expect("a commit");
        let made = format!(
            "update dose set source = 'recorded', centre_id = {centre}, batch = '4120Z010', vaccinator = 'सीता', given_at = {at}, \
             entered_at = {at}, entered_by = 'test' where source = 'stated'",
            at = now.0
        );
        self.tamper(&made).await;
        doses.iter().map(|dose| dose.id).collect()
    }

    /// Serves as a process of its own, on the system's time, and uploads.
    pub fn process(&self, portal: &TestPortal) -> Killed {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--portal", &portal.address, "--portal-key", KEY, "--portal-at-once", "8", "--portal-timeout", "1"]);
        Killed::start(&mut command)
    }

    /// The program on this database, with these words.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baari"));
        command.args(words).args(["--master-key", super::MASTER_KEY]);
        match &self.database {
            Database::File(folder) => command.arg("--data").arg(folder.path()),
            Database::Cluster(cluster, name) => {
                command.args(["--database", &format!("{cluster}{name}"), "--data"]).arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
            }
        };
        command
    }

    /// How many doses are in a state.
    pub async fn uploads(&self, state: &str) -> i64 {
        self.count(&format!("upload where state = '{state}'")).await
    }

    /// Waits until no dose waits any more, for at most so many seconds.
    pub async fn until_sent(&self, seconds: u64) {
        for _ in 0..seconds * 20 {
            if self.uploads("waiting").await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!(
            "{} are still waiting: {:?}",
            self.uploads("waiting").await,
            self.rows("select distinct words from upload where words is not null").await
        );
    }
}

/// A number in letters, since names have no digits.
fn letters(n: u32) -> String {
    n.to_string().bytes().map(|digit| char::from(b'A' + digit - b'0')).collect()
}
