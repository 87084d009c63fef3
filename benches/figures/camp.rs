//! Two mega camps on paper: how long it takes until 95,000 doses are recorded from a file.

use std::fmt::Write;
use std::time::Instant;

use crate::Outcome;
use crate::database::Kind;
use crate::field::{Files, now};
use crate::report::Report;
use crate::world::World;

const ROWS: u32 = 95_000;

/// The same names over and over, as in a list of that length.
const NAMES: [&str; 12] = ["राम", "सीता", "श्याम", "गीता", "मोहन", "राधा", "कृष्ण", "मीना", "सुरेश", "सुनीता", "रमेश", "अनीता"];
const FAMILIES: [&str; 9] = ["प्रसाद", "देवी", "साहू", "वर्मा", "यादव", "कुमार", "सिंह", "बघेल", "पटेल"];

/// Takes such a file in, and then once more, which records nothing.
pub async fn measure(report: &mut Report) -> Outcome {
    let [took, lost] = ["camp_import_s", "camp_import_lost"];
    if !report.wants(took, Kind::Sqlite) && !report.wants(lost, Kind::Sqlite) {
        return Ok(());
    }
    let world = World::make(Kind::Sqlite, &Files::for_the_page()?).await?;
    let centres: Vec<String> = crate::field::under_load()?.into_iter().map(|centre| centre.code).collect();
    let file = world.folder().join("camp.csv");
    std::fs::write(&file, list(&centres)?)?;
    eprintln!("{took}: {ROWS} rows");
    let began = Instant::now();
    let printed = world.type_in(&["import", "camp"], &file)?;
    report.figure(took, began.elapsed().as_secs_f64(), "s")?;
    eprintln!("{took}: {}", printed.lines().next().unwrap_or(""));
    let began = Instant::now();
    world.type_in(&["import", "camp"], &file)?;
    eprintln!("{took}: again in {:.1?}", began.elapsed());
    let in_line = world.direct().await?.count("select count(*) from upload where state = 'waiting'".into()).await?;
    report.exactly(lost, usize::try_from((i64::from(ROWS) - in_line).abs())?, "doses", 0)
}

/// The list: everybody with a card of their own, couples under one mobile number, given through yesterday.
fn list(centres: &[String]) -> Outcome<String> {
    let mut csv = String::from("centre,name,birth_year,gender,mobile,id_type,id_number,vaccine,batch,vaccinator,date,time\n");
    let day = now().day().plus(-1);
    for n in 0..ROWS as usize {
        let centre = &centres[n % centres.len()];
        let name = format!("{} {}", NAMES[n % NAMES.len()], FAMILIES[n / NAMES.len() % FAMILIES.len()]);
        let (year, gender) = (1940 + n / 2 % 60, ["male", "female"][n % 2]);
        let (mobile, batch, minute) = (9_000_000_000_u64 + n as u64 / 2, n / 500 % 40, 600 + n % 420);
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        writeln!(csv, "{centre},{name},{year},{gender},{mobile},voter_id,CGR{n:07},covishield,4121Z{batch:03},S. Devi,{day},{time}")?;
    }
    Ok(csv)
}
