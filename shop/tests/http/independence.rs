//! The three projections of the blog: one that is stopped, broken or filled again holds up neither of the others.

use diptych::{Append, AppendCondition, Node};
use diptych_cli::Settings;
use diptych_testkit::draft;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    articles::{like, publish},
    receipt::Receipt,
    shop::{Shop, Store, app, on_own_shops, run},
};

on_own_shops![
    a_paused_projection_holds_up_no_other,
    a_failed_projection_holds_up_no_other,
    a_projection_that_is_filled_again_says_the_same_and_holds_up_no_other,
];

const ALL: [&str; 3] = ["article_list", "article_details", "author_stats"];

async fn operate(shop: &Shop, projection: &str, what: &str) -> Answer {
    shop.call("POST", &format!("/api/admin/projections/{projection}/{what}")).answer().await
}

/// A shop of its own, and the node that it runs on.
async fn serve(store: Store) -> (Shop, Node) {
    let settings = Settings { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Settings::default() };
    let served = diptych_cli::serve(app(&store.fresh()), shop::routes(), &settings).await.unwrap();
    (Shop::at(served.addresses[0].to_string()), served.node.clone())
}

/// What serves each projection: where it is asked, and how many likes it shows.
fn asked(projection: &str, article: &Receipt, author: &str) -> (String, fn(&Value) -> &Value) {
    match projection {
        "article_list" => (format!("/api/articles?authorId={author}"), |list| &list["items"][0]["likeCount"]),
        "article_details" => (article.own.clone(), |view| &view["likeCount"]),
        _ => (format!("/api/authors/{author}/stats"), |figures| &figures["totalLikes"]),
    }
}

/// Holds that all but one show what happened last, and that this one has not come so far.
async fn all_go_on_but(held: &str, shop: &Shop, likes: u64, article: &Receipt, last: &Receipt, author: &str) {
    for projection in ALL {
        let (path, shown) = asked(projection, article, author);
        if projection == held {
            let sign = if path.contains('?') { '&' } else { '?' };
            shop.get(&format!("{path}{sign}position={}", last.position)).await.not_yet("PROCESSING");
        } else {
            assert_eq!(shown(&shop.seen(&path, last.position).await), &json!(likes), "{projection}");
        }
    }
}

async fn all_show(shop: &Shop, likes: u64, article: &Receipt, last: &Receipt, author: &str) {
    all_go_on_but("", shop, likes, article, last, author).await;
}

fn a_paused_projection_holds_up_no_other(store: Store) {
    run(async {
        let (shop, _) = serve(store).await;
        let author = shop.user().await;
        let article = publish(&shop, &author, json!({})).await;
        all_show(&shop, 0, &article, &article, &author).await;
        for (likes, held) in (1..).zip(ALL) {
            operate(&shop, held, "pause").await.is(202);
            let user = shop.user().await;
            let liked = like(&shop, &article, &user).await.receipt("articleId");
            all_go_on_but(held, &shop, likes, &article, &liked, &author).await;
            operate(&shop, held, "resume").await.is(202);
            all_show(&shop, likes, &article, &liked, &author).await;
        }
    });
}

fn a_failed_projection_holds_up_no_other(store: Store) {
    run(async {
        let (shop, node) = serve(store).await;
        let author = shop.user().await;
        let article = publish(&shop, &author, json!({})).await;
        // A comment that nobody can read: of the three, the details alone take comments.
        let events = vec![draft::event("comment/unreadable", "ArticleCommented")];
        let append = Append { events, condition: AppendCondition::default(), note: None };
        node.store().append(append).await.unwrap();
        let liked = like(&shop, &article, &author).await.receipt("articleId");
        while state(&shop, "article_details").await["state"] != "failed" {
            tokio::task::yield_now().await;
        }
        all_go_on_but("article_details", &shop, 1, &article, &liked, &author).await;
        for other in ["article_list", "author_stats", "user_views"] {
            assert_eq!(state(&shop, other).await["state"], "live", "{other}");
        }
        let ready = shop.get("/readyz").await.is(200).json();
        assert_eq!(ready["status"], "degraded");
        assert!(ready["reasons"].to_string().contains("article_details"), "{ready}");
        operate(&shop, "article_details", "skip").await.is(202);
        all_show(&shop, 1, &article, &liked, &author).await;
    });
}

async fn state(shop: &Shop, projection: &str) -> Value {
    let list = shop.get("/api/admin/projections").await.is(200).json();
    let mut items = list["items"].as_array().unwrap().iter();
    items.find(|item| item["name"] == projection).expect("it is listed").clone()
}

fn a_projection_that_is_filled_again_says_the_same_and_holds_up_no_other(store: Store) {
    run(async {
        let (shop, _) = serve(store).await;
        let author = shop.user().await;
        let article = publish(&shop, &author, json!({ "tags": ["a", "b"] })).await;
        let said = json!({ "userId": author, "text": "said" });
        shop.post(&format!("{}/comments", article.own), said).await.receipt("articleId");
        shop.post(&format!("{}/views", article.own), json!({})).await.receipt("articleId");
        let liked = like(&shop, &article, &author).await.receipt("articleId");
        for projection in ALL {
            let (path, _) = asked(projection, &article, &author);
            let live = shop.seen(&path, liked.position).await;
            operate(&shop, projection, "rebuild").await.is(202);
            all_show(&shop, 1, &article, &liked, &author).await;
            assert_eq!(shop.seen(&path, liked.position).await, live, "{projection}");
        }
    });
}
