//! What an operator does: a projection fails on a bad event, it is found out why, mended and tried again; one is rebuilt
//! while commands go on, promoted, and rolled back.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use reqwest::Method;
use serde_json::{Value, json};

use super::with_browser;
use crate::{
    bank,
    served::{Served, within},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_event_is_found_by_clicking_and_taken_once_the_projection_is_mended() {
    let bank = Served::start().await;
    bank.open("A-BAD", "P-1").await;
    with_browser(&bank, |browser| async move {
        // The bad event is a command of the console's own.
        browser.goto("/console/try/post_api_accounts_id_deposit").await;
        browser.fill("[name='path.id']", "A-BAD").await;
        browser.fill("[name='body.cents']", "-7").await;
        browser.click("form.try button.primary").await;
        browser.says("Receipt").await;
        browser.goto("/console").await;
        browser.says("something needs you").await;
        browser.click("#health a").await;
        browser.until("document.querySelector('#title .pill').textContent === 'failed'").await;
        browser.says("less than nothing").await;
        browser.click("#trouble a[href*='/console/events?from=']").await;
        browser.click(".event > summary").await;
        browser.says("\"cents\": -7").await;
        // On the map it is red.
        browser.goto("/console/map").await;
        browser
            .until("document.querySelector('.node.failing')?.getAttribute('href').endsWith('/account_views')")
            .await;
        bank::takes_debts_of("A-BAD");
        browser.click(".node.failing").await;
        browser.operate("retry").await;
        browser.until("document.querySelector('#title .pill').textContent === 'live'").await;
        browser.until("!document.querySelector('#trouble .health')").await;
        browser.says("retry account_views").await;
        browser.goto("/console").await;
        browser.says("All is well").await;
    })
    .await;
    let audit = bank.json("/api/admin/audit").await;
    if std::env::var_os("DIPTYCH_TEST_CHROMEDRIVER").is_some() {
        assert_eq!(
            (&audit["items"][0]["operation"], &audit["items"][0]["by"]),
            (&json!("retry"), &json!("console"))
        );
    }
    bank.stopped().await;
}

/// Deposits go on, and somebody reads the account without a break: no query fails or goes back in time.
async fn reads_and_writes(bank: &Served, stop: &AtomicBool) -> u64 {
    let (mut deposits, mut seen) = (0, 0);
    while !stop.load(Ordering::Acquire) {
        let receipt = bank.deposit("A-1", 1).await;
        deposits += 1;
        let read = bank.request(Method::GET, "/api/accounts/A-1");
        let answer = within(read.send()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let view: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let cents = view["cents"].as_u64().unwrap();
        assert!(cents >= seen && cents <= deposits, "{cents} after {seen}, of {deposits}");
        seen = cents;
        let own = bank.json(&format!("/api/accounts/A-1?position={}&wait=true", receipt.position)).await;
        seen = seen.max(own["cents"].as_u64().unwrap());
        assert_eq!(seen, deposits);
    }
    deposits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_is_rebuilt_promoted_and_rolled_back_while_commands_go_on() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    bank.json("/api/accounts/A-1?wait=true").await;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let clicking = with_browser(&bank, |browser| async move {
        let generation = "document.querySelectorAll('#facts dd')[6].innerText";
        browser.goto("/console/projections/account_views").await;
        browser.until(&format!("{generation}.startsWith('1,')")).await;
        browser.operate("rebuild").await;
        browser.until("document.getElementById('act-promote')").await;
        browser.operate("promote").await;
        browser.until(&format!("{generation}.startsWith('2,')")).await;
        browser.operate("rollback").await;
        browser.until(&format!("{generation}.startsWith('1,')")).await;
    });
    // Whatever comes of the clicking, the deposits end.
    let clicking = async {
        let ended = Ends(told);
        clicking.await;
        drop(ended);
    };
    let ((), deposits) = tokio::join!(clicking, reads_and_writes(&bank, &stop));
    let last = bank.json("/api/accounts/A-1?wait=true").await;
    assert_eq!(last["cents"].as_u64().unwrap(), deposits);
    bank.stopped().await;
}

struct Ends(Arc<AtomicBool>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
