//! Searching products: weights, typing errors, filters, order, pages, and that what is typed is data.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, members},
    receipt::Receipt,
    shop::{NEVER, Shop, fresh, on_every_store_and_search},
};

on_every_store_and_search![
    the_name_counts_twice_and_the_best_comes_first,
    typing_errors_are_forgiven_by_the_length_of_a_word,
    of_one_score_the_newest_comes_first,
    what_is_found_is_narrowed_by_category_and_price,
    what_is_found_is_the_whole_view_as_it_is_now,
    case_accents_and_scripts_are_searched_as_they_are_read,
    what_is_typed_is_never_syntax,
    links_neither_skip_nor_repeat_while_others_are_added,
    made_up_links_and_bad_parameters_are_refused,
    a_search_waits_for_what_its_caller_wrote,
];

async fn create(shop: &Shop, category: &str, name: &str, description: &str) -> Receipt {
    let body = json!({ "name": name, "description": description, "price": 5, "category": category });
    shop.post("/api/products", body).await.receipt("productId")
}

fn typed(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn path(category: &str, text: &str) -> String {
    format!("/api/products/search?category={category}&q={}", typed(text))
}

/// What is found once the search knows of this product.
async fn found(shop: &Shop, category: &str, text: &str, last: &Receipt) -> Value {
    shop.seen(&path(category, text), last.position).await
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["productId"].as_str().unwrap()).collect()
}

fn scores(list: &Value) -> Vec<f64> {
    list["items"].as_array().unwrap().iter().map(|item| item["score"].as_f64().unwrap()).collect()
}

async fn the_name_counts_twice_and_the_best_comes_first(shop: Shop) {
    let of = fresh("search");
    let both = create(&shop, &of, "Mechanical keyboard", "A keyboard that clicks").await;
    let name = create(&shop, &of, "Keyboard", "Quiet").await;
    let description = create(&shop, &of, "Tray", "Holds a keyboard").await;
    let last = create(&shop, &of, "Mouse", "Two buttons").await;
    let list = found(&shop, &of, "keyboard", &last).await;
    assert_eq!(ids(&list), [&both.id, &name.id, &description.id]);
    assert_eq!((scores(&list), &list["total"]), (vec![3.0, 2.0, 1.0], &json!(3)));
    let list = found(&shop, &of, "clicks mechanical keyboard mouse", &last).await;
    assert_eq!(ids(&list)[..2], [&both.id, &last.id], "the more words, the better");
    assert_eq!(found(&shop, &of, "piano", &last).await["items"], json!([]));
}

async fn typing_errors_are_forgiven_by_the_length_of_a_word(shop: Shop) {
    let of = fresh("search");
    let last = create(&shop, &of, "TV lamp keyboard", "").await;
    for (text, is_found) in [
        ("tv", true),
        ("tx", false),
        ("tvs", true), // Three letters: one may be too many.
        ("lam", true),
        ("lapm", true),
        ("lmpa", false),
        ("kyeboard", true),
        ("keybord", true),
        ("kebord", true),
        ("kebrd", false),
        ("keyboards", true),
        ("kxyboxrd", true),
        ("kxyboxxd", false),
    ] {
        let list = found(&shop, &of, text, &last).await;
        assert_eq!(list["total"], json!(u8::from(is_found)), "{text}");
    }
    let score = async |text: &str| scores(&found(&shop, &of, text, &last).await)[0];
    assert!(
        score("keyboard").await > score("keybord").await && score("keybord").await > score("kebord").await
    );
}

async fn of_one_score_the_newest_comes_first(shop: Shop) {
    let of = fresh("search");
    let first = create(&shop, &of, "Lamp", "").await;
    let second = create(&shop, &of, "Lamp", "").await;
    let review = json!({ "userId": shop.user().await, "rating": 5 });
    // What happens to it later makes it no newer.
    let changed = shop.post(&format!("{}/reviews", first.own), review).await.receipt("productId");
    let list = found(&shop, &of, "lamp", &changed).await;
    assert_eq!(ids(&list), [&second.id, &first.id]);
    let blank = found(&shop, &of, "  ", &changed).await;
    assert_eq!((ids(&blank), scores(&blank)), (vec![&*second.id, &*first.id], vec![0.0, 0.0]));
    assert_eq!(shop.get(&format!("/api/products/search?category={of}")).await.is(200).json()["total"], 2);
}

async fn what_is_found_is_narrowed_by_category_and_price(shop: Shop) {
    let (of, other) = (fresh("search"), fresh("search"));
    let mut last = create(&shop, &other, "Lamp", "").await;
    for price in [1, 2, 3] {
        let body = json!({ "name": "Lamp", "description": "", "price": price, "category": of });
        last = shop.post("/api/products", body).await.receipt("productId");
    }
    for (rest, count) in [
        ("", 3),
        ("&minPrice=2", 2),
        ("&maxPrice=1.99", 1),
        ("&minPrice=2&maxPrice=2", 1),
        ("&minPrice=&maxPrice=", 3),
        ("&minPrice=4", 0),
    ] {
        let list = shop.seen(&format!("{}{rest}", path(&of, "lamp")), last.position).await;
        assert_eq!(list["total"], count, "{rest}");
    }
    let missing = shop.get(&path(&fresh("none"), "lamp")).await.is(200).json();
    assert_eq!((&missing["items"], &missing["total"]), (&json!([]), &json!(0)));
}

async fn what_is_found_is_the_whole_view_as_it_is_now(shop: Shop) {
    let of = fresh("search");
    let lamp = create(&shop, &of, "Lamp", "Bright").await;
    let body = json!({ "version": 0, "name": "Lantern", "price": 7.5, "tags": ["oil"] });
    shop.patch(&lamp.own, body).await.receipt("productId");
    let stock = json!({ "stock": 0 });
    let last = shop.call("PUT", &format!("{}/stock", lamp.own)).json(&stock).answer().await;
    let last = last.receipt("productId");
    assert_eq!(found(&shop, &of, "lamp", &last).await["total"], 0, "by the name it had");
    let list = found(&shop, &of, "lantern", &last).await;
    let mut view = shop.seen(&lamp.own, last.position).await;
    view["score"] = json!(2.0);
    assert_eq!(list["items"], json!([view]));
    assert!(members(&view).contains(&"stockStatus"));
}

async fn case_accents_and_scripts_are_searched_as_they_are_read(shop: Shop) {
    let of = fresh("search");
    let last = create(&shop, &of, "Café Straße", "клавиатура 机械键盘 لوحة المفاتيح 🎹 한국어").await;
    for text in [
        "CAFE",
        "café",
        "cafe\u{301}",
        "strasse",
        "Клавиатура",
        "клавиатуры",
        "键盘",
        "机械",
        "لوحة",
        "🎹",
        "한국어",
    ] {
        assert_eq!(found(&shop, &of, text, &last).await["total"], 1, "{text}");
    }
    for text in ["盘键", "🎸", "\u{202e}"] {
        assert_eq!(found(&shop, &of, text, &last).await["total"], 0, "{text}");
    }
}

async fn what_is_typed_is_never_syntax(shop: Shop) {
    let of = fresh("search");
    let piano = create(&shop, &of, "Piano", "black").await;
    let last = create(&shop, &of, "Mouse", "white").await;
    for text in [
        "*",
        "?",
        "pian*",
        "p?ano",
        "/.*/",
        "[a TO z]",
        "piano~",
        "(",
        ")",
        "\"",
        "\\",
        "{\"match_all\":{}}",
        "$where",
        "'; DROP TABLE products; --",
        "category:*",
        "_id:1",
        "+ - && || !",
        "\u{feff}",
        "👩‍👩‍👧‍👦",
        "%",
    ] {
        let list = found(&shop, &of, text, &last).await;
        let by_word = text.starts_with("pian") || text == "p?ano";
        assert!(by_word || list["total"] == 0, "{text} finds {list}");
    }
    assert_eq!(ids(&found(&shop, &of, "piano AND NOT mouse", &last).await).len(), 2, "they are words");
    assert_eq!(ids(&found(&shop, &of, "name:piano^9 -black", &last).await), [&piano.id]);
    for long in ["piano ".repeat(1_700), "x".repeat(10_000), (0..1_500).map(|n| format!("w{n} ")).collect()] {
        shop.get(&path(&of, &long)).await.is(200);
    }
    shop.get(&path(&of, "a\0b")).await.is(422);
}

async fn links_neither_skip_nor_repeat_while_others_are_added(shop: Shop) {
    let of = fresh("search");
    let mut expected = Vec::new();
    for number in 0..7 {
        let name = if number % 3 == 0 { "Lamp" } else { "Desk" };
        let product = create(&shop, &of, name, "a lamp").await;
        expected.push((name == "Lamp", product.position, product.id));
    }
    let last = expected.last().unwrap().1;
    expected.sort_by(|one, other| other.cmp(one));
    let mut list = shop.seen(&format!("{}&limit=2", path(&of, "lamp")), last).await;
    let mut seen: Vec<String> = ids(&list).into_iter().map(str::to_owned).collect();
    let mut added = Vec::new();
    while let Some(next) = list["links"].get("next").cloned() {
        let product = create(&shop, &of, "Lamp", "a lamp").await;
        found(&shop, &of, "lamp", &product).await;
        added.push(product.id);
        list = shop.get(next.as_str().unwrap()).await.is(200).json();
        seen.extend(ids(&list).into_iter().map(str::to_owned));
        assert!(seen.len() < 50);
    }
    let expected: Vec<_> = expected.into_iter().map(|(_, _, id)| id).collect();
    assert_eq!(seen, expected, "the newer ones are before");
    let back = shop.get(list["links"]["prev"].as_str().unwrap()).await.is(200).json();
    assert_eq!(ids(&back), expected[4..6]);
}

async fn made_up_links_and_bad_parameters_are_refused(shop: Shop) {
    let bad = |query: &str| format!("/api/products/search?{query}");
    for (query, parameter) in
        [("after=x", "after"), ("limit=101", "limit"), ("page=0", "page"), ("minPrice=x", "minPrice")]
    {
        shop.get(&bad(query)).await.invalid_parameter(parameter);
    }
    let of = fresh("search");
    for _ in 0..2 {
        create(&shop, &of, "Lamp", "").await;
    }
    let last = create(&shop, &of, "Lamp", "").await;
    let other = shop.seen(&format!("/api/products?category={of}&limit=1"), last.position).await;
    let next = other["links"]["next"].as_str().unwrap().to_owned();
    let after = next.split("after=").nth(1).unwrap().split('&').next().unwrap();
    shop.get(&bad(&format!("after={after}"))).await.invalid_parameter("after");
}

async fn a_search_waits_for_what_its_caller_wrote(shop: Shop) {
    let of = fresh("search");
    let product = create(&shop, &of, "Lamp", "").await;
    let path = format!("{}&correlation={}&wait=true", path(&of, "lamp"), product.correlation);
    let answer: Answer = shop.get(&path).await.is(200);
    assert_eq!(ids(&answer.json()), [&product.id]);
    let never = format!("/api/products/search?q=x&position={NEVER}");
    shop.get(&never).await.not_yet("PROCESSING");
    shop.get(&format!("{never}&wait=true&timeoutMs=1")).await.is(408);
}
