//! The console's pages, as a browser without scripts has them.

use diptych_http::ServerOptions;
use reqwest::{Method, Response};
use serde_json::json;

use crate::served::{Served, within};

/// Every page there is without anything having happened.
const PAGES: [&str; 9] = [
    "/console",
    "/console/projections",
    "/console/projections/account_views",
    "/console/events",
    "/console/streams",
    "/console/correlations",
    "/console/map",
    "/console/try",
    "/console/try/post_api_accounts",
];

/// A browser: what it was given last as a cookie, and as a form's token.
struct Browser<'a> {
    bank: &'a Served,
    cookie: String,
    csrf: String,
}

impl<'a> Browser<'a> {
    async fn at(bank: &'a Served, path: &str) -> (Self, String) {
        let answer = bank.get(path).await;
        let cookie = cookie(&answer).expect("a first visit is given a cookie");
        let page = answer.text().await.unwrap();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (Self { bank, cookie, csrf }, page)
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.bank.request(Method::GET, path).header("cookie", &self.cookie);
        within(request.send()).await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let own = [("csrf", self.csrf.as_str())];
        let pairs =
            own.iter().chain(form).map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self.bank.request(Method::POST, path).header("cookie", &self.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        within(request.send()).await.unwrap()
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/console"),
        "{set}"
    );
    set.split(';').next().map(str::to_owned)
}

fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_page_forbids_what_is_not_ours_and_has_nothing_inline() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    for path in PAGES {
        let answer = bank.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!((header("x-frame-options"), header("cache-control")), ("DENY".into(), "no-store".into()));
        assert_eq!(header("x-content-type-options"), "nosniff");
        let page = answer.text().await.unwrap();
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\""), "{path}");
        for inline in [" style=", "<style", " onclick=", "javascript:", "http://", "https://"] {
            assert!(!page.contains(inline), "{inline} is on {path}");
        }
    }
    for path in ["/console/console.css", "/console/console.js", "/console/icon.svg"] {
        assert_eq!(bank.get(path).await.status(), 200, "{path}");
    }
    assert_eq!(bank.get("/console/nothing").await.status(), 404);
    assert_eq!(bank.get("/console/projections/nobody").await.status(), 404);
    bank.stopped().await;
}

#[tokio::test]
async fn what_has_happened_is_shown_escaped_and_sealed() {
    let bank = Served::start().await;
    let body = json!({ "accountId": "A-1", "owner": "P-1", "name": "Ann Smith" });
    bank.taken("/api/accounts", body).await;
    bank.taken("/api/persons/P-1/greet", json!({ "word": "<script>alert(1)</script>" })).await;
    let (browser, page) = Browser::at(&bank, "/console/events").await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"));
    assert!(page.contains(">sealed</span>") && !page.contains("Ann Smith"));
    for (query, has, lacks) in [
        ("type=Opened", "Opened</span>", "Greeted</span>"),
        ("category=person", "Greeted</span>", "Opened</span>"),
        ("tag=person:P-1", "Opened</span>", "Greeted</span>"),
        ("until=2000-01-01T00:00", "No event is like that", "Opened</span>"),
        ("since=2000-01-01T00:00", "Opened</span>", "No event is like that"),
    ] {
        let page = browser.page(&format!("/console/events?{query}")).await;
        assert!(page.contains(has) && !page.contains(lacks), "{query}");
    }
    assert_eq!(browser.get("/console/events?tag=%3Cb%3E").await.status(), 422);
    bank.stopped().await;
}

#[tokio::test]
async fn a_stream_is_shown_at_any_of_its_revisions() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    for cents in [5, 6] {
        bank.deposit("A-1", cents).await;
    }
    let (browser, last) = Browser::at(&bank, "/console/streams/account/A-1").await;
    assert!(
        last.contains("<code>/cents</code>") && last.contains("<span class=\"number\">11</span>"),
        "{last}"
    );
    let middle = browser.page("/console/streams/account/A-1?at=1").await;
    assert!(middle.contains("<del><code><span class=\"number\">0</span>"), "{middle}");
    assert!(middle.contains("<ins><code><span class=\"number\">5</span>"));
    let found = browser.get("/console/streams?category=account&id=A-1").await;
    assert_eq!((found.status().as_u16(), location(&found).as_str()), (303, "/console/streams/account/A-1"));
    assert_eq!(browser.get("/console/streams/account/A-9").await.status(), 404);
    bank.stopped().await;
}

#[tokio::test]
async fn an_operator_finds_out_why_a_projection_has_failed_and_mends_it() {
    let bank = Served::start().await;
    bank.open("A-1", "P-1").await;
    let poison = bank.deposit("A-1", -1).await.position;
    let failed = async {
        while !bank.get("/api/admin/projections").await.text().await.unwrap().contains("\"failed\"") {
            tokio::task::yield_now().await;
        }
    };
    within(failed).await;
    let (browser, page) = Browser::at(&bank, "/console").await;
    assert!(page.contains("something needs you") && page.contains("less than nothing"), "{page}");
    let page = browser.page("/console/projections/account_views").await;
    assert!(page.contains(&format!("event {poison}")) && page.contains("less than nothing"), "{page}");
    let done = browser.submit("/console/projections/account_views/park", &[("later", "")]).await;
    assert_eq!(done.status(), 303);
    assert!(browser.page(&location(&done)).await.contains("Done: park."));
    let parked = async {
        while !browser.page("/console/projections/account_views").await.contains("Parked events") {
            tokio::task::yield_now().await;
        }
    };
    within(parked).await;
    let audit = bank.json("/api/admin/audit").await;
    let entry = &audit["items"][0];
    assert_eq!(
        (&entry["operation"], &entry["by"], &entry["done"]),
        (&json!("park"), &json!("console"), &json!(true))
    );
    assert!(browser.page("/console").await.contains("<strong>park</strong>"));
    let refused = browser.submit("/console/projections/account_views/promote", &[]).await;
    assert_eq!(refused.status(), 409);
    bank.stopped().await;
}

#[tokio::test]
async fn a_form_that_is_not_ours_does_nothing() {
    let bank = Served::start().await;
    let (browser, _) = Browser::at(&bank, "/console").await;
    let forged = Browser { csrf: "forged".to_owned(), cookie: browser.cookie.clone(), bank: &bank };
    let without = Browser { cookie: String::new(), csrf: browser.csrf.clone(), bank: &bank };
    for other in [forged, without] {
        for path in
            ["/console/projections/account_views/pause", "/console/try/post_api_accounts", "/console/theme"]
        {
            assert_eq!(other.submit(path, &[("theme", "dark")]).await.status(), 403, "{path}");
        }
    }
    let states = bank.json("/api/admin/projections").await.to_string();
    assert!(!states.contains("paused"));
    bank.stopped().await;
}

#[tokio::test]
async fn a_command_is_tried_and_the_projections_are_seen_catching_up() {
    let bank = Served::start().await;
    let (browser, page) = Browser::at(&bank, "/console/try/post_api_accounts").await;
    assert!(
        page.contains("name=\"body.owner\"") && page.contains("name=\"header.Idempotency-Key\""),
        "{page}"
    );
    let form = [("body.accountId", "A-1"), ("body.owner", "P-1"), ("body.name", "Ann")];
    let sent = browser.submit("/console/try/post_api_accounts", &form).await;
    assert_eq!(sent.status(), 303);
    let receipt = browser.page(&location(&sent)).await;
    assert!(receipt.contains("Receipt") && receipt.contains("account_views"), "{receipt}");
    let again = browser.submit("/console/try/post_api_accounts", &form).await.text().await.unwrap();
    assert!(again.contains("409 Conflict") && again.contains("value=\"A-1\""), "{again}");
    let asked = browser
        .submit("/console/try/get_api_accounts_id", &[("path.id", "A-1"), ("query.wait", "true")])
        .await
        .text()
        .await
        .unwrap();
    assert!(asked.contains("200 OK") && asked.contains("&quot;cents&quot;"), "{asked}");
    bank.stopped().await;
}

#[tokio::test]
async fn a_conversation_is_a_waterfall_and_the_map_has_everything_that_is_registered() {
    let bank = Served::start().await;
    let opened = bank.open("A-1", "P-1").await;
    let (browser, page) = Browser::at(&bank, &format!("/console/correlations/{}", opened.correlation)).await;
    assert!(
        page.contains("waterfall") && page.contains("Opened") && page.contains("1 event within"),
        "{page}"
    );
    let map = browser.page("/console/map").await;
    for name in ["Deposit", "account", "Opened", "account_views", "GetAccount"] {
        assert!(map.contains(&format!(">{name}</text>")), "{name}");
    }
    assert!(map.contains("href=\"/console/try/post_api_accounts_id_deposit\""));
    assert_eq!(browser.get("/console/correlations/unknown").await.status(), 404);
    bank.stopped().await;
}

#[tokio::test]
async fn where_a_token_is_set_one_logs_in_with_it_and_the_cookie_is_not_the_token() {
    let token = Some("a-secret-token".to_owned());
    let bank = Served::with(ServerOptions { token, ..ServerOptions::default() }).await;
    for path in PAGES {
        let answer = bank.get(path).await;
        assert_eq!(answer.status(), 303, "{path}");
        assert!(location(&answer).starts_with("/console/login?next="), "{path}");
    }
    let (guest, _) = Browser::at(&bank, "/console/login?next=%2Fconsole%2Fmap").await;
    let wrong = guest.submit("/console/login", &[("token", "another"), ("next", "/console/map")]).await;
    assert_eq!(wrong.status(), 401);
    let right =
        guest.submit("/console/login", &[("token", "a-secret-token"), ("next", "/console/map")]).await;
    assert_eq!((right.status().as_u16(), location(&right).as_str()), (303, "/console/map"));
    let cookie = cookie(&right).unwrap();
    assert!(!cookie.contains("secret"));
    let inside = Browser { bank: &bank, cookie, csrf: String::new() };
    let page = inside.page("/console/map").await;
    assert!(page.contains("Log out"));
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let inside = Browser { csrf, ..inside };
    assert_eq!(inside.submit("/console/projections/account_views/pause", &[]).await.status(), 303);
    let forged =
        Browser { cookie: inside.cookie.replacen(['1', '2'], "3", 1), csrf: String::new(), bank: &bank };
    assert_eq!(forged.get("/console").await.status(), 303);
    let left = inside.submit("/console/logout", &[]).await;
    assert!(left.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let elsewhere = guest.submit("/console/login", &[("token", "a-secret-token"), ("next", "//evil")]).await;
    assert_eq!(location(&elsewhere), "/console");
    bank.stopped().await;
}
