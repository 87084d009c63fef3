//! The app under test, and the people and programs that use it, in the words of the field.

pub mod browser;
pub mod callers;
pub mod database;
pub mod desk;
pub mod gates;
pub mod kannel;
pub mod phone;
pub mod portal;
pub mod program;
pub mod sms;

use std::future::Future;
use std::sync::Arc;

use baari::actions::Actor;
use baari::actions::import::{Report, import};
use baari::actions::log_in::{add_api_key, add_user};
use baari::app::{App, serve};
use baari::chance::Chance;
use baari::clock::Clock;
use baari::core::Core;
use baari::domain::campaign::Campaign;
use baari::domain::moment::{Day, Moment};
use baari::domain::place::{Role, Scope};
use baari::keyring::MasterKey;
use baari::storage::Tx;
use sqlx::AssertSqlSafe;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use browser::Browser;
use callers::Caller;
pub use database::Database;
use gates::Gate;

/// The key that seals the secrets of every test.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What everybody logs in with.
pub const PASSWORD: &str = "tika-2021-raipur";

const DISTRICTS: &str = "code,name_en,name_hi\nRPR,Raipur,रायपुर\nDRG,Durg,दुर्ग\n";

const ZONES: &str = "code,district,name_en,name_hi,address_en,address_hi,phone
RPR-Z1,RPR,Zone 1 Office,ज़ोन 1 कार्यालय,Bilaspur Road,बिलासपुर रोड,0771-4000001
RPR-Z2,RPR,Zone 2 Office,ज़ोन 2 कार्यालय,Fafadih Chowk,फाफाडीह चौक,0771-4000002
DRG-Z1,DRG,Durg Office,दुर्ग कार्यालय,Station Road,स्टेशन रोड,0788-4000001
";

const CENTRES: &str = "code,zone,name_en,name_hi,address_en,address_hi,pin_code,kind,fee,step_free,gates,phone,supervisor_phone,lat,lon
RPR-MEKAHARA,RPR-Z2,Mekahara,मेकाहारा,Jail Road,जेल रोड,492001,government,0,yes,2,0771-4000103,0771-4000503,21.2546,81.6401
RPR-FAFADIH,RPR-Z2,PHC Fafadih,प्रा.स्वा.केंद्र फाफाडीह,Fafadih,फाफाडीह,492009,government,0,yes,1,0771-4000104,0771-4000504,,
RPR-KHAMTARAI,RPR-Z1,PHC Khamtarai,प्रा.स्वा.केंद्र खमतराई,Khamtarai,खमतराई,492008,government,0,yes,1,0771-4000101,0771-4000501,,
DRG-HOSPITAL,DRG-Z1,Durg Hospital,दुर्ग अस्पताल,Station Road,स्टेशन रोड,491001,government,0,yes,1,0788-4000101,0788-4000501,,
";

/// The heading line of a file of sessions.
pub const SESSION_COLUMNS: &str =
    "centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until\n";

/// Hourly slots. Mekahara: ten places each, four of them zone 2's, one zone 1's, one for walk-ins. Fafadih: three each.
const SESSIONS: &str =
    "RPR-MEKAHARA,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,70,RPR-Z2:4 RPR-Z1:1 walk_in:1,2021-03-29 00:00,2021-03-30 17:00
RPR-MEKAHARA,2021-03-31,covishield,1 2,18,200,10:00,17:00,60,70,RPR-Z2:4,2021-03-29 00:00,2021-03-31 17:00
RPR-FAFADIH,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,21,RPR-Z2:1 walk_in:1,2021-03-29 00:00,2021-03-30 17:00
RPR-FAFADIH,2021-03-31,covishield,1 2,18,200,10:00,17:00,60,21,RPR-Z2:1,2021-03-30 12:00,2021-03-31 12:00
RPR-KHAMTARAI,2021-03-30,covaxin,1 2,18,200,10:00,17:00,60,70,RPR-Z1:4,2021-03-29 00:00,2021-03-30 17:00
DRG-HOSPITAL,2021-03-30,covishield,1 2,18,200,10:00,17:00,60,70,DRG-Z1:4,2021-03-29 00:00,2021-03-30 17:00
";

/// Makes two tests of each story: one on a file, one on a cluster.
macro_rules! on_both {
    ($($story:ident,)+) => {$(
        mod $story {
            use crate::support::{database::Kind, tell};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                tell(Kind::Sqlite, super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                tell(Kind::Postgres, super::$story).await;
            }
        }
    )+};
}
pub(crate) use on_both;

/// Tells one story on a database of its own, which is gone afterwards whether it ended well or not.
pub async fn tell<F: Future<Output = ()> + Send + 'static>(kind: database::Kind, story: impl FnOnce(TestApp) -> F) {
    let Some(database) = Database::make(kind).await else {
        println!("not told: BAARI_TEST_POSTGRES is not set");
        return;
    };
    // As a town begins: the files are taken in, then the server starts.
    let first = TestApp::start(&database, 1).await;
    first.field(&[DISTRICTS, ZONES, CENTRES, &format!("{SESSION_COLUMNS}{SESSIONS}")]).await;
    let app = TestApp::start(&database, 2021).await;
    drop(first);
    let told = tokio::spawn(story(app)).await;
    database.drop().await;
    if let Err(ended) = told {
        std::panic::resume_unwind(ended.into_panic());
    }
}

/// The running app.
pub struct TestApp {
    /// What its actions share: the clock and the board above all.
    pub core: Arc<Core>,
    /// The running server.
    pub app: Arc<App>,
    /// Where it listens.
    pub url: String,
    database: Database,
    _stop: oneshot::Sender<()>,
}

/// A day and a time in Indian time: `2021-03-30 11:07`.
pub fn at(text: &str) -> Moment {
    let (day, time) = text.split_once(' ').expect("a day and a time");
    let (hour, minute) = time.split_once(':').expect("hours and minutes");
    let minutes = hour.parse::<u32>().expect("hours") * 60 + minute.parse::<u32>().expect("minutes");
    day.parse::<Day>().expect("a day").at_minute(minutes)
}

/// Somebody who may set up everything.
pub fn state_officer() -> Actor {
    Actor { name: "test".into(), role: Role::StateOfficer, scope: Scope::State }
}

/// The master key of every test.
pub fn master_key() -> MasterKey {
    MasterKey::from_hex(MASTER_KEY).expect("64 digits")
}

impl TestApp {
    /// Starts the app at 11:07 on Tuesday, 30 March 2021. Processes on one database need chance of their own.
    pub async fn start(database: &Database, seed: u64) -> Self {
        Self::start_under(database, seed, Campaign::built_in()).await
    }

    async fn start_under(database: &Database, seed: u64, campaign: Campaign) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let clock = Clock::frozen_at(at("2021-03-30 11:07"));
        let db = database.open().await;
        let core = Core::open(db, clock, Chance::seeded(seed), campaign, master_key(), url.clone()).await.expect("an open core");
        let (stop, stopped) = oneshot::channel::<()>();
        let app = App::start(Arc::clone(&core), None, None);
        tokio::spawn(serve(Arc::clone(&app), listener, None, async {
            let _ = stopped.await;
        }));
        Self { core, app, url, database: database.clone(), _stop: stop }
    }

    /// Another installation, with the same field and keys of its own.
    pub async fn of_its_own(database: &Database) -> Self {
        let first = Self::start(database, 3).await;
        first.field(&[DISTRICTS, ZONES, CENTRES, &format!("{SESSION_COLUMNS}{SESSIONS}")]).await;
        Self::start(database, 2023).await
    }

    /// Another process on the same database, as far as one process can be two.
    pub async fn another(&self) -> Self {
        Self::start(&self.database, 2022).await
    }

    /// Another process on the same database, under other rules of the campaign.
    pub async fn under(&self, campaign: Campaign) -> Self {
        Self::start_under(&self.database, 2024, campaign).await
    }

    /// Whether other processes may write to this database.
    pub fn is_shared(&self) -> bool {
        self.core.db.is_shared()
    }

    /// Takes files of the field in, as a state officer does.
    pub async fn field(&self, files: &[&str]) {
        for file in files {
            let report = self.import(&state_officer(), file, true).await;
            assert!(report.applied, "{:?}", report.wrong);
        }
    }

    /// Checks a file, or takes it in.
    pub async fn import(&self, actor: &Actor, file: &str, apply: bool) -> Report {
        import(&self.core, actor, "test.csv", file.as_bytes(), apply).await.expect("a report")
    }

    /// The folder of its file.
    pub fn folder(&self) -> std::path::PathBuf {
        match &self.database {
            Database::File(folder) => folder.path().to_owned(),
            Database::Cluster(..) => panic!("there is no file"),
        }
    }

    /// Sets the clock.
    pub fn set_clock(&self, to: &str) {
        self.core.clock.set(at(to));
    }

    /// Lets seconds pass.
    pub fn pass(&self, seconds: i64) {
        self.core.clock.set(self.core.clock.now() + seconds);
    }

    /// The id of the slot at a centre that begins then.
    pub fn slot(&self, centre: &str, starts: &str) -> i64 {
        let board = self.core.board();
        let id = board.centre_by_code(centre).expect("the centre").id;
        let slot = board.field.slots.iter().find(|slot| slot.centre_id == id && slot.starts == at(starts));
        slot.expect("the slot").id.0
    }

    /// The part of the field behind a code; nothing: all of it.
    pub fn scope(&self, role: Role, code: &str) -> Scope {
        let board = self.core.board();
        let field = &board.field;
        let scope = match role {
            Role::Clerk => field.zones.iter().find(|zone| zone.code == code).map(|zone| Scope::Zone(zone.id)),
            Role::Operator => board.centre_by_code(code).map(|centre| Scope::Centre(centre.id)),
            Role::DistrictOfficer => field.districts.iter().find(|district| district.code == code).map(|row| Scope::District(row.id)),
            Role::StateOfficer => Some(Scope::State),
        };
        scope.expect("the place")
    }

    /// A program with a key of its own.
    pub async fn caller(&self, name: &str, role: Role, place: &str) -> Caller {
        let secret = add_api_key(&self.core, name, role, self.scope(role, place)).await.expect("a key");
        Caller::new(&self.url, secret)
    }

    /// A zone office's program.
    pub async fn clerk(&self, zone: &str) -> Caller {
        self.caller(&format!("office {zone}"), Role::Clerk, zone).await
    }

    /// A centre's program.
    pub async fn operator(&self, centre: &str) -> Caller {
        self.caller(&format!("centre {centre}"), Role::Operator, centre).await
    }

    /// Enrols a phone, through the officer's action and the phone's own call, and syncs once.
    pub async fn gate(&self, centre: &str, name: &str) -> Gate {
        let code = self.gate_code(centre, name).await;
        Gate::enrol(&self.url, &code, self.core.clock.now()).await
    }

    /// The one-time code for a phone.
    pub async fn gate_code(&self, centre: &str, name: &str) -> String {
        let id = self.core.board().centre_by_code(centre).expect("the centre").id;
        baari::actions::enrol_gate::prepare_gate(&self.core, &state_officer(), &self.core.chance.secret(), id, name, &[])
            .await
            .expect("a code")
    }

    /// A browser that nobody has logged in with.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// Adds somebody who logs in.
    pub async fn user(&self, username: &str, role: Role, place: &str) {
        let scope = self.scope(role, place);
        add_user(&self.core, username, "नाम", role, scope, PASSWORD.into()).await.expect("a new user");
    }

    /// Adds somebody who logs in, and logs them in.
    pub async fn logged_in(&self, username: &str, role: Role, place: &str) -> Browser {
        self.user(username, role, place).await;
        let browser = self.browser();
        let page = browser.log_in(username, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.body);
        browser
    }

    /// The rows of a query of one text, straight from the database.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let mut tx = self.core.read().await.expect("a transaction");
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut tx {
            Tx::Sqlite(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
            Tx::Postgres(tx) => sqlx::query_scalar(sql).fetch_all(&mut **tx).await.expect("rows"),
        }
    }

    /// One number straight from the database.
    pub async fn count(&self, from: &str) -> i64 {
        let sql = format!("select cast(count(*) as text) from {from}");
        self.rows(&sql).await[0].parse().expect("a number")
    }

    /// Every sum that must be right, whatever happened: each line that this returns is a fault.
    pub async fn faults(&self) -> Vec<String> {
        let checks = [
            "select 'slot over capacity ' || id from slot where taken > capacity or taken < 0",
            "select 'slot count ' || id || ' says ' || taken from slot where taken <> \
                (select count(*) from token where token.slot_id = slot.id and state <> 'cancelled' and not over_capacity) + \
                (select count(*) from leased where leased.slot_id = slot.id and leased.state = 'held')",
            "select 'share count ' || slot_id || ' ' || owner || ' says ' || taken from share where taken <> (select count(*) from token \
                where token.slot_id = share.slot_id and token.owner = share.owner and state <> 'cancelled' and not over_capacity) + (select count(*) from leased \
                where leased.slot_id = share.slot_id and leased.owner = share.owner and leased.state = 'held') or taken > capacity",
            "select 'shares of ' || id from slot where capacity <> (select sum(capacity) from share where share.slot_id = slot.id)",
            "select 'serial twice in ' || slot_id from token group by slot_id, serial having count(*) > 1",
            "select 'serials of ' || id from slot where serials < coalesce((select max(serial) from token where token.slot_id = slot.id), 0)",
            "select 'two tokens of ' || cast(max(number) as text) from token where state <> 'cancelled' group by beneficiary_id, dose having count(*) > 1",
        ];
        let mut found = Vec::new();
        for check in checks {
            found.extend(self.rows(check).await);
        }
        found
    }

    /// Changes the database behind the app's back.
    pub async fn tamper(&self, sql: &str) {
        self.try_sql(sql).await.expect("done");
    }

    /// Takes the guard before the journal and its seals away: whoever owns the database can do that.
    pub async fn unguard(&self) {
        if self.is_shared() {
            self.tamper("alter table journal disable trigger only_added_to").await;
            self.tamper("alter table seal disable trigger only_added_to").await;
        } else {
            for name in self.rows("select name from sqlite_master where type = 'trigger'").await {
                self.tamper(&format!("drop trigger {name}")).await;
            }
        }
    }

    /// Changes the journal or its seals.
    pub async fn tamper_unguarded(&self, sql: &str) {
        self.unguard().await;
        self.tamper(sql).await;
        // Whoever opens the database puts it back.
        drop(self.database.open().await);
    }

    /// What the database itself says to a change.
    pub async fn try_sql(&self, sql: &str) -> sqlx::Result<()> {
        let mut tx = self.core.write().await.expect("a transaction");
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut tx {
            Tx::Sqlite(tx) => sqlx::query(sql).execute(&mut **tx).await.map(drop)?,
            Tx::Postgres(tx) => sqlx::query(sql).execute(&mut **tx).await.map(drop)?,
        }
        tx.commit().await
    }

    /// Its database as `baari doctor` sees it.
    pub async fn look(&self) -> Tx {
        match &self.database {
            Database::File(folder) => Tx::look_at_file(&folder.path().join("baari.sqlite")).await.expect("a file"),
            Database::Cluster(cluster, name) => Tx::look_at_cluster(&format!("{cluster}{name}")).await.expect("a database"),
        }
    }
}
