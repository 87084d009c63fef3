//! The field that figures are measured on: the demonstration's places, with sessions around now.

use std::borrow::Cow;
use std::fmt::Write;

use baari::clock::Clock;
use baari::domain::moment::Moment;

use crate::Outcome;

const DISTRICTS: &str = include_str!("../../src/demo/field/districts.csv");
const ZONES: &str = include_str!("../../src/demo/field/zones.csv");
const CENTRES: &str = include_str!("../../src/demo/field/centres.csv");

/// For how many days the district's centres have sessions.
pub const DISTRICT_DAYS: i64 = 10;

/// How many zones' centres are put under load.
const ZONES_UNDER_LOAD: usize = 4;

/// How long a session is, in minutes: within the hour before a slot at which the gate opens.
const SESSION: u32 = 60;

/// For how many minutes from now a slot must go on.
const NEEDED: u32 = 5;

/// The last minute of the day at which a session may close.
const LAST_MINUTE: u32 = 23 * 60 + 59;

/// How the codes of further centres begin.
pub const FURTHER: &str = "FURTHER-";

/// A centre.
#[derive(Clone)]
pub struct Centre {
    /// Its code.
    pub code: String,
    /// Its zone's code.
    pub zone: String,
}

/// The files that are taken in.
pub struct Files {
    zones: Cow<'static, str>,
    centres: Cow<'static, str>,
    sessions: String,
}

impl Files {
    /// All files, by name.
    pub fn in_order(&self) -> [(&'static str, &str); 4] {
        [("districts.csv", DISTRICTS), ("zones.csv", &self.zones), ("centres.csv", &self.centres), ("sessions.csv", &self.sessions)]
    }

    /// Both vaccines at each centre under load, in short slots around now, with more places than are asked for.
    pub async fn for_load() -> Outcome<Self> {
        let now = a_minute_with_time_left().await;
        let mut sessions = Sessions::new(now);
        for centre in under_load()? {
            for vaccine in ["covishield", "covaxin"] {
                sessions.around_now(&centre, vaccine, 10, 100_000);
            }
        }
        Ok(Self { zones: ZONES.into(), centres: CENTRES.into(), sessions: sessions.csv })
    }

    /// The same, and one slot at each of so many further centres all over the state, whose codes begin with [`FURTHER`].
    pub async fn with_further(count: usize) -> Outcome<Self> {
        let mut files = Self::for_load().await?;
        let mut sessions = Sessions { csv: files.sessions, now: now() };
        let mut districts = csv::Reader::from_reader(DISTRICTS.as_bytes());
        let districts = districts.records().map(|row| Ok(row?[0].to_owned())).collect::<Outcome<Vec<_>>>()?;
        for district in &districts {
            writeln!(files.zones.to_mut(), "{FURTHER}{district},{district},Office,कार्यालय,Main Road,मुख्य मार्ग,0771-4000000")?;
        }
        for (n, district) in (0..count).zip(districts.iter().cycle()) {
            let centre = Centre { code: format!("{FURTHER}{n:04}"), zone: format!("{FURTHER}{district}") };
            let row = format!("{},{},Centre {n},केंद्र {n}", centre.code, centre.zone);
            writeln!(files.centres.to_mut(), "{row},Main Road,मुख्य मार्ग,492001,government,0,yes,4,0771-4000000,0771-4000000,,")?;
            sessions.around_now(&centre, "covishield", SESSION, 10_000);
        }
        Ok(Self { sessions: sessions.csv, ..files })
    }

    /// One slot of so many places at one centre.
    pub async fn with_places(places: u32) -> Outcome<Self> {
        let now = a_minute_with_time_left().await;
        let mut sessions = Sessions::new(now);
        sessions.around_now(&under_load()?[0], "covishield", SESSION, places);
        Ok(Self { zones: ZONES.into(), centres: CENTRES.into(), sessions: sessions.csv })
    }

    /// A district of 500 further centres, each with a session a day up to today.
    pub fn for_a_district() -> Outcome<Self> {
        let mut files = Self { zones: ZONES.into(), centres: CENTRES.into(), sessions: String::new() };
        let mut sessions = Sessions::new(now());
        for n in 0..500 {
            let zone = format!("{FURTHER}{}", n % 10);
            if n < 10 {
                writeln!(files.zones.to_mut(), "{zone},RPR,Office,कार्यालय,Main Road,मुख्य मार्ग,0771-4000000")?;
            }
            let centre = Centre { code: format!("{FURTHER}{n:04}"), zone };
            let row = format!("{},{},Centre {n},केंद्र {n}", centre.code, centre.zone);
            writeln!(files.centres.to_mut(), "{row},Main Road,मुख्य मार्ग,492001,government,0,yes,1,0771-4000000,0771-4000000,,")?;
            for ago in 0..DISTRICT_DAYS {
                sessions.row(&centre, &sessions.now.day().plus(-ago).to_string(), "covishield", "06:00,20:00,120,280");
            }
        }
        Ok(Self { sessions: sessions.csv, ..files })
    }

    /// The centres under load, where tokens are issued; first of all a session tomorrow for so many people, and the day after it
    /// room for them at that centre and at the next one of its zone.
    pub async fn for_a_move(people: i64) -> Outcome<Self> {
        let now = a_minute_with_time_left().await;
        let mut sessions = Sessions::new(now);
        let centres = under_load()?;
        let [home, next] = [&centres[0], &centres[1]];
        for (centre, days, places) in [(home, 1, people + 70), (home, 2, people * 6 / 10), (next, 2, people * 6 / 10)] {
            sessions.row(centre, &now.day().plus(days).to_string(), "covishield", &format!("10:00,17:00,60,{places}"));
        }
        for centre in &centres {
            for vaccine in ["covishield", "covaxin"] {
                sessions.around_now(centre, vaccine, 10, 100_000);
            }
        }
        Ok(Self { zones: ZONES.into(), centres: CENTRES.into(), sessions: sessions.csv })
    }

    /// Seven hourly slots tomorrow at every centre.
    pub fn for_the_page() -> Outcome<Self> {
        let mut sessions = Sessions::new(now());
        for centre in centres()? {
            sessions.tomorrow(&centre);
        }
        Ok(Self { zones: ZONES.into(), centres: CENTRES.into(), sessions: sessions.csv })
    }
}

/// The centres that are put under load.
pub fn under_load() -> Outcome<Vec<Centre>> {
    let mut zones: Vec<String> = Vec::new();
    let mut centres = centres()?;
    centres.retain(|centre| {
        if !zones.contains(&centre.zone) && zones.len() < ZONES_UNDER_LOAD {
            zones.push(centre.zone.clone());
        }
        zones.contains(&centre.zone)
    });
    Ok(centres)
}

fn centres() -> Outcome<Vec<Centre>> {
    let mut file = csv::Reader::from_reader(CENTRES.as_bytes());
    let rows = file.records().map(|row| {
        let row = row?;
        Ok(Centre { code: row[0].to_owned(), zone: row[1].to_owned() })
    });
    rows.collect()
}

/// The time.
pub fn now() -> Moment {
    Clock::system().now()
}

/// Now, or the first minute after midnight when this day is nearly over: a token is for one day.
async fn a_minute_with_time_left() -> Moment {
    while now().minute_of_day() + NEEDED >= LAST_MINUTE {
        eprintln!("waiting for midnight in India, because sessions end with the day");
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    }
    now()
}

/// A file of sessions.
struct Sessions {
    csv: String,
    now: Moment,
}

impl Sessions {
    fn new(now: Moment) -> Self {
        let heading = "centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until\n";
        Self { csv: heading.into(), now }
    }

    /// A session that is open now.
    fn around_now(&mut self, centre: &Centre, vaccine: &str, slot: u32, capacity: u32) {
        let opens = self.now.minute_of_day().min(LAST_MINUTE - SESSION);
        let (opens, closes) = (clock(opens), clock(opens + SESSION));
        self.row(centre, &self.now.day().to_string(), vaccine, &format!("{opens},{closes},{slot},{capacity}"));
    }

    /// A session of the demonstration's hours.
    fn tomorrow(&mut self, centre: &Centre) {
        self.row(centre, &self.now.day().plus(1).to_string(), "covishield", "10:00,17:00,60,120");
    }

    fn row(&mut self, centre: &Centre, day: &str, vaccine: &str, hours: &str) {
        let window = format!("{} 00:00,{} 00:00", self.now.day().plus(-1), self.now.day().plus(2));
        // Writing into a string cannot fail.
        let _ = writeln!(self.csv, "{},{day},{vaccine},1 2,18,120,{hours},,{window}", centre.code);
    }
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Whether a slot that ends then goes on for long enough.
pub fn is_usable(ends: Moment) -> bool {
    ends - now() >= i64::from(NEEDED) * 60
}
