//! Every page, wide and narrow, light and dark: nothing sticks out, and nothing keeps anybody out.

use serde_json::json;

use super::{Browser, with_browser};
use crate::served::Served;

const PAGES: [&str; 11] = [
    "/console",
    "/console/projections",
    "/console/projections/account_views",
    "/console/events",
    "/console/streams",
    "/console/streams/account/A-1?at=1",
    "/console/correlations",
    "/console/correlations/C-1",
    "/console/map",
    "/console/try",
    "/console/try/post_api_accounts",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_can_be_read_and_used_wide_and_narrow_light_and_dark() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    bank.deposit("A-1", 5).await;
    let request = bank.request(reqwest::Method::POST, "/api/persons/P-1/greet");
    let body = json!({ "word": "a-word-that-is-long-".repeat(12) }).to_string();
    request.header("x-correlation-id", "C-1").body(body).send().await.unwrap();
    with_browser(&bank, |browser| async move {
        for (wide, theme, is_looked_into) in
            [(1280, "light", true), (1280, "dark", false), (390, "dark", true), (390, "light", false)]
        {
            browser.resize(wide, 900).await;
            wears(&browser, theme).await;
            for page in PAGES {
                browser.goto(page).await;
                let place = format!("{page} at {wide} in {theme}");
                let colours =
                    browser.run("return getComputedStyle(document.documentElement).colorScheme").await;
                assert_eq!(colours, theme, "{place}");
                let sizes = browser.run("return [innerWidth, document.documentElement.scrollWidth]").await;
                let (shown, needed) = (sizes[0].as_u64().unwrap(), sizes[1].as_u64().unwrap());
                assert!(needed <= shown, "{place} is {needed} wide, of which {shown} can be seen");
                if is_looked_into {
                    assert_eq!(shown, u64::from(wide), "{place}");
                    assert_eq!(browser.serious().await, Vec::<String>::new(), "{place}");
                }
            }
        }
    })
    .await;
    bank.stopped().await;
}

/// Changes the theme by the button that is there for it.
async fn wears(browser: &Browser, theme: &str) {
    browser.goto("/console/try").await;
    while browser.run("return document.documentElement.dataset.theme").await != theme {
        let before = browser.run("return document.documentElement.dataset.theme").await;
        browser.click(".theme button").await;
        browser.until(&format!("document.documentElement.dataset.theme !== {before}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_is_enough_and_a_stream_is_moved_through_by_it() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    for cents in [5, 6] {
        bank.deposit("A-1", cents).await;
    }
    with_browser(&bank, |browser| async move {
        browser.goto("/console/streams/account/A-1").await;
        let body = browser.find("body").await;
        body.send_keys("\u{e004}").await.unwrap();
        assert_eq!(browser.run("return document.activeElement.className").await, "skip");
        browser.fill("#at", "\u{e012}").await;
        browser.until("document.getElementById('shown').textContent === '1'").await;
        browser.until("document.getElementById('state').innerText.includes('\"cents\": 5')").await;
        browser.fill("#at", "\u{e012}").await;
        browser.until("location.search === '?at=0'").await;
        browser.click("#steps a[rel=next]").await;
        browser.until("document.querySelector('#timeline [aria-current]').innerText.startsWith('1')").await;
    })
    .await;
    bank.stopped().await;
}
