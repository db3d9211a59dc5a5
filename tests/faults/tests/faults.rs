//! The short version of `make faults`.

use std::time::Duration;

use faults::{Settings, built_programs, installed_tools};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn films_in_the_making_survive_kill_9_of_worker_origin_and_postgresql() {
    let settings = Settings {
        kills: 6,
        kills_per_round: 6,
        seed: 20_260_301,
        films: 1,
        film_s: 26,
        pauses: (Duration::from_millis(200), Duration::from_millis(1500)),
        programs: built_programs().expect("the programs are built"),
        tools: std::env::var_os("FFMPEG")
            .and_then(|ffmpeg| Some(std::path::Path::new(&ffmpeg).parent()?.to_owned()))
            .unwrap_or_else(installed_tools),
    };
    let outcome = faults::run(&settings, |text| eprintln!("{text}"))
        .await
        .unwrap_or_else(|error| panic!("seed {}: {error:#}", settings.seed));
    assert!(outcome.kills.values().sum::<u32>() >= 6, "{outcome:?}");
    assert!(outcome.jobs >= 1 && outcome.attempts.1 > 0, "{outcome:?}");
}
