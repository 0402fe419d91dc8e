//! Completeness over processes: eight writers in two of them, four subscribers in two of them that restart at random; each is
//! shown each event once, in order, and all of them the same.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::Stdio,
};

use diptych_core::{EventStore, Filter, Position, store::ReadRequest};
use diptych_testkit::{
    Effort, Evidence, deadline,
    draft::{Draft, append, event},
};
use futures::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::process::Command;

use crate::server::{Place, is_there};

/// Tells a process that it is one of several: the schema, the number of the process, the seed.
const PART: &str = "DIPTYCH_TEST_PART";
const PROCESSES: usize = 2;
const WRITERS: usize = 4;
const SUBSCRIBERS: usize = 2;

fn appends() -> usize {
    Effort::of_environment().of(60, 6_000)
}

fn events() -> usize {
    // Every third append is of three events.
    PROCESSES * WRITERS * (0..appends()).map(size).sum::<usize>()
}

const fn size(nth: usize) -> usize {
    if nth.is_multiple_of(3) { 3 } else { 1 }
}

async fn write(store: &dyn EventStore, writer: String) {
    for nth in 0..appends() {
        let one = || event(&format!("writer/{writer}"), "Written").tagged(&[&format!("writer:{writer}")]);
        append(store, (0..size(nth)).map(|_| one()).collect::<Vec<_>>()).await;
    }
}

/// What one subscriber was shown, in one number, and how often it was started again.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    count: usize,
    hash: u64,
    starts: usize,
}

/// Follows the log from its checkpoint, and starts again with a new handle every few pages, until it was shown all.
async fn subscribe(place: &Place, mut random: StdRng) -> Shown {
    let (mut checkpoint, mut last) = (Position::START, Position::START);
    let mut shown = Shown { count: 0, hash: 0, starts: 0 };
    let mut hasher = DefaultHasher::new();
    while shown.count < events() {
        let store = place.store().await;
        let mut watch = store.watch();
        shown.starts += 1;
        for _ in 0..random.random_range(1..60) {
            if shown.count >= events() {
                break;
            }
            watch.past(checkpoint).await.unwrap();
            let request = ReadRequest::after(Filter::All, checkpoint).limit(random.random_range(1..40));
            let page = store.read(request).await.unwrap();
            for event in &page.events {
                assert!(event.position() > last, "{} came after {last}", event.position());
                last = event.position();
                (last.get(), event.stream().to_string(), event.metadata.revision.get()).hash(&mut hasher);
                shown.count += 1;
            }
            checkpoint = page.considered;
        }
        store.close().await.unwrap();
    }
    shown.hash = hasher.finish();
    shown
}

/// What one process does; it prints what its subscribers were shown.
async fn take_part(part: &str) {
    let mut words = part.split(' ');
    let (schema, process) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let seed: u64 = words.next().unwrap().parse().unwrap();
    let place = Place::of_another(schema);
    let store = place.store().await;
    let writing = join_all((0..WRITERS).map(|writer| write(&*store, format!("{process}-{writer}"))));
    let random = |nth: usize| StdRng::seed_from_u64(seed.wrapping_add(u64::try_from(nth).unwrap()));
    let subscribing = join_all((0..SUBSCRIBERS).map(|nth| subscribe(&place, random(nth))));
    let (_, shown) = tokio::join!(writing, subscribing);
    for Shown { count, hash, starts } in shown {
        // The name of the test stands at the beginning of the first line.
        println!("\nshown {count} {hash} {starts}");
    }
    std::mem::forget(place);
}

/// One of the two processes, in the same program: does what it is told by the variable, and nothing without.
#[test]
fn the_part_of_one_process() {
    if let Ok(part) = std::env::var(PART) {
        deadline::prove(async { take_part(&part).await });
    }
}

async fn process(schema: &str, number: usize, seed: u64) -> Vec<Shown> {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::the_part_of_one_process", "--nocapture", "--test-threads=1"])
        .env(PART, format!("{schema} {number} {seed}"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let ended = child.unwrap().wait_with_output().await.unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "process {number} with seed {seed} ended badly: {said}");
    let number = |word: Option<&str>| word.unwrap().parse::<u64>().unwrap();
    let shown = |line: &str| {
        let mut words = line.strip_prefix("shown ")?.split(' ');
        let count = usize::try_from(number(words.next())).unwrap();
        let hash = number(words.next());
        Some(Shown { count, hash, starts: usize::try_from(number(words.next())).unwrap() })
    };
    said.lines().filter_map(shown).collect()
}

#[test]
fn writers_and_subscribers_in_two_processes_lose_and_double_nothing() {
    if !is_there() {
        return;
    }
    deadline::prove(async {
        let mut evidence = Evidence::of("completeness over two processes", "PostgreSQL");
        let place = Place::new();
        let seed: u64 = rand::random();
        println!("seed {seed}");
        // Made by one of them before the other comes, as a deployment does.
        place.store().await;
        let all = join_all((0..PROCESSES).map(|number| {
            let seed = seed.wrapping_add(u64::try_from(number).unwrap() << 32);
            process(&place.schema, number, seed)
        }));
        let all: Vec<Shown> = all.await.into_iter().flatten().collect();
        assert_eq!(all.len(), PROCESSES * SUBSCRIBERS);
        for shown in &all {
            assert_eq!((shown.count, shown.hash), (events(), all[0].hash), "{all:?}");
        }
        let log = diptych_testkit::draft::log(&*place.store().await).await;
        assert_eq!(log.len(), events(), "events in the log");
        let mut next = std::collections::HashMap::new();
        for event in &log {
            let revision: &mut u64 = next.entry(event.stream().clone()).or_default();
            assert_eq!(event.metadata.revision.get(), *revision, "of {}", event.stream());
            *revision += 1;
        }
        evidence.add("events, each shown once and in order to each of 4 subscribers", events());
        evidence.add("starts of subscribers", all.iter().map(|shown| shown.starts).sum::<usize>());
        evidence.hand_in();
    });
}
