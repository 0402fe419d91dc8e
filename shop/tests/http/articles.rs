//! Articles: publishing, likes, comments, views, their lists, and the statistics of authors.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, members},
    receipt::Receipt,
    shop::{Shop, fresh, on_every_store},
    websocket::Socket,
};

on_every_store![
    an_article_has_its_members_and_no_others,
    an_author_is_shown_as_they_were_when_it_was_published,
    an_excerpt_is_two_hundred_characters_and_not_bytes,
    what_an_article_may_be_is_pointed_at,
    an_article_that_cannot_be_published_is_refused_in_the_order_of_the_contract,
    a_user_likes_an_article_once,
    of_likes_at_once_by_one_user_one_counts,
    a_like_of_nothing_or_of_nobody_is_refused,
    comments_are_shown_the_oldest_first,
    views_are_counted_whoever_looks,
    the_list_is_of_summaries_newest_first,
    the_list_is_narrowed_by_any_of_the_tags_and_by_author,
    links_of_the_list_neither_skip_nor_repeat_while_others_are_added,
    an_authors_figures_are_of_all_their_articles,
    likes_comments_and_views_have_the_status_and_stream_of_the_article,
    changes_of_an_article_are_told,
];

const SUMMARY: [&str; 7] =
    ["articleId", "authorName", "excerpt", "likeCount", "publishedAt", "tags", "title"];

pub(crate) fn body(author: &str) -> Value {
    json!({
        "articleId": fresh("ART"),
        "authorId": author,
        "title": "On keyboards and mice",
        "content": "They have keys. ".repeat(20),
        "tags": ["keys"],
    })
}

pub(crate) async fn publish(shop: &Shop, author: &str, more: Value) -> Receipt {
    let mut body = body(author);
    for (member, value) in more.as_object().unwrap() {
        body[member] = value.clone();
    }
    shop.post("/api/articles", body).await.receipt("articleId")
}

pub(crate) async fn like(shop: &Shop, article: &Receipt, user: &str) -> Answer {
    shop.post(&format!("{}/likes", article.own), json!({ "userId": user })).await
}

async fn unlike(shop: &Shop, article: &Receipt, user: &str) -> Answer {
    shop.call("DELETE", &format!("{}/likes/{user}", article.own)).answer().await
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["articleId"].as_str().unwrap().to_owned()).collect()
}

async fn an_article_has_its_members_and_no_others(shop: Shop) {
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({ "tags": ["keys", "ü", "keys"] })).await;
    assert_eq!((article.revision, &article.own), (0, &format!("/api/articles/{}", article.id)));
    let view = shop.view(&article).await;
    let mut expected = [&SUMMARY[..], &["comments", "content", "viewCount"]].concat();
    expected.sort_unstable();
    assert_eq!(members(&view), expected, "without a picture there is no authorAvatar");
    assert_eq!((&view["articleId"], &view["title"]), (&json!(article.id), &json!("On keyboards and mice")));
    assert_eq!(
        (&view["authorName"], &view["tags"]),
        (&json!(author.to_lowercase()), &json!(["keys", "ü", "keys"]))
    );
    assert_eq!((&view["likeCount"], &view["viewCount"]), (&json!(0), &json!(0)));
    assert_eq!((&view["comments"], &view["content"]), (&json!([]), &json!("They have keys. ".repeat(20))));
    assert!(view["publishedAt"].as_str().unwrap().ends_with('Z'));
    let etag = shop.get(&article.own).await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"0-{}\"", article.position));
    shop.call("GET", &article.own).header("If-None-Match", &etag).answer().await.is(304);
    let made = publish(&shop, &author, json!({ "articleId": null, "tags": [] })).await;
    assert_eq!(shop.view(&made).await["tags"], json!([]));
}

async fn an_author_is_shown_as_they_were_when_it_was_published(shop: Shop) {
    let author = shop.user().await;
    let path = format!("/api/users/{author}");
    let picture = "https://a.example/a.png";
    let named = json!({ "version": 0, "displayName": "Ada", "avatarUrl": picture });
    shop.patch(&path, named).await.receipt("userId");
    let article = publish(&shop, &author, json!({})).await;
    let renamed = shop.patch(&path, json!({ "version": 1, "displayName": "Countess" })).await;
    let renamed = renamed.receipt("userId");
    let later = publish(&shop, &author, json!({})).await;
    let list = shop.seen(&format!("/api/articles?authorId={author}"), later.position).await;
    for (receipt, item, name) in [(&article, 1, "Ada"), (&later, 0, "Countess")] {
        let view = shop.seen(&receipt.own, renamed.position.max(receipt.position)).await;
        assert_eq!((&view["authorName"], &view["authorAvatar"]), (&json!(name), &json!(picture)));
        let item = &list["items"][item];
        assert_eq!((&item["authorName"], &item["authorAvatar"]), (&json!(name), &json!(picture)));
    }
    let stream = shop.get(&format!("/api/admin/streams/article/{}", article.id)).await.is(200);
    assert!(!stream.text().contains("Ada") && !stream.text().contains("a.example"), "{}", stream.text());
    assert_eq!(stream.json()["items"][0]["data"]["authorName"], json!({ "sealed": true }));
}

async fn an_excerpt_is_two_hundred_characters_and_not_bytes(shop: Shop) {
    let author = shop.user().await;
    for (content, excerpt) in [
        ("x".repeat(199), "x".repeat(199)),
        ("ü".repeat(201), "ü".repeat(200)),
        ("😀".repeat(300), "😀".repeat(200)),
        ("ab ".repeat(100), "ab ".repeat(100).chars().take(200).collect()),
    ] {
        let article = publish(&shop, &author, json!({ "content": content })).await;
        let list = shop.seen(&format!("/api/articles?authorId={author}&limit=1"), article.position).await;
        assert_eq!(list["items"][0]["excerpt"], excerpt);
        let view = shop.view(&article).await;
        assert_eq!((&view["excerpt"], &view["content"]), (&json!(excerpt), &json!(content)));
    }
}

async fn what_an_article_may_be_is_pointed_at(shop: Shop) {
    let author = shop.user().await;
    let long = |count| json!("ü".repeat(count));
    for (member, bad) in [
        ("title", vec![long(9), long(201), json!(1), json!("a\0bcdefghij"), Value::Null]),
        ("content", vec![long(99), long(100_001), json!(["x"]), Value::Null]),
        ("tags", vec![json!("keys"), json!(vec!["x"; 21]), Value::Null]),
        ("authorId", vec![json!("a b"), json!(""), Value::Null, json!(fresh("NONE"))]),
        ("articleId", vec![json!("a/b"), json!(".."), json!(1)]),
        ("likeCount", vec![json!(5)]),
    ] {
        for value in bad {
            let mut body = body(&author);
            body[member] = value;
            shop.post("/api/articles", body).await.invalid_at(&format!("/{member}"));
        }
    }
    for tag in [json!(""), long(201), json!(1)] {
        let mut body = body(&author);
        body["tags"] = json!(["keys", tag]);
        shop.post("/api/articles", body).await.invalid_at("/tags/1");
    }
    let tags: Vec<_> = (0..20).map(|n| format!("tag {n}")).collect();
    let most = json!({ "title": "ü".repeat(10), "content": "ü".repeat(100_000), "tags": tags });
    let view = shop.view(&publish(&shop, &author, most.clone()).await).await;
    for member in ["title", "content", "tags"] {
        assert_eq!(view[member], most[member]);
    }
    publish(&shop, &author, json!({ "title": "ü".repeat(200), "content": "ü".repeat(100) })).await;
}

async fn an_article_that_cannot_be_published_is_refused_in_the_order_of_the_contract(shop: Shop) {
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({})).await;
    let mut again = body(&author);
    again["articleId"] = json!(article.id);
    assert_eq!(shop.post("/api/articles", again.clone()).await.problem(409)["title"], "Article Exists");
    again["authorId"] = json!(fresh("NONE"));
    shop.post("/api/articles", again.clone()).await.invalid_at("/authorId");
    again["tags"] = json!(vec!["x"; 21]);
    shop.post("/api/articles", again).await.invalid_at("/tags");
    let nowhere = format!("/api/articles/{}", fresh("NONE"));
    shop.get(&nowhere).await.problem(404);
    shop.get(&format!("{nowhere}/stream")).await.problem(404);
    shop.get("/api/articles/a%20b").await.problem(404);
}

async fn a_user_likes_an_article_once(shop: Shop) {
    let (author, user) = (shop.user().await, shop.user().await);
    let article = publish(&shop, &author, json!({})).await;
    assert_eq!(unlike(&shop, &article, &user).await.problem(409)["title"], "Not Liked");
    let liked = like(&shop, &article, &user).await.receipt("articleId");
    assert_eq!((&liked.id, liked.revision, &liked.own), (&article.id, 0, &article.own));
    assert_eq!(like(&shop, &article, &user).await.problem(409)["title"], "Already Liked");
    assert_eq!(shop.view(&liked).await["likeCount"], 1);
    let own = like(&shop, &article, &author).await.receipt("articleId");
    let list = shop.seen(&format!("/api/articles?authorId={author}"), own.position).await;
    assert_eq!((&shop.view(&own).await["likeCount"], &list["items"][0]["likeCount"]), (&json!(2), &json!(2)));
    let unliked = unlike(&shop, &article, &user).await.receipt("articleId");
    assert_eq!((&unliked.id, &unliked.own), (&article.id, &article.own));
    assert_eq!(shop.view(&unliked).await["likeCount"], 1);
    unlike(&shop, &article, &user).await.problem(409);
    let again = like(&shop, &article, &user).await.receipt("articleId");
    assert_eq!(shop.view(&again).await["likeCount"], 2);
    let etag = shop.get(&article.own).await.header("etag").unwrap().to_owned();
    assert_eq!(etag, format!("\"0-{}\"", again.position), "likes are no change of the article");
}

async fn of_likes_at_once_by_one_user_one_counts(shop: Shop) {
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({})).await;
    let answers = join_all((0..12).map(|_| like(&shop, &article, &author))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    let mut users = Vec::new();
    for _ in 0..8 {
        users.push(shop.user().await);
    }
    let answers = join_all(users.iter().map(|user| like(&shop, &article, user))).await;
    let last = answers.iter().map(|answer| answer.receipt("articleId").position).max().unwrap();
    assert_eq!(shop.seen(&article.own, last).await["likeCount"], 9);
}

async fn a_like_of_nothing_or_of_nobody_is_refused(shop: Shop) {
    let user = shop.user().await;
    let article = publish(&shop, &user, json!({})).await;
    let nobody = fresh("NONE");
    like(&shop, &article, &nobody).await.invalid_at("/userId");
    like(&shop, &article, "a b").await.invalid_at("/userId");
    shop.post(&format!("{}/likes", article.own), json!({})).await.invalid_at("/userId");
    let nowhere = format!("/api/articles/{}", fresh("NONE"));
    shop.post(&format!("{nowhere}/likes"), json!({ "userId": nobody })).await.problem(404);
    for path in [
        format!("{nowhere}/likes/{user}"),
        format!("{}/likes/{nobody}", article.own),
        format!("{}/likes/a%20b", article.own),
    ] {
        shop.call("DELETE", &path).answer().await.problem(404);
    }
    let path = format!("{}/likes/{user}", article.own);
    shop.call("DELETE", &path).json(&json!({ "now": true })).answer().await.invalid_at("/now");
    shop.get(&path).await.problem(405);
}

async fn comments_are_shown_the_oldest_first(shop: Shop) {
    let (author, user) = (shop.user().await, shop.user().await);
    let article = publish(&shop, &author, json!({})).await;
    let path = format!("{}/comments", article.own);
    let first = json!({ "commentId": fresh("COM"), "userId": user, "text": "ü".repeat(10_000) });
    let commented = shop.post(&path, first.clone()).await.receipt("articleId");
    assert_eq!((&commented.id, commented.revision, &commented.own), (&article.id, 0, &article.own));
    assert_eq!(shop.post(&path, first.clone()).await.problem(409)["title"], "Comment Exists");
    let renamed = json!({ "version": 0, "displayName": "Grace" });
    shop.patch(&format!("/api/users/{user}"), renamed).await.receipt("userId");
    let second = json!({ "userId": user, "text": "again" });
    let second = shop.post(&path, second).await.receipt("articleId");
    let comments = shop.view(&second).await["comments"].clone();
    assert_eq!(comments.as_array().unwrap().len(), 2);
    for (comment, (text, name)) in comments
        .as_array()
        .unwrap()
        .iter()
        .zip([(&first["text"], json!(user.to_lowercase())), (&json!("again"), json!("Grace"))])
    {
        assert_eq!(members(comment), ["commentId", "createdAt", "text", "userId", "userName"]);
        assert_eq!((&comment["text"], &comment["userId"]), (text, &json!(user)));
        assert_eq!(comment["userName"], name);
    }
    assert_eq!(comments[0]["commentId"], first["commentId"]);
    for (member, bad) in [
        ("text", json!("")),
        ("text", json!("x".repeat(10_001))),
        ("text", Value::Null),
        ("userId", json!(fresh("NONE"))),
        ("userId", Value::Null),
        ("commentId", json!("a b")),
    ] {
        let mut body = json!({ "userId": user, "text": "hello" });
        body[member] = bad;
        shop.post(&path, body).await.invalid_at(&format!("/{member}"));
    }
    let nowhere = format!("/api/articles/{}/comments", fresh("NONE"));
    shop.post(&nowhere, json!({ "userId": fresh("NONE"), "text": "hello" })).await.problem(404);
}

async fn views_are_counted_whoever_looks(shop: Shop) {
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({})).await;
    let path = format!("{}/views", article.own);
    let answers = join_all((0..10).map(|_| shop.post(&path, json!({})))).await;
    let position = answers.iter().map(|answer| answer.receipt("articleId").position).max().unwrap();
    assert_eq!(shop.seen(&article.own, position).await["viewCount"], 10);
    shop.call("POST", &path).answer().await.receipt("articleId");
    for by in [json!({ "userId": author }), json!({ "userId": null })] {
        shop.post(&path, by).await.receipt("articleId");
    }
    let last = shop.post(&path, json!({ "userId": author })).await.receipt("articleId");
    assert_eq!((&shop.view(&last).await["viewCount"], last.revision), (&json!(14), 0));
    shop.post(&path, json!({ "userId": fresh("NONE") })).await.invalid_at("/userId");
    shop.post(&format!("/api/articles/{}/views", fresh("NONE")), json!({})).await.problem(404);
}

async fn the_list_is_of_summaries_newest_first(shop: Shop) {
    let author = shop.user().await;
    let mut articles = Vec::new();
    for _ in 0..3 {
        articles.insert(0, publish(&shop, &author, json!({})).await);
    }
    let list = shop.seen(&format!("/api/articles?authorId={author}"), articles[0].position).await;
    assert_eq!(members(&list), ["items", "limit", "links", "page", "total"]);
    assert_eq!(ids(&list), articles.iter().map(|article| article.id.clone()).collect::<Vec<_>>());
    for item in list["items"].as_array().unwrap() {
        assert_eq!(members(item), SUMMARY);
        let path = format!("/api/articles/{}", item["articleId"].as_str().unwrap());
        let view = shop.seen(&path, articles[0].position).await;
        for member in SUMMARY {
            assert_eq!(item[member], view[member]);
        }
    }
}

async fn the_list_is_narrowed_by_any_of_the_tags_and_by_author(shop: Shop) {
    let (author, other) = (shop.user().await, shop.user().await);
    let [a, b, c] = ["tag ä", "B", "c"].map(|tag| format!("{tag} {}", fresh("t")));
    let mut articles = Vec::new();
    for (who, tags) in [
        (&author, json!([a])),
        (&author, json!([a, b])),
        (&other, json!([b, b])),
        (&other, json!([c])),
        (&author, json!([])),
    ] {
        articles.push(publish(&shop, who, json!({ "tags": tags })).await);
    }
    let position = articles.last().unwrap().position;
    let escaped = |tags: &[&String]| {
        let tags: Vec<_> = tags.iter().map(|tag| tag.replace(' ', "%20").replace('ä', "%C3%A4")).collect();
        tags.join(",")
    };
    for (query, expected) in [
        (format!("tags={}", escaped(&[&a])), vec![1, 0]),
        (format!("tags={}", escaped(&[&a, &b])), vec![2, 1, 0]),
        (format!("tags=,{},,", escaped(&[&b, &c])), vec![3, 2, 1]),
        (format!("tags={}&authorId={author}", escaped(&[&b, &c])), vec![1]),
        (format!("tags={}", escaped(&[&b.to_lowercase()])), vec![]),
        (format!("tags=&authorId={author}"), vec![4, 1, 0]),
        (format!("tags=%2C&authorId={other}"), vec![3, 2]),
    ] {
        let list = shop.seen(&format!("/api/articles?{query}"), position).await;
        let expected: Vec<_> = expected.into_iter().map(|at: usize| articles[at].id.clone()).collect();
        assert_eq!((ids(&list), &list["total"]), (expected.clone(), &json!(expected.len())), "{query}");
    }
    shop.get("/api/articles?tags=&authorId=").await.is(200);
    shop.get(&format!("/api/articles?authorId={}", fresh("NONE"))).await.problem(404);
    shop.get("/api/articles?authorId=a%20b").await.problem(404);
    shop.get("/api/articles?tags=%00").await.invalid_parameter("tags");
    shop.get("/api/articles?tags=a&tags=b").await.invalid_parameter("tags");
    shop.get(&format!("/api/articles?tags={}", "x,".repeat(101))).await.invalid_parameter("tags");
    shop.get("/api/articles?after=x").await.invalid_parameter("after");
}

async fn links_of_the_list_neither_skip_nor_repeat_while_others_are_added(shop: Shop) {
    let (author, tag) = (shop.user().await, fresh("t"));
    let mut articles = Vec::new();
    for _ in 0..5 {
        articles.insert(0, publish(&shop, &author, json!({ "tags": [tag, "other"] })).await);
    }
    let path = format!("/api/articles?tags={tag},none&limit=2");
    let mut list = shop.seen(&path, articles[0].position).await;
    let mut seen = ids(&list);
    while let Some(next) = list["links"].get("next").cloned() {
        let added = publish(&shop, &author, json!({ "tags": [tag] })).await;
        shop.seen("/api/articles?limit=1", added.position).await;
        list = shop.get(next.as_str().unwrap()).await.is(200).json();
        seen.extend(ids(&list));
    }
    assert_eq!(seen, articles.iter().map(|article| article.id.clone()).collect::<Vec<_>>());
}

async fn an_authors_figures_are_of_all_their_articles(shop: Shop) {
    let (author, other) = (shop.user().await, shop.user().await);
    let path = format!("/api/authors/{author}/stats");
    let nothing = shop.get(&format!("{path}?wait=true")).await.is(200).json();
    let zeros = json!({
        "authorId": author, "totalArticles": 0, "totalLikes": 0, "totalViews": 0, "averageLikesPerArticle": 0,
    });
    assert_eq!(nothing, zeros);
    let mut articles = Vec::new();
    for _ in 0..3 {
        articles.push(publish(&shop, &author, json!({})).await);
    }
    publish(&shop, &other, json!({})).await;
    for (article, user) in [(0, &author), (0, &other), (1, &author), (2, &author), (2, &other)] {
        like(&shop, &articles[article], user).await.receipt("articleId");
    }
    unlike(&shop, &articles[1], &author).await.receipt("articleId");
    let looked = shop.post(&format!("{}/views", articles[1].own), json!({})).await.receipt("articleId");
    let answer = shop.get(&format!("{path}?correlation={}&wait=true", looked.correlation)).await.is(200);
    let figures = answer.json();
    let all = [
        "authorId",
        "averageLikesPerArticle",
        "lastPublishedAt",
        "totalArticles",
        "totalLikes",
        "totalViews",
    ];
    assert_eq!(members(&figures), all);
    assert_eq!((&figures["totalArticles"], &figures["totalLikes"]), (&json!(3), &json!(4)));
    assert_eq!(figures["totalViews"], 1);
    let mean = figures["averageLikesPerArticle"].as_f64().unwrap();
    assert!((mean - 4.0 / 3.0).abs() < 1e-12, "{mean}");
    assert_eq!(figures["lastPublishedAt"], shop.view(&articles[2]).await["publishedAt"]);
    assert!(answer.header("x-position").unwrap().parse::<u64>().unwrap() >= looked.position);
    unlike(&shop, &articles[0], &author).await.receipt("articleId");
    let last = shop.post(&format!("{}/views", articles[1].own), json!({})).await.receipt("articleId");
    shop.seen(&path, last.position).await;
    assert_eq!(
        shop.get(&path).await.literal("averageLikesPerArticle"),
        "1",
        "a whole mean is a whole number"
    );
    for nobody in [fresh("NONE"), "a%20b".to_owned(), articles[0].id.clone()] {
        shop.get(&format!("/api/authors/{nobody}/stats")).await.problem(404);
    }
}

async fn likes_comments_and_views_have_the_status_and_stream_of_the_article(shop: Shop) {
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({})).await;
    let other = publish(&shop, &author, json!({})).await;
    let said = json!({ "userId": author, "text": "said" });
    let receipts = [
        like(&shop, &article, &author).await.receipt("articleId"),
        shop.post(&format!("{}/comments", article.own), said).await.receipt("articleId"),
        shop.post(&format!("{}/views", article.own), json!({})).await.receipt("articleId"),
    ];
    for receipt in &receipts {
        shop.view(receipt).await;
        let status = shop.get(&receipt.status).await.is(200).json();
        assert_eq!((&status["status"], &status["position"]), (&json!("COMPLETED"), &json!(receipt.position)));
        assert_eq!(members(&status["projections"]), ["article_details"]);
        shop.get(&format!("{}/status?correlation={}", other.own, receipt.correlation)).await.problem(404);
    }
    let events = shop.get(&receipts[2].stream).await.is(200).text();
    assert!(events.contains(&format!("id: {}", receipts[2].position)), "{events}");
    assert!(events.contains("\"viewCount\":1") && events.contains("\"text\":\"said\""), "{events}");
}

async fn changes_of_an_article_are_told(shop: Shop) {
    let mut socket = Socket::open(&shop, "/ws").await;
    socket.subscribe(json!({ "types": ["ArticleViewUpdated", "UserViewUpdated"] })).await;
    let author = shop.user().await;
    let article = publish(&shop, &author, json!({})).await;
    let liked = like(&shop, &article, &author).await.receipt("articleId");
    let looked = shop.post(&format!("{}/views", article.own), json!({})).await.receipt("articleId");
    let mut told = Vec::new();
    for receipt in [&article, &liked, &looked] {
        told.extend(socket.until(receipt).await);
        let expected = json!({
            "type": "ArticleViewUpdated",
            "correlationId": receipt.correlation,
            "articleId": article.id,
            "position": receipt.position,
        });
        assert_eq!(told.last(), Some(&expected));
    }
    let of_user = |frame: &&Value| frame["userId"] == author;
    assert_eq!(told.iter().filter(of_user).count(), 1, "a like does not change the view of who likes");
}
